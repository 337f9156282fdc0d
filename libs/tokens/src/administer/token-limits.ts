import type { RealmUser } from '@app/realms';

import type { Token } from '../token.js';
import type { TokenTransaction } from '../token-administration.js';
import { type RealmChange, RealmTokensExceeded, UserTokensExceeded } from '../token.errors.js';
import type { EnrolmentPolicies } from './enrolment-policies.js';

/**
 * Asked once the tokens are the user's: what the change leaves behind is within the limits, or it does not happen. Where
 * there is a limit, changes that count towards it wait for each other, on all nodes.
 * @throws UserTokensExceeded, UnreadableLimit
 */
export async function demandWithinUserLimits(
  tokens: TokenTransaction,
  given: readonly Token[],
  user: RealmUser | null,
  policies: EnrolmentPolicies,
): Promise<void> {
  if (!user) return;
  const types = [...new Set(given.map(({ type }) => type))];
  const limits = [undefined, ...types].flatMap((type) => {
    const limit = policies.limitOfUser(type);
    return limit === null ? [] : [{ type, limit }];
  });
  if (limits.length === 0) return;
  await tokens.alone(user.references.map(({ resolver, userId }) => `owner ${resolver}\t${userId}`));
  for (const { type, limit } of limits) {
    if ((await tokens.countOwned(user.references, type)) > limit) throw new UserTokensExceeded(type ?? null);
  }
}

/**
 * Asked once the tokens are active and in their realms.
 * @param joined those that were not there, or not active, before
 * @throws RealmTokensExceeded, UnreadableLimit
 */
export async function demandWithinRealmLimits(
  tokens: TokenTransaction,
  joined: readonly Pick<Token, 'active' | 'realms'>[],
  policies: EnrolmentPolicies,
  change: RealmChange,
): Promise<void> {
  const realms = new Set(joined.filter(({ active }) => active).flatMap((token) => token.realms));
  const limits = [...realms].toSorted().flatMap((realm) => {
    const limit = policies.limitOfRealm(realm);
    return limit === null ? [] : [{ realm, limit }];
  });
  if (limits.length === 0) return;
  await tokens.alone(limits.map(({ realm }) => `realm ${realm}`));
  for (const { realm, limit } of limits) {
    if ((await tokens.countActiveIn(realm)) > limit) throw new RealmTokensExceeded(realm, change);
  }
}
