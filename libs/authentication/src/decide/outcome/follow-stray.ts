import { type Followed, memoryOf, tokenType } from '@app/tokens';

import type { LoginAnswers, LoginAttempt, LoginQuestion } from '../../login.js';
import type { Answer, Stray } from '../ask/answer.js';

/**
 * Looks once more at values that are in no window, for devices that ran far ahead (spec/validate-api §2.8): only where that
 * is switched on, no other token is right, and no PIN is known to be wrong, since it is a long search.
 */
export function followStray(
  given: readonly Answer[],
  { autoResyncSeconds, confirms }: LoginAttempt,
  now: Date,
  answers: LoginAnswers,
): readonly Answer[] | { readonly question: LoginQuestion } {
  if (autoResyncSeconds === null || confirms !== null || given.some(({ result }) => result === 'valid'))
    return given;
  const followed: Answer[] = [];
  for (const answer of given) {
    const { token, stray } = answer;
    const { autoResync } = tokenType(token.type);
    const isAsked = answer.result === 'trigger' || answer.result === 'trigger-refused';
    const found =
      stray && autoResync && !isAsked
        ? autoResync.follow(token, stray.otp, now, autoResyncSeconds, stray.question)
        : null;
    if (!stray || !found) {
      followed.push(answer);
      continue;
    }
    const isTheirs = isPasswordRight(stray, found, answers);
    if (typeof isTheirs === 'object') return isTheirs;
    followed.push(isTheirs ? answered(answer, stray, found) : answer);
  }
  return followed;
}

/** The directory is asked last here, too: not about a value that the token cannot have made. */
function isPasswordRight(
  { password }: Stray,
  { isFound }: Followed,
  answers: LoginAnswers,
): boolean | { readonly question: LoginQuestion } {
  if (password === null) return true;
  if (!isFound || password === '') return false;
  const question = { kind: 'user-password', candidate: password } as const;
  return answers(question) ?? { question };
}

function answered(answer: Answer, { challenge }: Stray, { spends, remembers: info }: Followed): Answer {
  const { token } = answer;
  if (!spends) return info ? { ...answer, remembers: { info } } : answer;
  const memory = memoryOf(token, tokenType(token.type).autoResync);
  return {
    ...answer,
    result: 'valid',
    spends,
    answered: challenge,
    missed: null,
    // Another guess may have cleared it meanwhile: then this one is no second value any more.
    remembers: memory && { info: memory.forgetting, recalled: memory.recalled },
  };
}
