import { KEY_ALGORITHMS } from '@app/tokens';
import { readAssertion, readAttestation } from '@app/otp';

import {
  AAGUID,
  AAGUID_TEXT,
  KEY_KINDS,
  type KeyBehaviour,
  type KeyKind,
  type KeyResponse,
  SecurityKey,
} from '../../test/support/clients/security-key.js';
import { type KeyMaker, givenKeyMaker } from '../../test/support/clients/security-key-maker.js';
import { WebAuthnKeyChecks } from './web-authn-key-checks.js';

const RP_ID = 'sso.example.test';
const CHALLENGE = Buffer.alloc(32, 7).toString('base64url');
const CREATION = { rp: { id: RP_ID }, user: { id: 'dXNlcg' }, challenge: CHALLENGE };
const OFFERED = (Object.keys(KEY_KINDS) as KeyKind[]).filter((kind) => kind !== 'ES256K');
const MAKER = givenKeyMaker(AAGUID);
const ALL_OF_MAKER: KeyMaker = { ...MAKER, chain: [...MAKER.chain, MAKER.rootCertificate] };
const checks = new WebAuthnKeyChecks();

const ceremony = {
  challenge: CHALLENGE,
  rpIds: [RP_ID],
  at: { rpId: RP_ID },
  requiresUserVerification: false,
};

const register = (response: KeyResponse, more: { requiresUserVerification?: boolean } = {}) =>
  checks.registered({
    ...ceremony,
    type: 'webauthn.create',
    response: readAttestation(JSON.stringify(response)),
    algorithms: KEY_ALGORITHMS,
    ...more,
  });

async function given(behaviour: KeyBehaviour = {}) {
  const key = new SecurityKey(behaviour);
  const finding = await register(key.create(CREATION));
  if (finding.kind === 'refused') throw new Error(finding.reason);
  const answer = (changes: KeyBehaviour = {}) => key.get({ rpId: RP_ID, challenge: CHALLENGE }, changes);
  const assert = (response: KeyResponse, more: { requiresUserVerification?: boolean } = {}) =>
    checks.asserted({
      ...ceremony,
      type: 'webauthn.get',
      response: readAssertion(JSON.stringify(response)),
      publicKey: finding.key.publicKey,
      ...more,
    });
  return { key, registered: finding.key, answer, assert };
}

describe('a security key', () => {
  it.each(OFFERED)('of %s is registered, and signs', async (kind) => {
    const { registered, answer, assert } = await given({ kind });
    expect(registered).toMatchObject({
      algorithm: KEY_KINDS[kind],
      format: 'none',
      signCount: 0,
      aaguid: AAGUID_TEXT,
      certificate: null,
      isMakerTrusted: false,
    });
    await expect(assert(answer())).resolves.toEqual({
      kind: 'signed',
      assertion: { signCount: 1, isUserVerified: true, isBackedUp: false },
    });
  });

  it('of an algorithm that was not offered is refused', async () => {
    const response = new SecurityKey({ kind: 'ES256K' }).create(CREATION);
    await expect(register(response)).resolves.toMatchObject({ kind: 'refused' });
  });

  it.each<[string, KeyBehaviour['attestation'], string, boolean]>([
    ['nobody', 'none', 'none', false],
    ['itself', 'self', 'packed', false],
    ['its maker', MAKER, 'packed', true],
    ['its maker, with all certificates', ALL_OF_MAKER, 'packed', true],
  ])('is vouched for by %s', async (_whom, attestation, format, hasCertificate) => {
    const { registered } = await given({ attestation });
    expect([registered.format, registered.certificate !== null]).toEqual([format, hasCertificate]);
  });
});

