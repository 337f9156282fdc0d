import type { Token } from '@app/tokens';

import type { LoginDecision } from './login.js';
import type { LoginSnapshots } from './ports.js';

/** For the first steps only, at some paths: until another token is there (spec/validate-api §2.7). */
export function isRollout({ paths }: Pick<Token, 'paths'>): boolean {
  return paths !== null && ['validate', 'userservice'].some((path) => paths.includes(path));
}

/**
 * The owner's rollout tokens that a login did not read by itself, since it named a token and no user: an acceptance may end
 * them, too.
 * @param realm in which policies and tokens are asked about
 * @throws Unavailable
 */
export async function rolloutsBeside(
  tokens: readonly Token[],
  realm: string,
  snapshots: LoginSnapshots,
): Promise<readonly Token[]> {
  const owner = tokens[0]?.owner;
  if (!owner) return [];
  const owned = await snapshots.load({ owner: { references: [owner], realm } });
  return owned.tokens.filter((other) => isRollout(other) && tokens.every(({ id }) => id !== other.id));
}

/**
 * The decision, with the rollout tokens of whoever was accepted with another one removed.
 * @param all tokens as they are now, the owner's rollout tokens among them
 */
export function withRolloutsPurged(decision: LoginDecision, all: readonly Token[]): LoginDecision {
  const { verdict, facts } = decision;
  const used = verdict.kind === 'accepted' ? verdict.token : null;
  const owner = used?.owner;
  if (!used || !owner || isRollout(used)) return decision;
  const gone = all.filter(
    (token) =>
      isRollout(token) &&
      token.owner?.resolver === owner.resolver &&
      token.owner.userId === owner.userId &&
      token.id !== used.id,
  );
  if (gone.length === 0) return decision;
  const told = `purged rollout tokens: ${gone.map(({ serial }) => serial).join(', ')}`;
  const untouched = decision.effects.filter(({ token }) => gone.every(({ id }) => id !== token.id));
  return {
    ...decision,
    // Last stays what was done to the token that was used.
    effects: [...gone.map((token) => ({ kind: 'remove', token }) as const), ...untouched],
    facts: { ...facts, info: facts.info ? `${facts.info}; ${told}` : told },
  };
}
