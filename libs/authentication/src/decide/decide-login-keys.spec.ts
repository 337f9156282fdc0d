import { type AssertionFinding, type Token, type TokenInfo, storedKey } from '@app/tokens';

import { givenHotpToken } from '../../../../test/support/domain/given-token.js';
import {
  ANNAS_OWNER,
  ATTEMPT,
  NOW,
  PIN,
  answersBy,
  effectsOf,
  outcomeOf,
} from '../../../../test/support/domain/login-decisions.js';
import { AAGUID_TEXT, SecurityKey } from '../../../../test/support/clients/security-key.js';
import { type Challenge, asMade } from '../challenges/challenge.js';
import type { LoginAttempt, LoginDecision, LoginQuestion } from '../login.js';
import type { KeyPolicies } from '../policies/key-policies.js';
import { decideLogin } from './decide-login.js';
import { afterEffect } from './outcome/after-effect.js';

const RP_ID = 'sso.example.test';
const key = new SecurityKey();
key.userHandle = 'aGFuZGxl';
const KEY_ID = key.id.toString('base64url');

const stored = (info: TokenInfo = {}, changes: Partial<Token> = {}): Token =>
  givenHotpToken({
    serial: 'F1',
    owner: ANNAS_OWNER,
    realms: ['staff'],
    pin: PIN,
    ...changes,
    type: 'fido2',
    info: {
      phase: 'authentication',
      rp_id: RP_ID,
      counter: '5',
      user_handle: 'aGFuZGxl',
      fido2_credential: JSON.stringify({
        credential_id: KEY_ID,
        public_key: 'a2V5',
        rp_id: RP_ID,
        aaguid: AAGUID_TEXT,
        sign_count: 5,
        backed_up: false,
        transports: ['usb'],
      }),
      ...info,
    },
  });

type Policies = Pick<KeyPolicies, 'allows' | 'userVerification' | 'facets'>;
const POLICIES: Policies = {
  allows: () => true,
  userVerification: () => 'preferred',
  facets: () => [],
};
const signed = (signCount: number, more: Partial<{ isUserVerified: boolean; isBackedUp: boolean }> = {}) =>
  ({ kind: 'signed', assertion: { signCount, isUserVerified: true, isBackedUp: false, ...more } }) as const;

interface Scene extends Partial<LoginAttempt> {
  readonly challenges?: readonly Challenge[];
  readonly keyPolicies?: Policies;
  readonly finding?: AssertionFinding;
  readonly targets?: readonly Token[];
  readonly asked?: LoginQuestion[];
}

function decide(token: Token, scene: Scene): LoginDecision {
  const { challenges = [], finding = signed(6), targets = [], asked = [], ...said } = scene;
  const answers = answersBy((question) => {
    asked.push(question);
    return finding;
  });
  const attempt = { ...ATTEMPT, keyPolicies: POLICIES, ...said };
  const decision = decideLogin([token], attempt, NOW, answers, challenges, targets);
  if ('question' in decision) throw new Error('a question was asked again');
  return decision;
}

/** The challenge that a right PIN makes, and how the key's browser is asked. */
function challengeOf(token: Token, scene: Scene = {}) {
  const { effects, verdict } = decide(token, { password: 'pin1', ...scene });
  const made = effects.find(({ kind }) => kind === 'challenge');
  if (made?.kind !== 'challenge' || verdict.kind !== 'challenged') throw new Error('none is made');
  const challenge = { ...asMade(made.challenge, token), id: 1 };
  return { challenge, request: verdict.challenges[0]?.signRequest as { challenge: string; rpId: string } };
}

function answering(token: Token, scene: Scene = {}): { scene: Scene } {
  const { challenge, request } = challengeOf(token, scene);
  const password = JSON.stringify(key.get(request));
  const transaction = { root: challenge.root, place: null };
  return { scene: { ...scene, password, transaction, challenges: [challenge] } };
}

