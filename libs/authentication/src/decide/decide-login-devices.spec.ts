import { PartitionKey } from '@app/otp';
import { Secret } from '@app/kernel';
import type { AskedText, Token, TokenInfo } from '@app/tokens';

import { givenHotpToken } from '../../../../test/support/domain/given-token.js';
import {
  ANNAS_OWNER,
  ATTEMPT,
  NOW,
  PIN,
  effectsOf,
  outcomeOf,
} from '../../../../test/support/domain/login-decisions.js';
import { ANNAS_SCENE, policySetOf } from '../../../../test/support/domain/policy-decisions.js';
import { PushPhone, QrPhone, readInvitation } from '../../../../test/support/clients/phone.js';
import { type Challenge, asMade } from '../challenges/challenge.js';
import type { LoginAttempt, LoginDecision } from '../login.js';
import { DevicePolicies } from '../policies/device-policies.js';
import { decideLogin } from './decide-login.js';

const KEY = new PartitionKey(0, Buffer.alloc(32, 3));
const URL_OF = 'https://cb/';
const PAYLOAD = Buffer.concat([Buffer.alloc(10), KEY.publicKey, Buffer.from('T1\0\0')]).toString('base64url');
const INVITATION = readInvitation(`lseqr://pair/${PAYLOAD}`);
const qrPhone = new QrPhone({ ...INVITATION, digits: 8 });
const pushPhone = new PushPhone(INVITATION);

const policies = {
  places: () => ({ url: URL_OF, sms: '' }),
  supportsOffline: () => false,
} as Pick<DevicePolicies, 'places' | 'supportsOffline'> as DevicePolicies;

const paired = (type: 'qr' | 'push', info: TokenInfo, changes: Partial<Token> = {}): Token =>
  givenHotpToken({
    serial: 'T1',
    owner: ANNAS_OWNER,
    realms: ['staff'],
    pin: PIN,
    ...changes,
    type,
    digits: 8,
    secret: Secret.of(Buffer.alloc(32, 4)),
    info: {
      partition: 0,
      gda: 'here',
      user_token_id: type === 'qr' ? 7 : 9,
      user_public_key: qrPhone.keys.publicKey.toString('base64'),
      user_dsa_public_key: pushPhone.keys.publicKey.toString('base64'),
      ...info,
    },
  });
const qr = (changes: Partial<Token> = {}) => paired('qr', { state: 'pairing_complete' }, changes);
const push = (changes: Partial<Token> = {}) => paired('push', { state: 'active' }, changes);

function decide(
  token: Token,
  said: Partial<LoginAttempt> & Partial<AskedText>,
  challenges: readonly Challenge[] = [],
): LoginDecision {
  const { text = 'a text', contentType = '', callbackId = '', ...more } = said;
  const device = { asked: { text, contentType, callbackId }, policies, keys: new Map([[0, KEY]]) };
  const challenging = { ...ATTEMPT.challenging, hasText: true };
  const decided = decideLogin(
    [token],
    { ...ATTEMPT, challenging, device, ...more },
    NOW,
    () => undefined,
    challenges,
  );
  if ('question' in decided) throw new Error('nothing is to be asked outside');
  return decided;
}

/** The challenge that a right PIN makes, as it stands once it was delivered. */
function asked(token: Token, text = 'a text'): Challenge {
  const { effects } = decide(token, { password: 'pin1', text });
  const effect = effects.find(({ kind }) => kind === 'challenge');
  if (effect?.kind !== 'challenge') throw new Error('none is made');
  return { ...asMade(effect.challenge, token), id: 1, isOpen: true, isUnsent: false };
}

const answering = (challenge: Challenge) => ({ transaction: { root: challenge.root, place: null } });
const shownTo = (challenge: Challenge) => qrPhone.read(challenge.message);
const pushedTo = (challenge: Challenge) =>
  pushPhone.read(`lseqr://push/${String(challenge.data?.['payload'])}`);

describe('where an app answers', () => {
  const said = new DevicePolicies(
    policySetOf([
      'authentication: qrtoken_challenge_callback_url=https://usual/',
      'authentication: qrtoken_challenge_callback_url.app=https://app/',
      'authentication: qrtoken_challenge_callback_sms.sms=+49 1',
      'authentication: pushtoken_challenge_callback_url.app=https://push/',
    ]),
    ANNAS_SCENE,
  );

  it.each<['qr' | 'push', string | null, object]>([
    ['qr', '', { url: 'https://usual/', sms: '' }],
    ['qr', 'app', { url: 'https://app/', sms: '' }],
    ['qr', 'sms', { url: '', sms: '+49 1' }],
    ['qr', 'other', { url: '', sms: '' }],
    ['push', 'app', { url: 'https://push/', sms: '' }],
    ['push', '', { url: '', sms: '' }],
    ['push', null, { refusal: expect.stringContaining('callback.id') }],
  ])('%s with the id %s: %j', (type, id, places) => {
    expect(said.places(type, id)).toEqual(places);
  });

  it('concerns the owner where there is such a place alone', () => {
    const alone = policySetOf(['authentication: qrtoken_challenge_callback_url.app=https://app/']);
    expect(['', 'app', 'other', null].map((id) => DevicePolicies.concern(alone, id))).toEqual([
      false,
      true,
      false,
      false,
    ]);
  });
});

