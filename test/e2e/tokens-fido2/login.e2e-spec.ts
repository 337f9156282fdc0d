import { AAGUID_TEXT, type KeyBehaviour, SecurityKey } from '../../support/clients/security-key.js';
import { anonymousAgent } from '../../support/clients/user-agent.js';
import { doneOf } from '../userservice/scene.js';
import { KeyScene, PIN, RP_ID } from './key-scene.js';

const WITHIN_MS = 120_000;
const ANSWERS = 50;

let keys: KeyScene;
beforeAll(async () => {
  keys = await KeyScene.start();
}, WITHIN_MS);
afterAll(() => keys?.stop(), WITHIN_MS);
beforeEach(() => keys.begin());

const recorded = () => keys.record('validate/check');

/** Through HTTP, on two servers that share a PostgreSQL (spec/token-types §20.2). */
describe('a login with a security key', () => {
  it('is a PIN, and a signature of what is asked then: at any node, and once', async () => {
    const key = await keys.registered();
    const { id, request, answer } = await keys.challenged();
    expect(answer).toMatchObject({
      result: { status: true, value: false },
      detail: {
        transactionid: id,
        message: 'FIDO2 authentication challenge',
        linotp_tokenserial: 'KEY1',
        linotp_tokentype: 'fido2',
        signrequest: {
          challenge: expect.stringMatching(/^[\w-]{43}$/),
          timeout: 120_000,
          rpId: RP_ID,
          allowCredentials: [
            { type: 'public-key', id: key.id.toString('base64url'), transports: ['usb', 'nfc'] },
          ],
          userVerification: 'preferred',
        },
      },
    });
    const response = key.get(request);
    await expect(keys.accepts(id, response, { user: 'anna' }, 1)).resolves.toBe(true);
    const { counter, failures, info } = await keys.stored();
    expect([counter, failures]).toEqual([1, 0]);
    expect(info).toMatchObject({
      counter: '1',
      last_auth_uv: 'True',
      last_auth_at: expect.stringMatching(/\+00:00$/),
    });
    expect(JSON.parse(String(info['fido2_credential']))).toMatchObject({ sign_count: 1 });
    await expect(recorded()).resolves.toMatchObject({
      succeeded: true,
      serial: 'KEY1',
      type: 'fido2',
      login: 'anna',
    });

    await expect(keys.accepts(id, response)).resolves.toBe(false);
    await expect(keys.stored()).resolves.toMatchObject({ active: true, failures: 1, info });
    await expect(recorded()).resolves.toMatchObject({
      succeeded: false,
      info: 'Fido2 authentication failed: no open challenge',
    });
  });

  it.each<[string, KeyBehaviour, string]>([
    ['of another page', { origin: 'https://evil.test' }, 'Invalid origin in CollectedClientData.'],
    [
      'of a page within another',
      { clientData: { crossOrigin: true } },
      'Invalid origin in CollectedClientData.',
    ],
    [
      'for another relying party',
      { rpId: 'evil.test', origin: `https://${RP_ID}` },
      'Wrong RP ID hash in response.',
    ],
    ['to another question', { clientData: { challenge: 'AAAA' } }, 'Wrong challenge in response.'],
    ['without its user', { isPresent: false }, 'User Present flag not set.'],
    ['forged', { signs: Buffer.from('something else') }, 'The signature is not right.'],
  ])('%s is refused: a failure is counted, and nothing else changes', async (_title, behaviour, reason) => {
    const key = await keys.registered();
    const { id, request } = await keys.challenged();
    const before = await keys.stored();
    await expect(keys.accepts(id, key.get(request, behaviour))).resolves.toBe(false);
    await expect(keys.stored()).resolves.toEqual({ ...before, failures: 1 });
    await expect(recorded()).resolves.toMatchObject({
      succeeded: false,
      serial: 'KEY1',
      info: expect.stringContaining(`Fido2 authentication failed: ${reason}`),
    });
    await expect(keys.accepts(id, key.get(request))).resolves.toBe(true);
    expect((await keys.stored()).failures).toBe(0);
  });

  it('is not by another key, nor of another user', async () => {
    await keys.registered();
    const berndsKey = await keys.registered('KEY2', 'bernd');
    const { id, request } = await keys.challenged();
    await expect(keys.accepts(id, new SecurityKey().get(request))).resolves.toBe(false);
    await expect(keys.accepts(id, berndsKey.get(request))).resolves.toBe(false);
    await expect(recorded()).resolves.toMatchObject({
      info: 'Fido2 authentication failed: Another key was used.',
    });
    const theirs = await keys.challenged({ user: 'bernd' });
    await expect(keys.accepts(theirs.id, berndsKey.get(theirs.request))).resolves.toBe(false);
    const bernd = await keys.challenged({ user: 'bernd' });
    await expect(keys.accepts(bernd.id, berndsKey.get(bernd.request), { user: 'bernd' })).resolves.toBe(true);
  });

  it('comes too late once its challenge is over', async () => {
    const key = await keys.registered();
    const { id, request } = await keys.challenged();
    await keys.scene.database.query('UPDATE challenge SET expires_at = clock_timestamp()');
    await expect(keys.accepts(id, key.get(request))).resolves.toBe(false);
  });

  it('takes the token out of use where the key counts backwards, until an administrator says otherwise', async () => {
    const key = await keys.registered();
    key.signCount = 10;
    const first = await keys.challenged();
    await expect(keys.accepts(first.id, key.get(first.request))).resolves.toBe(true);
    key.signCount = 4;
    const second = await keys.challenged();
    await expect(keys.accepts(second.id, key.get(second.request))).resolves.toBe(false);
    await expect(keys.stored()).resolves.toMatchObject({
      active: false,
      failures: 1,
      info: { counter: '11' },
    });
    await expect(recorded()).resolves.toMatchObject({
      info: 'Fido2 authentication failed: The signature counter did not increase (5 after 11): is there a copy of the key?; KEY1 may have a copy: disabled',
    });
    await expect(keys.call('check', { user: 'anna', pass: PIN })).resolves.not.toHaveProperty('detail');
    await keys.admin('/admin/enable', { serial: 'KEY1' });
    key.signCount = 11;
    const third = await keys.challenged();
    await expect(keys.accepts(third.id, key.get(third.request))).resolves.toBe(true);
  });

  it('goes on with keys that do not count', async () => {
    const key = await keys.registered();
    key.counts = false;
    for (const _ of [1, 2]) {
      const { id, request } = await keys.challenged();
      await expect(keys.accepts(id, key.get(request))).resolves.toBe(true);
    }
  });

  it('is one, however many nodes get the same answer at once', async () => {
    const key = await keys.registered();
    await keys.admin('/admin/set', { serial: 'KEY1', MaxFailCount: '1000' });
    const { id, request } = await keys.challenged();
    const response = key.get(request);
    const answers = Array.from({ length: ANSWERS }, (_, turn) =>
      keys.accepts(id, response, { user: 'anna' }, turn),
    );
    expect((await Promise.all(answers)).filter(Boolean)).toHaveLength(1);
    await expect(keys.stored()).resolves.toMatchObject({ active: true, info: { counter: '1' } });
  });

  it('is one for each count, however many challenges are answered with it', async () => {
    const key = await keys.registered();
    const asked = [await keys.challenged(), await keys.challenged({ user: 'anna' }, 1)];
    const responses = asked.map(({ request }) => {
      // A copy that counts as the key does.
      key.signCount = 6;
      return key.get(request);
    });
    const answers = asked.map(({ id }, turn) =>
      keys.accepts(id, responses[turn] ?? {}, { user: 'anna' }, turn),
    );
    const accepted = await Promise.all(answers);
    expect(accepted.filter(Boolean)).toHaveLength(1);
    // The newer challenge ends the older one, whose answer says nothing of the key any more.
    const wasNewerFirst = accepted[1];
    await expect(keys.stored()).resolves.toMatchObject({ active: wasNewerFirst, info: { counter: '7' } });
  });
});