describe('a challenge for a security key', () => {
  it('is made for the PIN, and tells the browser what to ask for', () => {
    const { challenge, request } = challengeOf(stored());
    expect(request).toEqual({
      challenge: challenge.data?.['challenge'],
      timeout: 120_000,
      rpId: RP_ID,
      allowCredentials: [{ type: 'public-key', id: KEY_ID, transports: ['usb'] }],
      userVerification: 'preferred',
    });
    expect(Buffer.from(request.challenge, 'base64url')).toHaveLength(32);
    expect(challenge.message).toBe('FIDO2 authentication challenge');
  });

  it('is another one in another transaction', () => {
    const other = { ...ATTEMPT.challenging, id: '76543210987654321' };
    expect(challengeOf(stored(), { challenging: other }).request.challenge).not.toBe(
      challengeOf(stored()).request.challenge,
    );
  });

  it.each<[string, Token, Policies]>([
    ['no key is registered', stored({ phase: 'registration' }), POLICIES],
    ['its key cannot be read', stored({ fido2_credential: '{' }), POLICIES],
    ['its model is not allowed', stored(), { ...POLICIES, allows: () => false }],
  ])('is not made where %s: nothing is counted', (_title, token, keyPolicies) => {
    const decision = decide(token, { password: 'pin1', keyPolicies });
    expect([outcomeOf(decision), decision.effects]).toEqual(['not-asked', []]);
    expect(decision.facts.info).not.toBe('');
  });

  it('is not made for a wrong PIN, which counts', () => {
    const decision = decide(stored(), { password: 'pin2' });
    expect([outcomeOf(decision), effectsOf(decision)]).toEqual(['wrong-pin', ['count-failure F1']]);
  });
});

