import {
  AAGUID,
  AAGUID_TEXT,
  KEY_KINDS,
  type KeyBehaviour,
  type KeyKind,
  SecurityKey,
} from '../../support/clients/security-key.js';
import { givenKeyMaker } from '../../support/clients/security-key-maker.js';
import { doneOf, errorOf } from '../userservice/scene.js';
import { KeyScene, PIN, RP_ID } from './key-scene.js';

const WITHIN_MS = 120_000;
const B64URL_32 = /^[\w-]{43}$/;
const OFFERED = [-7, -8, -35, -36, -37, -257];

let keys: KeyScene;
beforeAll(async () => {
  keys = await KeyScene.start();
}, WITHIN_MS);
afterAll(() => keys?.stop(), WITHIN_MS);
beforeEach(() => keys.begin());

const finish = async (serial: string, attestationResponse: unknown, person: 'anna' | 'bernd' = 'anna') => {
  const user = await keys.scene.as(person);
  return user.post('/userservice/fido2_activate_finish', { serial, attestationResponse });
};

/** Through HTTP, as browsers and LinOTP's portal do it (spec/token-types §20.1). */
describe('a security key', () => {
  it('is asked for by all that the browser needs', async () => {
    await expect(keys.asked('KEY1')).resolves.toEqual({
      rp: { name: 'LinOTP', id: RP_ID },
      user: { name: 'anna', id: expect.stringMatching(B64URL_32), displayName: 'Anna' },
      challenge: expect.stringMatching(B64URL_32),
      pubKeyCredParams: OFFERED.map((alg) => ({ type: 'public-key', alg })),
      timeout: 120_000,
      excludeCredentials: [],
      authenticatorSelection: {
        residentKey: 'preferred',
        userVerification: 'preferred',
        requireResidentKey: false,
      },
      attestation: 'direct',
      extensions: { credProps: true },
    });
    await expect(keys.stored()).resolves.toMatchObject({
      active: false,
      info: { phase: 'registration', rp_id: RP_ID, rp_name: 'LinOTP', attestation_conveyance: 'direct' },
    });
  });

  it('is as policies have it', async () => {
    await keys.begin([
      'enrollment',
      [
        'fido2_rp_name=The Bank, tokenlabel="<u> at <r>", fido2_attestation_conveyance=none',
        'fido2_user_verification_requirement=required, fido2_resident_key_requirement=required',
        'fido2_authenticator_types="hybrid security-key"',
      ].join(', '),
    ]);
    await expect(keys.asked('KEY1')).resolves.toMatchObject({
      rp: { name: 'The Bank' },
      user: { name: 'anna at staff', displayName: 'anna at staff' },
      authenticatorSelection: {
        authenticatorAttachment: 'cross-platform',
        residentKey: 'required',
        userVerification: 'required',
        requireResidentKey: true,
      },
      attestation: 'none',
      hints: ['hybrid', 'security-key'],
    });
  });

  it.each<[KeyKind, KeyBehaviour['attestation'], string]>([
    ['ES256', 'none', 'none'],
    ['EdDSA', 'self', 'packed'],
    ['RS256', givenKeyMaker(AAGUID), 'packed'],
  ])('of %s is registered, and its token is active', async (kind, attestation, format) => {
    const user = await keys.scene.as('anna');
    const listed = async () => {
      const { body } = await user.get('/userservice/usertokenlist');
      return body.result.value[0] as Record<string, unknown>;
    };
    const key = new SecurityKey({ kind, attestation: attestation ?? 'none' });
    const options = await keys.asked('KEY1');
    expect(await listed()).toMatchObject({
      'LinOtp.TokenType': 'fido2',
      'LinOtp.Isactive': false,
      'LinOtp.OtpLen': 32,
      'LinOtp.CountWindow': 0,
      'LinOtp.SyncWindow': 0,
      Enrollment: { status: 'unpaired' },
    });
    const { detail } = await doneOf(finish('KEY1', key.create(options)));
    expect(detail).toEqual({ serial: 'KEY1' });
    expect(await listed()).toMatchObject({ 'LinOtp.Isactive': true, Enrollment: { status: 'completed' } });
    const { info } = await keys.stored();
    expect(info).toEqual({
      phase: 'authentication',
      rp_id: RP_ID,
      rp_name: 'LinOTP',
      attestation_conveyance: 'direct',
      user_handle: options.user.id,
      counter: '0',
      fido2_credential: expect.any(String),
    });
    expect(JSON.parse(String(info['fido2_credential']))).toMatchObject({
      credential_id: key.id.toString('base64url'),
      sign_count: 0,
      rp_id: RP_ID,
      aaguid: AAGUID_TEXT,
      attestation_format: format,
      public_key_algorithm: KEY_KINDS[kind],
      transports: ['usb', 'nfc'],
      resident_key: true,
      user_verified_at_reg: true,
    });
    await expect(keys.record('userservice/fido2_activate_finish')).resolves.toMatchObject({
      succeeded: true,
      serial: 'KEY1',
      type: 'fido2',
      login: 'anna',
      info: 'fido2 enrollment phase 2 completed',
    });
  });

  it('is registered by the same call, and by administrators', async () => {
    const user = await keys.scene.as('anna');
    const first = new SecurityKey().create(await keys.asked('KEY1'));
    const own = { type: 'fido2', serial: 'KEY1', attestationResponse: first };
    await doneOf(user.post('/userservice/enroll', own));
    const form = { type: 'fido2', serial: 'KEY2', user: 'bernd' };
    const { detail } = await keys.admin('/admin/init', form);
    const second = new SecurityKey().create(detail?.['registerrequest'] as never);
    const attestationResponse = JSON.stringify(second);
    await expect(keys.admin('/admin/init', { ...form, attestationResponse })).resolves.toMatchObject({
      result: { status: true, value: true },
      detail: { serial: 'KEY2' },
    });
    const [one, other] = [await keys.stored('KEY1'), await keys.stored('KEY2')];
    expect([one.active, other.active]).toEqual([true, true]);
  });

  it('is asked for anew while none has answered: then the first question counts no more', async () => {
    const before = await keys.asked('KEY1');
    const user = await keys.scene.as('anna');
    const begin = () => user.post('/userservice/fido2_activate_begin', { serial: 'KEY1', type: 'fido2' });
    const { detail } = await doneOf(begin());
    const request = detail?.['registerrequest'] as typeof before;
    expect(request.challenge).not.toBe(before.challenge);
    await expect(keys.record('userservice/fido2_activate_begin')).resolves.toMatchObject({
      succeeded: true,
      info: 'fido2 activation challenge regenerated',
    });
    await expect(errorOf(finish('KEY1', new SecurityKey().create(before)))).resolves.toMatchObject({
      code: 905,
      message: expect.stringContaining('Wrong challenge in response.'),
    });
    const response = new SecurityKey().create(request);
    await doneOf(finish('KEY1', response));
    await expect(errorOf(finish('KEY1', response))).resolves.toMatchObject({
      message: 'Attestation response received but token is not in registration state.',
    });
    await expect(errorOf(begin())).resolves.toMatchObject({
      message: 'Token is in an invalid state for initialization! Current phase: authentication',
    });
    const anew = await keys.admin('/admin/init', { type: 'fido2', serial: 'KEY1', user: 'anna' });
    expect(anew.result.error?.message).toContain('Current phase: authentication');
  });

  it('is of a user who is the same for all their keys, and is not registered twice', async () => {
    const key = await keys.registered('KEY1');
    const again = await keys.asked('KEY2');
    expect(again).toMatchObject({
      user: { id: key.userHandle },
      excludeCredentials: [
        { type: 'public-key', id: key.id.toString('base64url'), transports: ['usb', 'nfc'] },
      ],
    });
    await expect(errorOf(finish('KEY2', key.create(again)))).resolves.toMatchObject({
      message: expect.stringContaining('registered with another token'),
    });
    const others = await keys.asked('KEY3', 'bernd');
    expect(others).toMatchObject({ excludeCredentials: [] });
    expect(others.user.id).not.toBe(key.userHandle);
  });
});

