import type { Fields } from '../../support/clients/admin-agent.js';
import { givePolicies } from '../../support/domain/given-policies.js';
import { yubikeyOtp } from '../../support/clients/otp.js';
import {
  AES_KEY,
  PUBLIC_ID,
  type SomeFields,
  TokenServer,
  WITHIN_MS,
  press,
} from '../../support/application/token-server.js';

let tokens: TokenServer;

beforeAll(async () => {
  tokens = await TokenServer.start();
}, WITHIN_MS);
afterAll(() => tokens?.stop(), WITHIN_MS);
beforeEach(() => tokens.removeAll());

const ask = (path: string, form: SomeFields) => tokens.ask(path, form);
const init = (form: SomeFields) => tokens.init(form);
const login = (path: string, form: Fields) => tokens.login(path, form);
const stored = (serial: string) => tokens.stored(serial);

describe('/validate/check_yubikey', () => {
  // "01382015" as ASCII in modhex.
  const publicId = 'ecebeeejedecebeg';
  const check = (pass: string, more: Fields = {}) => login('/validate/check_yubikey', { pass, ...more });
  const value = (counter: number, more: object = {}) => press(counter, { publicId, ...more });
  const enrol = (serial: string, more: Fields = {}) =>
    init({ type: 'yubikey', serial, otpkey: AES_KEY, public_uid: publicId, ...more });
  const newest = async () => {
    const { rows } = await tokens.database.query<{
      succeeded: boolean;
      detail: string;
      username: string;
      realm: string;
    }>(
      `SELECT succeeded, detail, username, realm FROM audit_record WHERE action = 'validate/check_yubikey'
       ORDER BY number DESC LIMIT 1`,
    );
    return rows[0];
  };

  it.each(['UBAM01382015', 'UBAM01382015_0', 'UBAM01382015_1', 'UBAM01382015_2'])(
    'finds %s by the public id, and answers with its owner',
    async (serial) => {
      await enrol(serial, { user: 'anna' });
      await expect(check(value(300))).resolves.toEqual({
        jsonrpc: expect.any(String),
        result: { status: true, value: true },
        version: expect.any(String),
        versionNumber: expect.any(String),
        id: 0,
        detail: { user: 'anna', realm: 'one' },
      });
      await expect(newest()).resolves.toMatchObject({ succeeded: true, username: 'anna', realm: 'one' });
      const replayed = await check(value(300));
      expect(replayed).toMatchObject({ id: 0, result: { status: true, value: false } });
      expect(replayed.detail).toBeUndefined();
      await expect(stored(serial)).resolves.toMatchObject({ counter: 301, failures: 1 });
    },
  );

  it('answers with nobody for a token that is nobody’s', async () => {
    await enrol('UBAM01382015');
    await expect(check(value(300))).resolves.toMatchObject({
      result: { value: true },
      detail: { user: '', realm: '' },
    });
  });

  it('takes the one of several keys that fits, and blames none of the others', async () => {
    await enrol('UBAM01382015_1', { otpkey: 'ff'.repeat(16), user: 'anna' });
    await enrol('UBAM01382015_2', { user: 'anna' });
    await expect(check(value(300))).resolves.toMatchObject({ result: { value: true } });
    await expect(stored('UBAM01382015_1')).resolves.toMatchObject({ failures: 0, counter: 0 });
    await expect(stored('UBAM01382015_2')).resolves.toMatchObject({ counter: 301 });
  });

  it('asks for the PIN of the token', async () => {
    await enrol('UBAM01382015', { pin: 'pin1', user: 'anna' });
    await expect(check(value(300))).resolves.toMatchObject({ result: { value: false } });
    await expect(check(`pin2${value(300)}`)).resolves.toMatchObject({ result: { value: false } });
    await expect(check(`pin1${value(300)}`)).resolves.toMatchObject({ result: { value: true } });
  });

  it('counts guesses, until the token is locked', async () => {
    await enrol('UBAM01382015', { user: 'anna' });
    for (let guess = 1; guess <= 10; guess++) {
      const wrong = value(300, { keyHex: 'ee'.repeat(16) });
      await expect(check(wrong)).resolves.toMatchObject({ result: { value: false } });
    }
    await expect(stored('UBAM01382015')).resolves.toMatchObject({ failures: 10 });
    await expect(check(value(300))).resolves.toMatchObject({ result: { value: false } });
    await ask('/admin/reset', { serial: 'UBAM01382015' });
    await ask('/admin/disable', { serial: 'UBAM01382015' });
    await expect(check(value(300))).resolves.toMatchObject({ result: { value: false } });
    await ask('/admin/enable', { serial: 'UBAM01382015' });
    await expect(check(value(300))).resolves.toMatchObject({ result: { value: true } });
  });

  it.each([
    { title: 'nothing', pass: '', detail: 'the password names no serial' },
    { title: 'no serial', pass: 'c'.repeat(44), detail: 'the password names no serial' },
    { title: 'too little', pass: publicId, detail: 'the password names no serial' },
    {
      title: 'an unknown serial',
      pass: yubikeyOtp({ publicId }),
      detail: 'The serial UBAM01382015 could not be found!',
    },
  ])('refuses $title', async ({ pass, detail }) => {
    const answer = await check(pass);
    expect(answer).toMatchObject({ id: 0, result: { status: true, value: false } });
    expect(answer.detail).toBeUndefined();
    await expect(newest()).resolves.toMatchObject({ succeeded: false, detail });
  });

  it('is for tokens of this type alone, and looks at none that is merely named', async () => {
    await init({ type: 'pw', serial: 'UBAM01382015', otpkey: value(300), user: 'anna' });
    await expect(check(value(300))).resolves.toMatchObject({ result: { value: false } });
    await enrol('UBAM9', { public_uid: PUBLIC_ID });
    await expect(check(press(300), { serial: 'UBAM9' })).resolves.toMatchObject({ result: { value: false } });
  });

  it('tells more of the owner where a policy says so, and asks for their password where one does', async () => {
    await enrol('UBAM01382015', { user: 'anna' });
    await givePolicies(tokens.database, [
      { scope: 'authorization', action: 'detail_on_success', realm: 'one' },
    ]);
    try {
      await expect(check(value(300))).resolves.toMatchObject({
        detail: { user: { username: 'anna' }, realm: 'one', tokentype: 'yubikey', serial: 'UBAM01382015' },
      });
      await givePolicies(tokens.database, [
        { scope: 'authentication', action: 'otppin=password', realm: 'one' },
      ]);
      await expect(check(value(301))).resolves.toMatchObject({ result: { value: false } });
    } finally {
      await givePolicies(tokens.database, []);
    }
  });
});