describe('the signature of a security key', () => {
  it('lets its user in, once: what it counts stays with the token', () => {
    const token = stored();
    const { scene } = answering(token);
    const decision = decide(token, { ...scene, finding: signed(9, { isBackedUp: true }) });
    expect([outcomeOf(decision), effectsOf(decision)]).toEqual([
      'accepted F1',
      ['remember F1', 'accept F1 → 1', 'answer F1'],
    ]);
    const [effect] = decision.effects;
    expect(effect).toMatchObject({
      recalled: { counter: '5' },
      info: { counter: '9', last_auth_at: '2026-01-02T03:04:05.000+00:00', last_auth_uv: 'True' },
    });
    const after = effect && afterEffect(effect);
    expect(after && storedKey(after)).toMatchObject({
      sign_count: 9,
      backed_up: true,
      credential_id: KEY_ID,
    });
  });

  it.each([
    ['the same', '5', 5],
    ['less', '5', 4],
    ['nothing any more', '5', 0],
    ['something after a text that is no number', 'x', 7],
  ])('that counts %s takes the token out of use', (_what, counter, signCount) => {
    const token = stored({ counter });
    const decision = decide(token, { ...answering(token).scene, finding: signed(signCount) });
    expect([outcomeOf(decision), effectsOf(decision)]).toEqual([
      'wrong-pin',
      ['answer F1', 'disable F1', 'count-failure F1'],
    ]);
    expect(decision.facts.info).toMatch(
      /^Fido2 authentication failed: The signature counter did not increase/,
    );
  });

  it.each([
    ['0', 0],
    ['0', 1],
    ['4294967294', 4294967295],
  ])('is right after %s with %d', (counter, signCount) => {
    const token = stored({ counter });
    expect(outcomeOf(decide(token, { ...answering(token).scene, finding: signed(signCount) }))).toBe(
      'accepted F1',
    );
  });

  it('that is refused counts as a failure, and says why in the record', () => {
    const token = stored();
    const decision = decide(token, {
      ...answering(token).scene,
      finding: { kind: 'refused', reason: 'Wrong challenge in response.' },
    });
    expect([outcomeOf(decision), effectsOf(decision)]).toEqual([
      'wrong-pin',
      ['count-failure F1', 'miss F1'],
    ]);
    expect(decision.facts.info).toBe('Fido2 authentication failed: Wrong challenge in response.');
  });

  it.each<[string, (answer: Record<string, unknown>) => unknown]>([
    ['of another key', (answer) => ({ ...answer, id: 'AAAA', rawId: 'AAAA' })],
    ['of another type', (answer) => ({ ...answer, type: 'password' })],
    [
      'for somebody else',
      (answer) => ({ ...answer, response: { ...(answer['response'] as object), userHandle: 'AAAA' } }),
    ],
    [
      'without a signature',
      (answer) => ({ ...answer, response: { clientDataJSON: 'e30', authenticatorData: 'AA' } }),
    ],
    ['that is no object', () => [1]],
  ])('%s is refused without being looked at', (_title, change) => {
    const token = stored();
    const asked: LoginQuestion[] = [];
    const { scene } = answering(token);
    const password = JSON.stringify(change(JSON.parse(scene.password ?? '') as Record<string, unknown>));
    const decision = decide(token, { ...scene, password, asked });
    expect([outcomeOf(decision), effectsOf(decision), asked]).toEqual([
      'wrong-pin',
      ['count-failure F1', 'miss F1'],
      [],
    ]);
  });

  it.each<[string, Scene]>([
    ['without a transaction', { transaction: null }],
    ['to a challenge that is answered already', { challenges: [] }],
    ['to one that is expired', {}],
  ])('%s is a failure: nobody is asked whether it is a password', (title, changes) => {
    const token = stored();
    const { scene } = answering(token);
    const open = scene.challenges ?? [];
    const challenges = title.endsWith('expired') ? open.map((one) => ({ ...one, expiresAt: NOW })) : open;
    const asked: LoginQuestion[] = [];
    const decision = decide(token, { ...scene, challenges, ...changes, asked });
    expect([outcomeOf(decision), effectsOf(decision), asked]).toEqual([
      'wrong-pin',
      ['count-failure F1'],
      [],
    ]);
  });

  it('is checked for verification of its user, where a policy asks for it by now', () => {
    const token = stored();
    const { scene } = answering(token);
    const asked: LoginQuestion[] = [];
    decide(token, { ...scene, asked });
    decide(token, { ...scene, keyPolicies: { ...POLICIES, userVerification: () => 'required' }, asked });
    expect(asked.map((one) => one.kind === 'key-assertion' && one.check.requiresUserVerification)).toEqual([
      false,
      true,
    ]);
  });

  it('of a model that is not allowed by now is refused', () => {
    const token = stored();
    const { scene } = answering(token);
    const decision = decide(token, { ...scene, keyPolicies: { ...POLICIES, allows: () => false } });
    expect(outcomeOf(decision)).toBe('wrong-pin');
    expect(decision.facts.info).toContain(`${AAGUID_TEXT} is not in the allowed list`);
  });

  it('is the second factor of a user who is known, for nobody else', () => {
    const token = stored();
    const { scene } = answering(token, { own: 'second-factor', password: '' });
    expect(outcomeOf(decide(token, scene))).toBe('accepted F1');
    const { own: _, ...elsewhere } = scene;
    expect(outcomeOf(decide(token, elsewhere))).toBe('wrong-pin');
  });
});

describe('a forward token that leads to a security key', () => {
  const forward = givenHotpToken({
    serial: 'FW1',
    owner: ANNAS_OWNER,
    realms: ['staff'],
    pin: PIN,
    type: 'forward',
    info: { 'forward.serial': 'F1' },
  });
  const target = stored({}, { id: 7, owner: null, realms: [] });

  it('is answered by it: the key’s own counter moves', () => {
    const targets = [target];
    const { scene } = answering(forward, { targets });
    const decision = decide(forward, scene);
    expect([outcomeOf(decision), effectsOf(decision)]).toEqual([
      'accepted FW1',
      ['remember F1', 'accept FW1 → 1', 'accept F1 → 1', 'answer FW1'],
    ]);
  });

  it('takes the key’s token out of use where there is a copy of it', () => {
    const targets = [target];
    const { scene } = answering(forward, { targets });
    const decision = decide(forward, { ...scene, finding: signed(5) });
    expect(effectsOf(decision)).toContain('disable F1');
    // Closed, and relied on: of the same answer twice, which may meet at two nodes, the second is no copy of the key.
    expect(effectsOf(decision)).toContain('answer FW1');
    expect(effectsOf(decision)).not.toContain('disable FW1');
  });
});