it('of answers that come at once, one registers its key', async () => {
  const options = await keys.asked('KEY1');
  const [here, there] = [await keys.scene.as('anna', 0), await keys.scene.as('anna', 1)];
  const answers = Array.from({ length: 20 }, (_, turn) => ({ key: new SecurityKey(), turn }));
  const tried = answers.map(async ({ key, turn }) => {
    const attestationResponse = key.create(options);
    const { body } = await (turn % 2 === 0 ? here : there).post('/userservice/fido2_activate_finish', {
      serial: 'KEY1',
      attestationResponse,
    });
    return body.result.value === true ? [key] : [];
  });
  const registered = (await Promise.all(tried)).flat();
  expect(registered).toHaveLength(1);
  const { id, request } = await keys.challenged();
  await expect(keys.accepts(id, registered[0]?.get(request) ?? {})).resolves.toBe(true);
});

describe('an answer that is not right', () => {
  const OTHER = Buffer.alloc(16, 9);
  it.each<[string, KeyBehaviour, string]>([
    ['of another page', { origin: 'https://evil.test' }, 'Invalid origin in CollectedClientData.'],
    ['by HTTP', { origin: `http://${RP_ID}` }, 'Invalid origin in CollectedClientData.'],
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
    ['of another kind', { clientData: { type: 'webauthn.get' } }, 'Incorrect type in CollectedClientData.'],
    ['without its user', { isPresent: false }, 'User Present flag not set.'],
    ['forged', { attestation: 'self', signs: OTHER }, 'The attestation statement is not right.'],
    [
      'with a maker’s forged word',
      { attestation: givenKeyMaker(AAGUID), signs: OTHER },
      'The attestation statement is not right.',
    ],
    [
      'with a certificate of another model',
      { attestation: givenKeyMaker(OTHER) },
      'The attestation is not right',
    ],
  ])('%s changes nothing', async (_title, behaviour, reason) => {
    const response = new SecurityKey(behaviour).create(await keys.asked('KEY1'));
    const before = await keys.scene.stored('KEY1');
    const { code, message } = await errorOf(finish('KEY1', response));
    expect([code, message]).toEqual([
      905,
      expect.stringContaining(`FIDO2 registration verification failed for token KEY1: ${reason}`),
    ]);
    await expect(keys.scene.stored('KEY1')).resolves.toEqual(before);
    await expect(keys.record('userservice/fido2_activate_finish')).resolves.toMatchObject({
      succeeded: false,
      serial: 'KEY1',
      info: expect.stringContaining(`Fido2 activation failed: ${reason}`),
    });
  });

  it.each([
    ['{', /^ERR905: Attestation response is invalid JSON/],
    [{ id: 'AAAA' }, /^ERR905: Invalid attestation response format/],
    ['[]', /^ERR905: Invalid attestation response format/],
    [undefined, /^ERR905: Missing parameter: ''attestationResponse''/],
  ])('like %j says what is wrong', async (response, message) => {
    await keys.asked('KEY1');
    await expect(errorOf(finish('KEY1', response))).resolves.toMatchObject({
      message: expect.stringMatching(message),
    });
  });

  it('that comes too late is refused', async () => {
    const response = new SecurityKey().create(await keys.asked('KEY1'));
    await keys.scene.database.query(
      `UPDATE token SET info = info || '{"registration_until": 1700000000}' WHERE serial = 'KEY1'`,
    );
    await expect(errorOf(finish('KEY1', response))).resolves.toMatchObject({
      message: expect.stringContaining('The registration challenge has expired.'),
    });
  });

  it('without verification of its user is refused where policies ask for that', async () => {
    await keys.begin(['enrollment', 'fido2_user_verification_requirement=required']);
    const response = new SecurityKey({ verifies: false }).create(await keys.asked('KEY1'));
    await expect(errorOf(finish('KEY1', response))).resolves.toMatchObject({
      message: expect.stringContaining('User Verified flag not set.'),
    });
  });

  it('of a model that is not allowed is refused', async () => {
    await keys.begin(['enrollment', `fido2_allowed_authenticators="${AAGUID_TEXT.toUpperCase()} x"`]);
    const other = new SecurityKey({ aaguid: OTHER }).create(await keys.asked('KEY1'));
    await expect(errorOf(finish('KEY1', other))).resolves.toMatchObject({
      code: 905,
      message: 'ERR905: This authenticator model is not in the list of allowed authenticators.',
    });
    await keys.registered('KEY2');
  });

  it('for somebody else’s token is refused, and says nothing of it', async () => {
    const options = await keys.asked('KEY1');
    const bernd = await keys.scene.as('bernd');
    for (const name of ['fido2_activate_begin', 'fido2_activate_finish']) {
      const attestationResponse = new SecurityKey().create(options);
      const answer = bernd.post(`/userservice/${name}`, { serial: 'KEY1', attestationResponse });
      await expect(errorOf(answer)).resolves.toMatchObject({
        code: -311,
        message: "User 'bernd' is not owner of token KEY1",
      });
    }
    expect((await keys.stored()).active).toBe(false);
  });
});

