import { readFile } from '../../../../../test/support/clients/given-token-file.js';
import {
  U2F_APP_ID,
  U2fDevice,
  shownTokens,
  shownU2f,
} from '../../../../../test/support/clients/u2f-device.js';

const device = new U2fDevice();
const read = (...rows: readonly object[]) => readFile('u2f', shownTokens(rows));
const row = (more: object = {}) => shownU2f('U2F1', device, more);
const info = (more: object) => row({ 'LinOtp.TokenInfo': JSON.stringify({ ...device.info, ...more }) });

describe('u2f', () => {
  it('takes what is known of a registered key', async () => {
    const { tokens, problems } = await read(
      row({ 'User.username': 'anna', 'LinOtp.RealmNames': ['sales', 'lab'], 'LinOtp.TokenDesc': 'blue' }),
    );
    expect(problems).toEqual([]);
    expect(tokens).toMatchObject([
      {
        serial: 'U2F1',
        type: 'u2f',
        owner: { login: 'anna', realm: 'sales' },
        realm: 'lab',
        description: 'blue',
        info: device.info,
      },
    ]);
    expect(tokens[0]).not.toHaveProperty('isInactive');
  });

  it.each([
    ['nobody’s, in a realm', { 'LinOtp.RealmNames': ['sales'] }, { owner: null, realm: 'sales' }],
    ['that was switched off', { 'LinOtp.Isactive': false }, { isInactive: true }],
    ['whose info is an object', { 'LinOtp.TokenInfo': device.info }, { info: device.info }],
    ['whose counter is a number', info({ counter: 7 }), { info: { ...device.info, counter: '7' } }],
  ])('takes one %s', async (_title, more, expected) => {
    const { tokens, problems } = await read(row(more));
    expect(problems).toEqual([]);
    expect(tokens).toMatchObject([expected]);
  });

  it.each([
    ['of another type', row({ 'LinOtp.TokenType': 'HMAC' }), 'of type HMAC'],
    ['whose registration is not over', info({ phase: 'registration' }), 'no key is registered'],
    ['that has a limit', info({ count_auth_max: 5 }), 'has count_auth_max'],
    ['that ends', info({ validity_period_end: '01/01/30 00:00' }), 'has validity_period_end'],
  ])('leaves out one %s, and says so', async (_title, one, reason) => {
    const { tokens, skipped } = await read(one, shownU2f('U2F2', device));
    expect(tokens).toMatchObject([{ serial: 'U2F2' }]);
    expect(skipped).toMatchObject([{ reason: expect.stringContaining(reason) }]);
  });

  it.each([
    ['a key that is no point', info({ publicKey: Buffer.alloc(65, 4).toString('base64url') }), 'publicKey'],
    ['a key that is too short', info({ publicKey: 'BAAA' }), 'publicKey'],
    ['no key', info({ publicKey: 7 }), 'publicKey'],
    ['no handle', info({ keyHandle: '' }), 'keyHandle'],
    ['a handle that is too long', info({ keyHandle: 'A'.repeat(400) }), 'keyHandle'],
    ['no application', info({ appId: '' }), 'appId'],
    ['no counter', info({ counter: 'x' }), 'counter'],
    ['a counter of more than 32 bits', info({ counter: 2 ** 32 }), 'counter'],
    ['an info that is none', row({ 'LinOtp.TokenInfo': '{' }), 'TokenInfo'],
    ['three realms', row({ 'LinOtp.RealmNames': ['a', 'b', 'c'] }), 'more than two realms'],
    ['a serial that is none', row({ 'LinOtp.TokenSerialnumber': 1 }), 'no text'],
  ])('refuses %s, by its line', async (_title, one, reason) => {
    const { tokens, problems } = await read(shownU2f('U2F0', device), one);
    expect(tokens).toEqual([]);
    expect(problems).toMatchObject([{ line: 16, reason: expect.stringContaining(reason) }]);
  });

  it.each([['{'], ['[]'], ['{"result":{"value":true}}'], ['{"result":{"value":{"data":[1]}}}']])(
    'refuses what is no answer to /admin/show: %s',
    async (text) => {
      const { problems } = await readFile('u2f', text);
      expect(problems).toMatchObject([
        { reason: expect.stringMatching(/no JSON|no answer to \/admin\/show/) },
      ]);
    },
  );

  it('knows lines by the serials, whatever texts hold', async () => {
    const tricky = { 'LinOtp.TokenDesc': '"LinOtp.TokenSerialnumber": ' };
    const { problems } = await read(row(tricky), info({ appId: 1 }));
    expect(problems).toMatchObject([{ line: 16 }]);
    expect(U2F_APP_ID).toBe(device.appId);
  });
});
