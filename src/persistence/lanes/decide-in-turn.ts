import {
  type Challenge,
  type LoginCommit,
  type LoginDecision,
  type LoginEffect,
  afterEffect,
  asMade,
  challengeAfter,
} from '@app/authentication';
import type { Token } from '@app/tokens';

/** A login that waits for its commit, and how it is told. */
export interface PendingLogin {
  readonly login: LoginCommit;
  readonly tokenIds: readonly number[];
  /** Was told that it takes too long: it is not to be committed any more. */
  readonly isGivenUp: boolean;
  resolve(decision: LoginDecision | 'start-over'): void;
  reject(error: unknown): void;
}

/** One of a batch, with the decision that is about to be written. */
export interface DecidedLogin {
  readonly pending: PendingLogin;
  readonly decision: LoginDecision;
}

/** The tokens and challenges of a batch as they are now, locked, and the time. */
export interface LockedTokens {
  readonly tokens: ReadonlyMap<number, Token>;
  readonly challenges: readonly Challenge[];
  readonly now: Date;
}

/**
 * Decides the logins of a batch one after the other: whoever shares a token with one before finds it as that one leaves
 * it. Without locked tokens, who is the first at all of theirs keeps the decision that was proposed.
 *
 * Logins that cannot be decided are told so, and are not among those that come back; nor are those that nobody waits for.
 */
export function decideInTurn(batch: readonly PendingLogin[], locked: LockedTokens | null): DecidedLogin[] {
  const left = new Map<number, LoginDecision>();
  const before: ChallengesBefore = { answers: [], made: [] };
  const decided: DecidedLogin[] = [];
  for (const pending of batch) {
    if (pending.isGivenUp) continue;
    try {
      const decision = decide(pending, left, before, locked);
      if (decision) {
        decided.push({ pending, decision });
        for (const effect of decision.effects) {
          if (effect.kind === 'answer' || effect.kind === 'miss') before.answers.push(effect);
          if (effect.kind === 'challenge') before.made.push(asMade(effect.challenge, effect.token));
          left.set(effect.token.id, decision);
        }
      } else pending.resolve('start-over');
    } catch (error) {
      pending.reject(error);
    }
  }
  return decided;
}

/** What the logins of a batch have done to challenges so far. */
interface ChallengesBefore {
  readonly answers: LoginEffect[];
  readonly made: Challenge[];
}

/** A token as the decision leaves it that was the last to touch it; looked at by those alone who come after it. */
function leftBy(decision: LoginDecision | undefined, tokenId: number): Token | null | undefined {
  let after: Token | null | undefined;
  for (const effect of decision?.effects ?? []) {
    if (effect.token.id === tokenId && after !== null) after = afterEffect(effect, after);
  }
  return after;
}

function decide(
  { login, tokenIds }: PendingLogin,
  left: ReadonlyMap<number, LoginDecision>,
  { answers, made }: ChallengesBefore,
  locked: LockedTokens | null,
): LoginDecision | null {
  const after = (challenge: Challenge) =>
    answers.reduce((changed, effect) => challengeAfter(effect, changed), challenge);
  // Who looks at all of a token's challenges finds those, too, that are not stored yet.
  const madeNow = login.looksAtOpen ? made.filter(({ tokenId }) => tokenIds.includes(tokenId)) : [];
  if (locked) {
    const tokens = tokenIds.flatMap(
      (id) => (left.has(id) ? leftBy(left.get(id), id) : locked.tokens.get(id)) ?? [],
    );
    const theirs = locked.challenges.filter(
      ({ root, tokenId }) => root === login.root || (login.looksAtOpen && tokenIds.includes(tokenId)),
    );
    return login.decideAgain(tokens, locked.now, [...theirs.map(after), ...madeNow]);
  }
  const challenges = login.challenges.map(after);
  const isFirst =
    !tokenIds.some((id) => left.has(id)) &&
    challenges.every((challenge, place) => challenge === login.challenges[place]);
  if (isFirst) return login.decision;
  return login.decideAgain(
    login.tokens.flatMap((token) => newer(token, leftBy(left.get(token.id), token.id)) ?? []),
    login.now,
    [...challenges, ...madeNow],
  );
}

/**
 * They may have been read at different times. Which one is taken is for good decisions only: the statement's guards
 * refuse whatever relied on the wrong one.
 */
function newer(read: Token, left: Token | null | undefined): Token | null {
  if (left === null) return null;
  if (left === undefined || read.revision > left.revision) return read;
  return read.revision === left.revision && read.counter > left.counter ? read : left;
}
