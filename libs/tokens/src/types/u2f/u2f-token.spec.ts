import { createPublicKey, createHash, verify } from 'node:crypto';

import { coseKeyOfPoint } from '@app/otp';

import { ENROLMENT_DEFAULTS, givenHotpToken, pinOf } from '../../../../../test/support/domain/given-token.js';
import { U2F_APP_ID, U2fDevice, type U2fWhims } from '../../../../../test/support/clients/u2f-device.js';
import type { Token } from '../../token.js';
import type { KeyChallenge } from '../security-key/key-challenge.js';
import { u2fToken } from './u2f-token.js';

const NOW = new Date('2026-01-02T03:04:05Z');
const CHALLENGE = Buffer.alloc(32, 7).toString('base64url');

const key = u2fToken.challenge?.key as KeyChallenge;
const device = new U2fDevice();
const tokenOf = (info: object = {}, of = device): Token =>
  givenHotpToken({ type: 'u2f', pin: pinOf('pin{1'), info: { ...of.info, ...info } });

const asked = (of = device) => {
  const question = key.ask(tokenOf({}, of), {
    challenge: CHALLENGE,
    seconds: 120,
    userVerification: 'required',
  });
  if ('refusal' in question) throw new Error(question.refusal);
  return question.request as { challenge: string; appId: string; keyHandle: string; version: string };
};
const checked = (text: string, token = tokenOf(), facets: readonly string[] = []) =>
  key.check(token, { challenge: CHALLENGE }, text, true, facets);

describe('a question for a key of U2F', () => {
  it('is as browsers of old take it, and LinOTP writes it', () => {
    expect(asked()).toEqual({
      challenge: `${CHALLENGE}=`,
      version: 'U2F_V2',
      keyHandle: device.handle.toString('base64url'),
      appId: U2F_APP_ID,
    });
  });

  it.each([
    ['whose registration is not over', { phase: 'registration' }],
    ['without a key', { publicKey: 'AAAA' }],
    ['without a counter', { counter: '' }],
  ])('is none of a token %s', (_title, info) => {
    const terms = { challenge: CHALLENGE, seconds: 120, userVerification: 'preferred' } as const;
    expect(key.ask(tokenOf(info), terms)).toHaveProperty('refusal');
  });
});

describe('an answer', () => {
  const forms = ['signed', 'asserted'] as const;
  const answer = (form: (typeof forms)[number], whims: U2fWhims = {}) => device[form](asked(), whims);

  it.each(forms)('that is %s is for the application, its pages, and the key', (form) => {
    const check = checked(answer(form));
    expect(check).toMatchObject({
      challenge: CHALLENGE,
      rpIds: [U2F_APP_ID],
      at: { origins: [U2F_APP_ID, U2F_APP_ID] },
      requiresUserVerification: false,
      type: form === 'signed' ? 'u2f.sign' : 'webauthn.get',
    });
    expect(isSigned(check)).toBe(true);
  });

  it.each(forms)('that is %s may come behind the PIN, and behind nothing else', (form) => {
    const text = answer(form);
    // What the spec cuts at is the last brace: the answer of WebAuthn has more than one.
    expect('refusal' in checked(`pin{1${text}`)).toBe(form === 'asserted');
    expect(checked(`pin{2${text}`)).toHaveProperty('refusal');
    expect(checked(`${text}x`)).toHaveProperty('refusal');
  });

  it('is of pages that a policy names, and then of no others', () => {
    const facets = ['https://a.example.com', 'https://b.example.com'];
    expect(checked(answer('signed'), tokenOf(), facets)).toMatchObject({ at: { origins: facets } });
  });

  it.each([
    ['https://example.com/app-id.json', ['https://example.com/app-id.json', 'https://example.com']],
    ['http://localhost:5001', ['http://localhost:5001']],
    ['no url', ['no url']],
  ])('is of the pages of the application id %s', (appId, origins) => {
    const other = new U2fDevice(appId);
    const text = other.signed(asked(other), { origin: origins[0] ?? '' });
    expect(checked(text, tokenOf({}, other))).toMatchObject({ at: { origins } });
  });

  it.each([
    ['another key', { keyHandle: Buffer.alloc(64).toString('base64url') }],
    ['no key handle', { keyHandle: '' }],
  ])('of %s is wrong, whatever it signs', (_title, whims) => {
    for (const form of forms) expect(checked(answer(form, whims))).toHaveProperty('refusal');
  });

  it.each([
    '',
    '{}',
    '[]',
    'pin',
    '{"signatureData":1}',
    '{"signatureData":"AA","clientData":"e30","keyHandle":"AA"}',
  ])('is not %j', (text) => {
    expect(checked(text)).toHaveProperty('refusal');
  });

  it.each([
    ['{"signatureData":"x"}', true],
    ['pin{"signatureData":"x"}', true],
    ['{ "id": "x"}', true],
    ['pin', false],
    ['pin{1', false],
  ])('is meant by %s: %s', (text, isAnswer) => {
    expect(key.isAnswer(text)).toBe(isAnswer);
  });
});

describe('the counter of a key', () => {
  const END = 2 ** 32 - 1;
  it.each([
    [5, 6, true],
    [5, 500, true],
    [5, 5, false],
    [5, 4, false],
    [0, 0, false],
    [END, 0, true],
    [END, 1_000, true],
    [END - 999, 1_000, true],
    [END - 1_000, 1_000, false],
    [END, 1_001, false],
    [END, END, false],
  ])('after %d, %d: %s', (before, now, isNext) => {
    const used = key.use(
      tokenOf({ counter: String(before) }),
      { signCount: now, isUserVerified: false, isBackedUp: false },
      NOW,
    );
    expect(used).toEqual(
      isNext
        ? { kind: 'used', info: { counter: now }, recalled: { counter: String(before) } }
        : { kind: 'cloned', reason: 'Counter not increased! Possible device cloning!' },
    );
  });
});

it('tells clients what they need offline', () => {
  expect(key.offline(tokenOf({ counter: 9 }))).toEqual({
    public_key: device.point.toString('base64url'),
    key_handle: device.handle.toString('base64url'),
    counter: 9,
    app_id: U2F_APP_ID,
  });
});

describe('plan', () => {
  const plan = (info?: object) =>
    u2fToken.plan(
      { seed: null, password: null, digits: null, hash: null, time: {}, ...(info && { info: { ...info } }) },
      ENROLMENT_DEFAULTS,
    );

  it('takes a key that is registered already', () => {
    expect(plan(device.info)).toMatchObject({ digits: 32, info: device.info });
  });

  it.each([undefined, {}, { ...device.info, phase: 'registration' }])('enrols no new one: %j', (info) => {
    expect(() => plan(info)).toThrow('new tokens of type u2f are not enrolled any more: use type fido2');
  });
});

/** Checked here a second time, by the raw bytes (FIDO U2F Raw Message Formats §5.4). */
function isSigned(check: ReturnType<typeof checked>): boolean {
  if ('refusal' in check) return false;
  const { response, publicKey } = check;
  const clientData = createHash('sha256').update(Buffer.from(response.clientDataJson, 'base64url')).digest();
  const data = Buffer.concat([Buffer.from(response.authenticatorData, 'base64url'), clientData]);
  const [x, y] = [device.point.subarray(1, 33), device.point.subarray(33)].map((part) =>
    part.toString('base64url'),
  );
  const jwk = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
  const isKey = publicKey === coseKeyOfPoint(device.point).toString('base64url');
  return isKey && verify('sha256', data, jwk, Buffer.from(response.signature, 'base64url'));
}