describe('what policies say of it', () => {
  it('may ask for verification of the user', async () => {
    await keys.begin(['authentication', 'fido2_user_verification_requirement=required']);
    const key = await keys.registered();
    const { id, request } = await keys.challenged();
    expect(request).toMatchObject({ userVerification: 'required' });
    await expect(keys.accepts(id, key.get(request, { verifies: false }))).resolves.toBe(false);
    await expect(keys.accepts(id, key.get(request))).resolves.toBe(true);
  });

  it('may leave out models: neither asked by user nor by serial, nor heard', async () => {
    const key = await keys.registered();
    const { id, request } = await keys.challenged();
    await keys.begin();
    const again = await keys.registered();
    const open = await keys.challenged();
    await keys.scene.give({ scope: 'authorization', action: 'fido2_allowed_authenticators=aaaa' });
    const info = expect.stringContaining(
      `fido2_allowed_authenticators: ${AAGUID_TEXT} is not in the allowed list`,
    );
    for (const [name, who] of [
      ['check', 'user=anna'],
      ['check_s', 'serial=KEY1'],
    ] as const) {
      const form = Object.fromEntries(new URLSearchParams(`${who}&pass=${PIN}`));
      const { result, detail } = await keys.call(name, form);
      expect([result.value, detail]).toEqual([false, undefined]);
      await expect(keys.record(`validate/${name}`)).resolves.toMatchObject({ succeeded: false, info });
    }
    await expect(keys.accepts(open.id, again.get(open.request))).resolves.toBe(false);
    await expect(keys.accepts(id, key.get(request))).resolves.toBe(false);
    await keys.scene.give({
      scope: 'authorization',
      action: `fido2_allowed_authenticators="aaaa ${AAGUID_TEXT}"`,
    });
    await expect(keys.accepts(open.id, again.get(open.request))).resolves.toBe(true);
  });

  it('may tell clients what they need offline', async () => {
    await keys.begin(['authentication', 'support_offline=fido2']);
    const key = await keys.registered();
    const { id, request } = await keys.challenged();
    const pass = JSON.stringify(key.get(request));
    const { detail } = await keys.call('check', {
      user: 'anna',
      pass,
      transactionid: id,
      use_offline: 'true',
    });
    const { info } = await keys.stored();
    const { public_key, credential_id } = JSON.parse(String(info['fido2_credential'])) as Record<
      string,
      string
    >;
    expect(detail).toEqual({
      offline: { serial: 'KEY1', type: 'fido2', offline_info: { public_key, credential_id } },
    });
  });

  it('may have the PIN be the password of the user store', async () => {
    await keys.begin(['authentication', 'otppin=1']);
    const key = await keys.registered();
    const { id, request } = await keys.challenged({ user: 'anna', pass: 'password' });
    await expect(keys.accepts(id, key.get(request))).resolves.toBe(true);
  });
});

