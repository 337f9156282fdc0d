import { givenSimplePassToken } from '../../../../../test/support/domain/given-token.js';
import {
  NOW,
  PIN,
  annas,
  decide,
  effectsOf,
  outcomeOf,
} from '../../../../../test/support/domain/login-decisions.js';
import { hotpAt } from '../../../../../test/support/clients/otp.js';
import { policiesOf } from '../../../../../test/support/domain/policy-decisions.js';
import type { Challenge } from '../../challenges/challenge.js';
import type { LoginAttempt, LoginDecision } from '../../login.js';

const SECONDS = NOW.getTime() / 1000;
const MEMORY = { otp1c: 40, dueDate: SECONDS + 100 };
const REMEMBERING = { info: MEMORY };
const FIRST = `pin1${hotpAt(40)}`;
const SECOND = `pin1${hotpAt(41)}`;

const login = (
  tokens: Parameters<typeof decide>[0],
  password: string,
  changes: Partial<LoginAttempt> = {},
  challenges: readonly Challenge[] = [],
) => decide(tokens, { password, autoResyncSeconds: 240, ...changes }, NOW, challenges);
const remembered = ({ effects }: LoginDecision) =>
  effects.flatMap((effect) => (effect.kind === 'remember' ? [effect.info] : []));

describe('values beyond the window, where auto-resync is on', () => {
  it('remembers the first, which fails and counts', () => {
    const decision = login([annas()], FIRST);
    expect(outcomeOf(decision)).toBe('wrong-otp');
    expect(effectsOf(decision)).toEqual(['remember OATH1', 'count-failure OATH1']);
    expect(remembered(decision)).toEqual([{ otp1c: 40, dueDate: SECONDS + 240 }]);
  });

  it('accepts the second, relying on the first', () => {
    const decision = login([annas(REMEMBERING)], SECOND);
    expect(outcomeOf(decision)).toBe('accepted OATH1');
    expect(effectsOf(decision)).toEqual(['remember OATH1', 'accept OATH1 → 42']);
    expect(decision.effects).toContainEqual(
      expect.objectContaining({ info: { otp1c: null, dueDate: null }, recalled: MEMORY }),
    );
  });

  it('looks for none where it is off, and forgets nothing', () => {
    const decision = login([annas(REMEMBERING)], SECOND, { autoResyncSeconds: null });
    expect([outcomeOf(decision), effectsOf(decision)]).toEqual(['wrong-otp', ['count-failure OATH1']]);
  });

  it('looks for none behind a wrong PIN', () => {
    const decision = login([annas(REMEMBERING)], `pin2${hotpAt(41)}`);
    expect([outcomeOf(decision), effectsOf(decision)]).toEqual(['wrong-pin', ['count-failure OATH1']]);
  });

  it('looks for none where another token is right', () => {
    const decision = login([annas(), annas({ id: 2, serial: 'FAR', counter: 300 })], `pin1${hotpAt(0)}`);
    expect([outcomeOf(decision), effectsOf(decision)]).toEqual(['accepted OATH1', ['accept OATH1 → 1']]);
  });

  it('accepts nobody with a value that two tokens come to', () => {
    const twin = annas({ id: 2, serial: 'TWIN', ...REMEMBERING });
    const decision = login([annas(REMEMBERING), twin], SECOND);
    expect(outcomeOf(decision)).toBe('several-tokens-match');
    expect(effectsOf(decision)).toEqual([
      'remember OATH1',
      'remember TWIN',
      'spend OATH1 → 42',
      'spend TWIN → 42',
    ]);
  });

  it('forgets the first value at any acceptance', () => {
    const decision = login([annas(REMEMBERING)], `pin1${hotpAt(3)}`);
    expect(outcomeOf(decision)).toBe('accepted OATH1');
    expect(remembered(decision)).toEqual([{ otp1c: null, dueDate: null }]);
  });

  it('spends the second value, and forgets the first, where a policy refuses the token', () => {
    const policies = policiesOf(['authorization: tokentype=totp']);
    const decision = login([annas(REMEMBERING)], SECOND, { policies });
    expect(outcomeOf(decision)).toBe('not-authorized');
    expect(effectsOf(decision)).toEqual(['remember OATH1', 'spend OATH1 → 42']);
  });

  it('leaves tokens alone that cannot get lost', () => {
    const token = givenSimplePassToken({ pin: PIN });
    expect(effectsOf(login([token], FIRST, { subject: { kind: 'token', serial: token.serial } }))).toEqual([
      `count-failure ${token.serial}`,
    ]);
  });

  describe('with the password of the directory as PIN', () => {
    const policies = policiesOf(['authentication: otppin=password']);
    it.each([
      { title: 'a first value', info: {}, pass: `directory${hotpAt(40)}`, outcome: 'wrong-pin', kept: 1 },
      {
        title: 'a second value',
        info: MEMORY,
        pass: `directory${hotpAt(41)}`,
        outcome: 'accepted OATH1',
        kept: 1,
      },
      { title: 'a wrong password', info: MEMORY, pass: `other${hotpAt(41)}`, outcome: 'wrong-pin', kept: 0 },
      { title: 'no password', info: MEMORY, pass: hotpAt(41), outcome: 'wrong-pin', kept: 0 },
      { title: 'a value of nothing', info: MEMORY, pass: 'directory000000', outcome: 'wrong-pin', kept: 0 },
    ])('$title: $outcome', ({ info, pass, outcome, kept }) => {
      const decision = login([annas({ info })], pass, { policies });
      expect(outcomeOf(decision)).toBe(outcome);
      expect(remembered(decision)).toHaveLength(kept);
    });
  });

  describe('with challenges', () => {
    const policies = policiesOf(['authentication: challenge_response=*']);
    const transaction = { root: '55500000000000000', place: null };
    const challenge: Challenge = {
      id: 5,
      root: transaction.root,
      place: 0,
      tokenId: 1,
      serial: 'OATH1',
      message: '',
      owner: { resolver: 'first', userId: '1' },
      realm: 'staff',
      isOpen: true,
      isUnsent: false,
      counter: null,
      receivedCount: 0,
      isReceived: false,
      isValid: false,
      createdAt: NOW,
      expiresAt: new Date(NOW.getTime() + 1000),
    };

    // LinOTP evaluates such a request twice, and forgets the first value at once.
    it('remembers and accepts without one, too', () => {
      expect(remembered(login([annas()], FIRST, { policies }))).toHaveLength(1);
      expect(outcomeOf(login([annas(REMEMBERING)], SECOND, { policies }))).toBe('accepted OATH1');
    });

    it('takes both values as answers', () => {
      const answer = { policies, transaction };
      const first = login([annas()], hotpAt(40), answer, [challenge]);
      expect(effectsOf(first)).toEqual(['remember OATH1', 'count-failure OATH1', 'miss OATH1']);
      const second = login([annas(REMEMBERING)], hotpAt(41), answer, [challenge]);
      expect(effectsOf(second)).toEqual(['remember OATH1', 'accept OATH1 → 42', 'answer OATH1']);
    });

    it('remembers nothing where the PIN alone asks for one', () => {
      const open = annas({ pin: null });
      expect(effectsOf(login([open], '', { policies }))).toEqual(['challenge OATH1']);
    });
  });
});
