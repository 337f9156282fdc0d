import type { Token } from '@app/tokens';

import { ANNAS_OWNER, NOW, PIN, effectsOf } from '../../../../test/support/domain/login-decisions.js';
import { givenHotpToken } from '../../../../test/support/domain/given-token.js';
import { ANYWHERE, GuessLimits } from '../guessing/guess-limits.js';
import type { Challenge } from './challenge.js';
import { type PollAttempt, decidePoll, mayShowAny } from './decide-poll.js';

const seconds = (count: number) => new Date(NOW.getTime() + count * 1000);
const TOKEN = givenHotpToken({ id: 1, owner: ANNAS_OWNER, pin: PIN });
const CHALLENGE: Challenge = {
  id: 5,
  root: '123456789012345',
  place: 1,
  tokenId: 1,
  serial: TOKEN.serial,
  message: '',
  owner: ANNAS_OWNER,
  realm: 'staff',
  isOpen: true,
  isUnsent: false,
  counter: null,
  receivedCount: 0,
  isReceived: false,
  isValid: false,
  createdAt: seconds(-20),
  expiresAt: seconds(100),
};
const ATTEMPT: PollAttempt = {
  place: null,
  password: 'pin1',
  serial: null,
  isTheirs: () => true,
  mode: 'token-pin',
  isUserPassword: false,
  guessing: { limits: new GuessLimits(), origin: ANYWHERE },
};
const LIMITS = new GuessLimits({ firstDelayed: 1 });

interface Poll {
  readonly token?: Partial<Token>;
  readonly challenge?: Partial<Challenge>;
  readonly attempt?: Partial<PollAttempt>;
}

const polled = ({ token, challenge, attempt }: Poll) =>
  [[{ ...TOKEN, ...token }], [{ ...CHALLENGE, ...challenge }], { ...ATTEMPT, ...attempt }] as const;

describe('decidePoll', () => {
  it.each<[string, Poll]>([
    ['whose token is disabled', { token: { active: false } }],
    ['whose token is locked', { token: { failures: 10 } }],
    [
      'whose token has to wait',
      {
        token: { failures: 1, blockedUntil: { [ANYWHERE]: seconds(9).getTime() / 1000 } },
        attempt: { guessing: { limits: LIMITS, origin: ANYWHERE } },
      },
    ],
    ['whose token has another owner by now', { token: { owner: null } }],
    ['whose token is gone', { token: { id: 2 } }],
    ['whose token is not theirs', { attempt: { isTheirs: () => false } }],
    ['of a token that is not named', { attempt: { serial: 'OTHER' } }],
    ['that is not named', { attempt: { place: 2 } }],
    ['that is over', { challenge: { expiresAt: NOW } }],
    ['whose message is on its way', { challenge: { isUnsent: true, isOpen: false } }],
  ])('shows no challenge %s, counts nothing, and needs no password', (_title, poll) => {
    const [tokens, challenges, attempt] = polled(poll);
    const decision = decidePoll(tokens, challenges, NOW, attempt);
    expect(decision.verdict).toEqual({ kind: 'polled', challenges: [] });
    expect(effectsOf(decision)).toEqual([]);
    expect(mayShowAny(tokens, challenges, NOW, attempt)).toBe(false);
  });

  it.each<[string, Poll, boolean]>([
    ['the PIN', {}, true],
    ['another PIN', { attempt: { password: 'nip1' } }, false],
    ['the password of the user', { attempt: { mode: 'user-password', isUserPassword: true } }, true],
    ['another password', { attempt: { mode: 'user-password' } }, false],
  ])('shows one for %s: %s', (_title, poll, isShown) => {
    const [tokens, challenges, attempt] = polled(poll);
    const decision = decidePoll(tokens, challenges, NOW, attempt);
    expect(decision.verdict).toEqual({ kind: 'polled', challenges: isShown ? challenges : [] });
    expect(effectsOf(decision)).toEqual([isShown ? 'rely OATH1' : 'count-failure OATH1']);
    expect(mayShowAny(tokens, challenges, NOW, attempt)).toBe(true);
  });
});
