import { hostname } from 'node:os';

import { CarriedValues } from './carried-values.js';
import type { Answer } from './client.js';
import { differences } from './compare.js';
import type { Json } from './recordings.js';
import { RowIds } from './row-ids.js';

interface GivenAnswer {
  readonly status?: number;
  readonly contentType?: string;
  readonly headers?: { readonly allow?: string; readonly location?: string };
  readonly json?: Json;
  readonly text?: string;
}

function answerOf({
  status = 200,
  contentType = 'application/json',
  headers = {},
  json,
  text,
}: GivenAnswer): Answer {
  const body = text ?? JSON.stringify(json);
  return { status, contentType, headers: new Headers({ ...headers }), text: body, json };
}

function comparing({ missing = [] as string[], carried = new CarriedValues() } = {}) {
  return { carried, ids: new RowIds(), missingTokens: new Set(missing) };
}

function compareJson(recorded: Json, ours: Json, comparison = comparing()): string[] {
  const response = { status: 200, contentType: 'application/json', json: recorded };
  return differences(response, answerOf({ json: ours }), comparison);
}

const row = (id: number, serial: string) => ({ 'LinOtp.TokenId': id, 'LinOtp.TokenSerialnumber': serial });

describe('the comparison with a recording', () => {
  it.each([
    { title: 'equal JSON', recorded: { a: [1, { b: null }] }, ours: { a: [1, { b: null }] }, differs: false },
    { title: 'another order of keys', recorded: { a: 1, b: 2 }, ours: { b: 2, a: 1 }, differs: false },
    { title: 'another value', recorded: { a: true }, ours: { a: false }, differs: true },
    { title: 'a number as text', recorded: { a: 1 }, ours: { a: '1' }, differs: true },
    { title: 'null instead of nothing', recorded: {}, ours: { a: null }, differs: true },
    { title: 'a missing key', recorded: { a: null }, ours: {}, differs: true },
    { title: 'one more key', recorded: {}, ours: { a: 1 }, differs: true },
    { title: 'another order of a list', recorded: [1, 2], ours: [2, 1], differs: true },
    { title: 'a shorter list', recorded: [1, 2], ours: [1], differs: true },
    { title: 'a longer list', recorded: [1], ours: [1, 2], differs: true },
    { title: 'a list instead of an object', recorded: {}, ours: [], differs: true },
    {
      title: 'another time in the same form',
      recorded: { at: 'Sun, 22 Nov 2026 14:54:38 GMT' },
      ours: { at: 'Mon, 01 Jan 2029 00:00:00 GMT' },
      differs: false,
    },
    {
      title: 'a time in another form',
      recorded: { at: 'Sun, 22 Nov 2026 14:54:38 GMT' },
      ours: { at: '2026-11-22T14:54:38+00:00' },
      differs: true,
    },
    {
      title: 'a time with more digits',
      recorded: { at: '2026-11-22T14:54:38+00:00' },
      ours: { at: '2026-11-22T14:54:38.123+00:00' },
      differs: true,
    },
    {
      title: 'another picture',
      recorded: { img: '<img id="challenge_qrcode"    width=200   src="data:image/png;base64,AAAA"/>' },
      ours: { img: '<img id="challenge_qrcode"    width=200   src="data:image/png;base64,BBBBBB=="/>' },
      differs: false,
    },
    {
      title: 'a picture in another frame',
      recorded: { img: '<img id="challenge_qrcode"    width=200   src="data:image/png;base64,AAAA"/>' },
      ours: { img: '<img id="challenge_qrcode"    width=250   src="data:image/png;base64,AAAA"/>' },
      differs: true,
    },
    {
      title: 'no picture',
      recorded: { img: '<img id="challenge_qrcode"    width=200   src="data:image/png;base64,AAAA"/>' },
      ours: { img: '' },
      differs: true,
    },
    { title: 'another uptime', recorded: { uptime: 1.5 }, ours: { uptime: 9 }, differs: false },
    {
      title: 'the name of our node',
      recorded: { linotpServer: 'vm' },
      ours: { linotpServer: hostname() },
      differs: false,
    },
    {
      title: 'no name of a node',
      recorded: { linotpServer: 'vm' },
      ours: { linotpServer: null },
      differs: true,
    },
  ])('$title: differs $differs', ({ recorded, ours, differs }) => {
    expect(compareJson(recorded as Json, ours as Json).length > 0).toBe(differs);
  });

  it('sees another status, content type, location and set of methods', () => {
    const recorded = {
      status: 405,
      contentType: 'text/html',
      headers: { allow: 'OPTIONS, POST', location: '/manage/' },
      text: 'not allowed',
    };
    const same = { ...recorded, headers: { allow: 'POST, OPTIONS', location: '/manage/' } };
    expect(differences(recorded, answerOf(same), comparing())).toEqual([]);
    for (const change of [
      { status: 404 },
      { contentType: 'text/plain' },
      { text: 'not found' },
      { headers: { allow: 'POST', location: '/manage/' } },
      { headers: { allow: 'OPTIONS, POST' } },
    ]) {
      expect(differences(recorded, answerOf({ ...same, ...change }), comparing())).toHaveLength(1);
    }
  });

  it('takes other ids for the same rows, as long as they go together', () => {
    const comparison = comparing();
    expect(compareJson([row(1, 'A'), row(5, 'B')], [row(7, 'A'), row(8, 'B')], comparison)).toEqual([]);
    expect(compareJson([row(5, 'B')], [row(8, 'B')], comparison)).toEqual([]);
    expect(compareJson([row(5, 'B')], [row(7, 'B')], comparison)).toHaveLength(1);
    expect(compareJson([row(9, 'C')], [row(8, 'C')], comparison)).toHaveLength(1);
  });

  it('leaves rows out that cannot be there yet, and counts without them', () => {
    const list = (rows: Json[]) => ({
      result: {
        status: true,
        value: { data: rows, resultset: { pages: 1, pagesize: rows.length, tokens: rows.length, page: 1 } },
      },
    });
    const recorded = list([row(1, 'A'), row(2, 'SMS'), row(3, 'B')]);
    expect(compareJson(recorded, list([row(1, 'A'), row(2, 'B')]), comparing({ missing: ['SMS'] }))).toEqual(
      [],
    );
    expect(compareJson(recorded, list([row(1, 'A'), row(2, 'B')]))).not.toEqual([]);
    expect(compareJson(recorded, list([row(1, 'A')]), comparing({ missing: ['SMS'] }))).not.toEqual([]);
  });

  it('puts our values in place of those that LinOTP made up', () => {
    const carried = new CarriedValues();
    const recorded = { detail: { transactionid: '70026746724319581', message: 'open 70026746724319581' } };
    const ours = { detail: { transactionid: '123456789012', message: 'open 123456789012' } };
    carried.learnFromJson(recorded, ours, (key) => key === 'transactionid');
    expect(compareJson(recorded, ours, comparing({ carried }))).toEqual([]);
    expect(carried.inJson({ '70026746724319581': 1 })).toEqual({ '123456789012': 1 });
    expect(
      compareJson(recorded, { detail: { ...ours.detail, message: 'open 1' } }, comparing({ carried })),
    ).toHaveLength(1);
  });

  it('carries a seed in both of its forms', () => {
    const carried = new CarriedValues();
    const recorded = { value: 'seed://3132333435363738393031323334353637383930' };
    carried.learnFromJson(recorded, { value: 'seed://3132333435' }, () => true);
    expect(carried.inText('secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=0')).toBe(
      'secret=GEZDGNBV&counter=0',
    );
  });
});