describe('around a login', () => {
  it('tokens and transactions are named, and looked at', async () => {
    const key = await keys.registered();
    const { id, request } = await keys.challenged({ serial: 'KEY1' });
    const status = async () => {
      const { result } = await keys.admin('/admin/checkstatus', { transactionid: id, open: 'true' });
      return JSON.stringify(result.value);
    };
    expect(await status()).toContain('"mode":["challenge"]');
    expect(await status()).toContain(`"challenge":"${request.challenge}","user_verification":"preferred"`);
    const pass = JSON.stringify(key.get(request));
    const { result } = await keys.call('check_t', { transactionid: id, pass });
    expect(result.value).toMatchObject({ value: true });
    const polled = await keys.call('check_status', { transactionid: id, user: 'anna', pass: PIN });
    expect(JSON.stringify(polled.detail)).toContain('"valid_tan":true');
  });

  it('the second factor of the portal is the key, and so is a trial', async () => {
    const key = await keys.registered();
    const user = await keys.scene.as('anna');
    const trial = async (fields: object) => (await user.post('/userservice/verify', fields)).body;
    const { detail } = await trial({ serial: 'KEY1' });
    expect(detail).toMatchObject({ transactionId: expect.any(String), replyMode: ['offline'] });
    const tried = { transactionid: detail.transactionId, otp: JSON.stringify(key.get(detail.signrequest)) };
    await expect(trial(tried)).resolves.toMatchObject({ result: { value: true } });

    await keys.scene.allow('mfa_login');
    const { nodes } = keys.scene;
    const portal = anonymousAgent(nodes[0]?.url ?? '');
    const login = async (fields: object) => (await portal.post('/userservice/login', fields)).body;
    await login({ username: 'anna', password: 'password' });
    const asked = await login({ serial: 'KEY1' });
    expect(asked.detail).toMatchObject({ linotp_tokentype: 'fido2', transactionId: expect.any(String) });
    // Nobody else is let in by it: the PIN was not asked for.
    const response = key.get(asked.detail.signrequest);
    await expect(keys.accepts(asked.detail.transactionId, response)).resolves.toBe(false);
    await expect(login({ otp: response })).resolves.toMatchObject({ result: { value: true } });
    await doneOf(portal.get('/userservice/usertokenlist'));
  });

  it('a forward token takes the signatures of another token’s key', async () => {
    const key = await keys.registered('KEY1', 'bernd');
    const form = { type: 'forward', serial: 'FWD1', 'forward.serial': 'KEY1', user: 'anna', pin: 'its own' };
    await keys.admin('/admin/init', form);
    const { id, request, answer } = await keys.challenged({ user: 'anna', pass: 'its own' });
    expect(answer.detail).toMatchObject({ linotp_tokenserial: 'FWD1', linotp_forward_tokenserial: 'KEY1' });
    const { length } = (
      await Promise.all(
        [0, 1, 2, 3].map((turn) => keys.accepts(id, key.get(request), { user: 'anna' }, turn)),
      )
    ).filter(Boolean);
    expect(length).toBe(1);
    await expect(keys.stored('KEY1')).resolves.toMatchObject({
      active: true,
      info: { counter: expect.stringMatching(/^[1-4]$/) },
    });
  });

  it('a lost key is replaced for a while, and is not resynchronised', async () => {
    await keys.registered();
    const lost = await keys.admin('/admin/losttoken', { serial: 'KEY1' });
    expect(lost.result.value).toMatchObject({ serial: 'lostKEY1', password: expect.any(String) });
    expect((await keys.stored()).active).toBe(false);
    const { password } = lost.result.value as { password: string };
    const { result } = await keys.call('check', { user: 'anna', pass: `${PIN}${password}` });
    expect(result.value).toBe(true);

    const resync = await keys.admin('/admin/resync', { serial: 'KEY1', otp1: '1', otp2: '2' });
    expect(resync.result).toMatchObject({
      status: false,
      error: { message: 'A FIDO2 token has nothing to be resynchronised by' },
    });
  });
});