describe('a statement', () => {
  it.each<[string, KeyMaker, KeyBehaviour, RegExp]>([
    [
      'whose certificates are of no authority',
      { ...MAKER, chain: [...MAKER.chain, ...MAKER.chain] },
      {},
      /no authority/,
    ],
    ['of an Android that nobody knows', ALL_OF_MAKER, { format: 'android-key' }, /root .* not known/],
    ['of an Android without a root', MAKER, { format: 'android-key' }, /root .* not known/],
  ])(
    '%s is refused before its certificates are followed anywhere',
    async (_title, attestation, how, reason) => {
      await expect(register(new SecurityKey({ attestation, ...how }).create(CREATION))).resolves.toEqual({
        kind: 'refused',
        reason: expect.stringMatching(reason),
      });
    },
  );
});

const REASONS: readonly [string, KeyBehaviour, RegExp][] = [
  ['for another page', { origin: 'https://evil.test' }, /Invalid origin/],
  ['by HTTP', { origin: `http://${RP_ID}` }, /Invalid origin/],
  ['of a page within another', { clientData: { crossOrigin: true } }, /Invalid origin/],
  ['for another relying party', { rpId: 'evil.test', origin: `https://${RP_ID}` }, /Wrong RP ID hash/],
  ['to another challenge', { clientData: { challenge: 'AAAA' } }, /Wrong challenge/],
  ['of another kind', { clientData: { type: 'payment.get' } }, /Incorrect type/],
  ['without anybody there', { isPresent: false }, /User Present flag not set/],
];