describe('a challenge for a paired device', () => {
  it('is shown by the client, of a qr token', () => {
    const { effects } = decide(qr(), { password: 'pin1' });
    expect(effectsOf({ effects } as LoginDecision)).toEqual(['challenge T1']);
    const challenge = asked(qr());
    expect(shownTo(challenge)).toMatchObject({ texts: ['a text', URL_OF], isPairing: false });
    expect(JSON.stringify(challenge.data)).not.toContain(shownTo(challenge).signature);
  });

  it('is sent, of a push token', () => {
    const [effect] = decide(push(), { password: 'pin1' }).effects;
    expect(effect).toMatchObject({
      kind: 'challenge',
      challenge: { message: '', counter: expect.any(BigInt) },
    });
    expect(pushedTo(asked(push()))).toMatchObject({ contentType: 0, texts: ['a text', URL_OF] });
  });

  it.each([
    ['no app is paired', paired('qr', { state: 'pairing_url_sent' }, { active: true }), {}],
    ['its state is none', paired('qr', { state: 'else' }), {}],
    ['the partition has no key', paired('qr', { state: 'pairing_complete', partition: 1 }), {}],
    ['the text has no room', qr(), { text: 'x'.repeat(512) }],
    ['the kind is none', push(), { contentType: 'x' }],
    ['nobody is named at a host', push(), { contentType: '2', text: 'anna' }],
  ])('is not made where %s: nothing is counted', (_title, token, said) => {
    const decision = decide(token, { password: 'pin1', ...said });
    expect([outcomeOf(decision), decision.effects]).toEqual(['not-asked', []]);
    expect(decision.facts.info).not.toBe('');
  });

  it('is the first one, and says so in the token', () => {
    const fresh = paired('push', { state: 'pairing_response_received' }, { active: false });
    const { effects } = decide(fresh, { password: 'pin1' });
    expect(effects).toContainEqual(
      expect.objectContaining({
        kind: 'remember',
        info: { state: 'pairing_challenge_sent' },
        recalled: { state: 'pairing_response_received' },
      }),
    );
  });
});

describe('an answer of a paired device', () => {
  it.each(['tan', 'signature'] as const)('is the %s of a qr token', (what) => {
    const challenge = asked(qr());
    const decision = decide(qr(), { password: shownTo(challenge)[what], ...answering(challenge) }, [
      challenge,
    ]);
    expect(outcomeOf(decision)).toMatch(/^accepted/);
    expect(effectsOf(decision)).toEqual(['accept T1 → 2', 'answer T1']);
  });

  it('is a signature of a push token, which may say no', () => {
    const challenge = asked(push());
    const { accept, deny } = pushedTo(challenge);
    const yes = decide(push(), { password: accept, confirms: 'accept', ...answering(challenge) }, [
      challenge,
    ]);
    expect(yes.verdict.kind).toBe('accepted');
    const no = decide(push(), { password: deny, confirms: 'reject', ...answering(challenge) }, [challenge]);
    expect(no.verdict.kind).toBe('declined');
    expect(no.effects).toContainEqual(
      expect.objectContaining({ kind: 'answer', isAccepted: false, confirms: 'reject', keepsOlder: true }),
    );
  });

  it('activates the token, unless it says no', () => {
    const fresh = paired('push', { state: 'pairing_challenge_sent' }, { active: false });
    const challenge = asked(fresh);
    const { accept, deny } = pushedTo(challenge);
    const yes = decide(fresh, { password: accept, confirms: 'accept', ...answering(challenge) }, [challenge]);
    expect(effectsOf(yes)).toEqual(['accept T1 → 2', 'answer T1', 'remember T1', 'enable T1']);
    const no = decide(fresh, { password: deny, confirms: 'reject', ...answering(challenge) }, [challenge]);
    expect(effectsOf(no)).toEqual(['accept T1 → 2', 'answer T1']);
  });

  it.each([
    [
      'of another challenge',
      (one: Challenge) => shownTo({ ...one, message: asked(qr(), 'else').message }).tan,
      {},
    ],
    ['behind the PIN', (one: Challenge) => `pin1${shownTo(one).tan}`, {}],
    ['once it was missed too often', (one: Challenge) => shownTo(one).tan, { receivedCount: 5 }],
    ['once it is closed', (one: Challenge) => shownTo(one).tan, { isOpen: false }],
    ['once it is over', (one: Challenge) => shownTo(one).tan, { expiresAt: NOW }],
    ['with another salt', (one: Challenge) => shownTo(one).tan, { data: { salt: '1', payload: 'AAAA' } }],
    ['without what was asked', (one: Challenge) => shownTo(one).tan, { data: {} }],
  ])('is wrong %s', (_title, passOf, changes) => {
    const challenge = asked(qr());
    const password = passOf(challenge);
    const decision = decide(qr(), { password, ...answering(challenge) }, [{ ...challenge, ...changes }]);
    expect(outcomeOf(decision)).toBe('wrong-pin');
    expect(decision.effects).toContainEqual(expect.objectContaining({ kind: 'count-failure' }));
  });

  it('is none of a device that was paired meanwhile', () => {
    const challenge = asked(qr());
    const other = new QrPhone(INVITATION).keys.publicKey.toString('base64');
    const now = paired('qr', { state: 'pairing_complete', user_public_key: other });
    const { tan: password } = shownTo(challenge);
    expect(outcomeOf(decide(now, { password, ...answering(challenge) }, [challenge]))).toBe('wrong-pin');
  });

  it('is none of a token that is disabled', () => {
    const challenge = asked(qr());
    const { tan: password } = shownTo(challenge);
    const off = qr({ active: false });
    expect(outcomeOf(decide(off, { password, ...answering(challenge) }, [challenge]))).toBe(
      'no-usable-token',
    );
  });

  it('is not touched by a wrong PIN', () => {
    const decision = decide(qr(), { password: 'nip' }, [asked(qr())]);
    expect(effectsOf(decision)).toEqual(['count-failure T1']);
  });
});
