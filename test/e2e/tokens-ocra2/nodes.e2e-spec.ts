import type pg from 'pg';

import { type AdminAgent, type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { type Installation, givenInstallation } from '../../support/application/installation.js';
import { ocraAt } from '../../support/clients/ocra-device.js';
import { type RunningProcess, startProcess } from '../../support/application/process.js';
import { type Reply, WITHIN_MS } from '../../support/application/token-server.js';

const KEY = '31'.repeat(32);
const ANSWERS = 50;

/** Through HTTP, on two servers that share a PostgreSQL. */
describe('OCRA2 tokens on two nodes', () => {
  let installation: Installation;
  let nodes: readonly RunningProcess[];
  let database: pg.Client;
  let admin: AdminAgent;

  beforeAll(async () => {
    installation = await givenInstallation();
    nodes = await Promise.all([startProcess(installation), startProcess(installation)]);
    database = await installation.database.connect();
    admin = await adminAgent(nodes[0]?.url ?? '', installation);
  }, WITHIN_MS);

  afterAll(async () => {
    await database?.end();
    await Promise.all((nodes ?? []).map((node) => node.stop()));
    await installation?.remove();
  }, WITHIN_MS);

  const enrol = async (serial: string, ocrasuite: string) => {
    const { body } = await admin.post('/admin/init', {
      type: 'ocra2',
      serial,
      ocrasuite,
      otpkey: KEY,
      pin: 'pin',
    });
    expect(body.result).toEqual({ status: true, value: true });
  };
  const login = async (turn: number, fields: Fields): Promise<Reply> => {
    const response = await fetch(`${nodes[turn % 2]?.url}/validate/check_s`, {
      method: 'POST',
      body: new URLSearchParams({ ...fields } as Record<string, string>),
    });
    return (await response.json()) as Reply;
  };
  const accepted = async (fields: (turn: number) => Fields) => {
    const answers = Array.from({ length: ANSWERS }, (_, turn) => login(turn, fields(turn)));
    return (await Promise.all(answers)).filter(({ result }) => result.value === true).length;
  };
  const failuresOf = async (serial: string) => {
    const { rows } = await database.query<{ failures: number }>(
      'SELECT failures FROM token WHERE serial = $1',
      [serial],
    );
    return rows[0]?.failures;
  };

  it.each([
    ['with a counter', 'C1', 'OCRA-1:HOTP-SHA256-8:C-QN08'],
    ['with a clock', 'T1', 'OCRA-1:HOTP-SHA256-8:QN08-T1M'],
    ['with neither', 'Q1', 'OCRA-1:HOTP-SHA256-8:QN08'],
  ])(
    '%s: of 50 answers to one challenge one is accepted',
    async (_what, serial, suite) => {
      await enrol(serial, suite);
      const { detail } = await login(0, { serial, pass: 'pin', data: 'Pay 100 to Bernd' });
      const [state, question] = [String(detail?.['transactionid']), String(detail?.['challenge'])];
      const otp = ocraAt(question, { suite, keyHex: KEY });
      const form = (turn: number): Fields =>
        turn % 3 === 0 ? { serial, pass: `pin${otp}` } : { serial, pass: otp, state };
      await expect(accepted(form)).resolves.toBe(1);
      const { rows } = await database.query<{ state: string; valid: boolean }>(
        'SELECT state, valid FROM challenge WHERE serial = $1',
        [serial],
      );
      expect(rows).toEqual([{ state: 'closed', valid: true }]);
    },
    WITHIN_MS,
  );

  it.each([
    ['a counter', 'C2', 'OCRA-1:HOTP-SHA256-8:C-QN08'],
    ['a clock', 'T2', 'OCRA-1:HOTP-SHA256-8:QN08-T1H'],
  ])(
    'with %s: of 50 answers to a question that nobody asked one is accepted',
    async (_what, serial, suite) => {
      await enrol(serial, suite);
      const pass = `pin${ocraAt('12345678', { suite, keyHex: KEY })}`;
      await expect(accepted(() => ({ serial, pass, challenge: '12345678' }))).resolves.toBe(1);
    },
    WITHIN_MS,
  );

  it(
    'with a challenge of each of two nodes, and the same question: an OTP is right once',
    async () => {
      const serial = 'C3';
      await enrol(serial, 'OCRA-1:HOTP-SHA256-8:C-QN08');
      const asked = await Promise.all(
        [0, 1].map((turn) => login(turn, { serial, pass: 'pin', data: '12345678' })),
      );
      const states = asked.map(({ detail }) => String(detail?.['transactionid']));
      expect(new Set(states).size).toBe(2);
      const pass = ocraAt('12345678', { keyHex: KEY });
      await expect(
        accepted((turn) => ({ serial, pass, state: states[turn % 4 < 2 ? 0 : 1] ?? '' })),
      ).resolves.toBe(1);
    },
    WITHIN_MS,
  );

  it(
    'count every wrong answer, up to the limit of the token',
    async () => {
      const serial = 'C4';
      await enrol(serial, 'OCRA-1:HOTP-SHA256-8:C-QN08');
      const { detail } = await login(0, { serial, pass: 'pin', data: '12345678' });
      const state = String(detail?.['transactionid']);
      await expect(accepted(() => ({ serial, pass: '00000000', state }))).resolves.toBe(0);
      expect(await failuresOf(serial)).toBeGreaterThanOrEqual(10);
      expect(
        (await login(1, { serial, pass: ocraAt('12345678', { keyHex: KEY }), state })).result.value,
      ).toBe(false);
    },
    WITHIN_MS,
  );
});