describe('policies and administrators', () => {
  it('have to say for whom keys are registered', async () => {
    await keys.scene.give({ scope: 'selfservice', action: 'enrollFIDO2' });
    const text = 'To enroll FIDO2 tokens in realm `staff`, a `fido2_rp_id=` policy must be defined';
    await expect(keys.scene.refused({ type: 'fido2' })).resolves.toMatchObject({
      code: 1901,
      message: `ERR1901: ${text}`,
    });
    await expect(keys.scene.record('enroll')).resolves.toMatchObject({
      succeeded: false,
      info: '`fido2_rp_id=` policy missing for realm `staff`',
    });
    const { result } = await keys.admin('/admin/init', { type: 'fido2', user: 'anna' });
    expect(result.error).toEqual({ code: 1901, message: `ERR1901: ${text}` });
    await expect(keys.scene.serials()).resolves.toEqual([]);
  });

  it('have to say whose key it is to be', async () => {
    const { result } = await keys.admin('/admin/init', { type: 'fido2', serial: 'KEY1' });
    expect(result.error?.message).toBe('ERR905: User information is required for FIDO2 token enrollment');
  });

  it('that limit keys do not count the one that is activated', async () => {
    await keys.begin(['enrollment', 'maxtokenFIDO2=1, maxtoken=1']);
    await keys.registered('KEY1');
    await expect(keys.scene.refused({ type: 'fido2', pin: PIN })).resolves.toMatchObject({
      code: expect.any(Number),
    });
    await expect(keys.scene.serials()).resolves.toEqual(['KEY1']);
  });

  it('cannot switch a token on whose key has not answered, by enrolling it', async () => {
    const form = { type: 'fido2', serial: 'KEY1', user: 'anna', pin: PIN, enable: 'true' };
    for (const _ of [1, 2]) await keys.admin('/admin/init', form);
    expect((await keys.stored()).active).toBe(false);
  });

  it.each([['tokens=x', 'fido2_rp_id="https://sso.test/"', 'Policy fido2_rp_id must be the name of a host']])(
    'that make no sense are named (%s)',
    async (_title, action, message) => {
      await keys.scene.give({ scope: 'selfservice', action: 'enrollFIDO2' }, { scope: 'enrollment', action });
      await expect(keys.scene.refused({ type: 'fido2' })).resolves.toMatchObject({ message });
    },
  );
});