describe('an answer', () => {
  it.each(REASONS)('%s is refused, at registration and login', async (_title, changes, reason) => {
    const refusal = { kind: 'refused', reason: expect.stringMatching(reason) };
    await expect(register(new SecurityKey().create(CREATION, changes))).resolves.toEqual(refusal);
    const { answer, assert } = await given();
    await expect(assert(answer(changes))).resolves.toEqual(refusal);
  });

  it('of a user who was not verified is refused where they must be', async () => {
    const required = { requiresUserVerification: true };
    const refusal = { kind: 'refused', reason: expect.stringContaining('User Verified flag not set') };
    const { answer, assert } = await given();
    await expect(
      register(new SecurityKey().create(CREATION, { verifies: false }), required),
    ).resolves.toEqual(refusal);
    await expect(assert(answer({ verifies: false }), required)).resolves.toEqual(refusal);
    await expect(assert(answer(), required)).resolves.toMatchObject({ kind: 'signed' });
  });

  it('that somebody else signed is refused', async () => {
    const { assert } = await given();
    const other = new SecurityKey().get({ rpId: RP_ID, challenge: CHALLENGE });
    await expect(assert(other)).resolves.toEqual({ kind: 'refused', reason: 'The signature is not right.' });
  });

  it('with a statement that is none is refused, in words that are not those of the code', async () => {
    const right = new SecurityKey().create(CREATION);
    const object = Buffer.from(right.response['attestationObject'] ?? '', 'base64url');
    // The empty map behind its name becomes an empty list.
    const at = object.indexOf('attStmt') + 'attStmt'.length;
    object[at] = 0x80;
    const response = { ...right.response, attestationObject: object.toString('base64url') };
    await expect(register({ ...right, response })).resolves.toEqual({
      kind: 'refused',
      reason: 'The attestation is not right.',
    });
  });

  it('is refused with any bit of its signature otherwise', async () => {
    const { answer, assert } = await given();
    const signatureIn = ({ response }: KeyResponse) => Buffer.from(response['signature'] ?? '', 'base64url');
    // The first number begins with a zero that keeps it positive.
    let right = answer();
    while (signatureIn(right)[4] !== 0) right = answer();
    const signature = signatureIn(right);
    for (let bit = 0; bit < signature.length * 8; bit++) {
      const other = Buffer.from(signature);
      other[bit >> 3] = (signature[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const response = { ...right.response, signature: other.toString('base64url') };
      expect([bit, (await assert({ ...right, response })).kind]).toEqual([bit, 'refused']);
    }
  });

  it.each<KeyKind>(['ES256', 'ES384', 'ES512'])(
    'with more than a signature of %s is refused',
    async (kind) => {
      const { answer, assert } = await given({ kind });
      const right = answer();
      const signature = Buffer.from(right.response['signature'] ?? '', 'base64url');
      const isLong = signature[1] === 0x81;
      const content = signature.subarray(isLong ? 3 : 2);
      const within = Buffer.concat([content, Buffer.of(2, 1, 0)]);
      const head = isLong ? [0x30, 0x81, within.length] : [0x30, within.length];
      const others = [
        Buffer.concat([signature, Buffer.of(0)]),
        Buffer.concat([signature, signature]),
        Buffer.concat([Buffer.from(head), within]),
        signature.subarray(0, -1),
        Buffer.alloc(0),
      ];
      await expect(assert(right)).resolves.toMatchObject({ kind: 'signed' });
      for (const other of others) {
        const response = { ...right.response, signature: other.toString('base64url') || 'AA' };
        await expect(assert({ ...right, response })).resolves.toMatchObject({ kind: 'refused' });
      }
    },
  );

  it.each<KeyKind>(OFFERED)('that was changed behind its signature of %s is refused', async (kind) => {
    const { answer, assert } = await given({ kind });
    await expect(assert(answer({ signs: Buffer.from('something else') }))).resolves.toMatchObject({
      kind: 'refused',
    });
  });

  it('that is cut short at any place is refused', async () => {
    const { answer, assert } = await given();
    const whole = answer();
    for (const name of ['clientDataJSON', 'authenticatorData', 'signature']) {
      const bytes = Buffer.from(whole.response[name] ?? '', 'base64url');
      for (let length = 1; length < bytes.length; length += 9) {
        const cut = bytes.subarray(0, length).toString('base64url');
        const response = { ...whole, response: { ...whole.response, [name]: cut } };
        await expect(assert(response)).resolves.toMatchObject({ kind: 'refused' });
      }
    }
  });
});

describe('a statement', () => {
  const refusal = { kind: 'refused', reason: expect.any(String) };

  it.each<[string, KeyBehaviour]>([
    ['that is not signed by the key', { attestation: 'self', signs: Buffer.from('other') }],
    ['that is not signed by the maker', { attestation: MAKER, signs: Buffer.from('other') }],
    ['about another model than the certificate’s', { attestation: MAKER, aaguid: Buffer.alloc(16, 9) }],
  ])('%s is refused', async (_title, behaviour) => {
    await expect(register(new SecurityKey(behaviour).create(CREATION))).resolves.toEqual(refusal);
  });

  it('that is cut short at any place is refused', async () => {
    const whole = new SecurityKey({ attestation: MAKER }).create(CREATION);
    const bytes = Buffer.from(whole.response['attestationObject'] ?? '', 'base64url');
    for (let length = 1; length < bytes.length; length += 29) {
      const cut = bytes.subarray(0, length).toString('base64url');
      const response = { ...whole, response: { ...whole.response, attestationObject: cut } };
      await expect(register(response)).resolves.toEqual(refusal);
    }
  });

  it('for another id than the browser names is refused', async () => {
    const whole = new SecurityKey().create(CREATION);
    await expect(register({ ...whole, id: 'AAAA', rawId: 'AAAA' })).resolves.toEqual({
      kind: 'refused',
      reason: 'The id is not the key’s.',
    });
  });

  it('leads to a maker who is known, where any is', async () => {
    const strict = new WebAuthnKeyChecks([MAKER.root]);
    const found = (attestation: KeyBehaviour['attestation']) =>
      strict.registered({
        ...ceremony,
        type: 'webauthn.create',
        response: readAttestation(new SecurityKey({ ...(attestation && { attestation }) }).create(CREATION)),
        algorithms: KEY_ALGORITHMS,
      });
    await expect(found(MAKER)).resolves.toMatchObject({ key: { isMakerTrusted: true } });
    await expect(found('self')).resolves.toMatchObject({ key: { isMakerTrusted: false } });
    await expect(found(givenKeyMaker(AAGUID, 'Somebody else'))).resolves.toEqual(refusal);
  });
});
