import { createHash } from 'node:crypto';

import type { RealmUser, UserReference } from '@app/realms';

import type { Token } from '../../token.js';
import type { TokenTransaction } from '../../token-administration.js';
import { type RealmChange, RealmTokensExceeded, UserTokensExceeded } from '../../token.errors.js';
import type { EnrolmentPolicies } from '../enrol/enrolment-policies.js';

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
  const limits = limitsOf({ user, types: given.map(({ type }) => type), policies });
  if (limits.length === 0) return;
  await tokens.alone(user.references.map(nameOfOwner));
  for (const { type, limit } of limits) {
    if ((await tokens.countOwned(user.references, type)) > limit) throw new UserTokensExceeded(type ?? null);
  }
}

/** Somebody who gets tokens, perhaps of several types. */
export interface TokenHolder {
  readonly user: RealmUser;
  readonly types: readonly Token['type'][];
  readonly policies: EnrolmentPolicies;
}

/** Lets nobody else give tokens to those of them who have limits, until the transaction ends. */
export async function holdLimitedOwners(
  tokens: TokenTransaction,
  holders: readonly TokenHolder[],
): Promise<void> {
  const limited = holders.filter((holder) => limitsOf(holder).length > 0);
  await tokens.alone(limited.flatMap(({ user }) => user.references.map(nameOfOwner)));
}

const HOLDERS_AT_ONCE = 500;

/**
 * The same as `demandWithinUserLimits` for many users.
 * @throws UserTokensExceeded, UnreadableLimit
 */
export async function demandWithinLimitsOfEach(
  tokens: TokenTransaction,
  holders: readonly TokenHolder[],
): Promise<void> {
  const limited = holders.filter((holder) => limitsOf(holder).length > 0);
  await holdLimitedOwners(tokens, limited);
  for (let start = 0; start < limited.length; start += HOLDERS_AT_ONCE) {
    const some = limited.slice(start, start + HOLDERS_AT_ONCE);
    const owned = await tokens.countOwnedEach(some.flatMap(({ user }) => user.references));
    // By owner and type, and by owner alone.
    const counts = new Map<string, number>();
    for (const one of owned) {
      const owner = keyOfReference(one);
      for (const key of [owner, `${owner}\t${one.type}`]) counts.set(key, (counts.get(key) ?? 0) + one.count);
    }
    for (const holder of some) {
      const owners = holder.user.references.map(keyOfReference);
      for (const { type, limit } of limitsOf(holder)) {
        const keys = type === undefined ? owners : owners.map((owner) => `${owner}\t${type}`);
        const count = keys.reduce((sum, key) => sum + (counts.get(key) ?? 0), 0);
        if (count > limit) throw new UserTokensExceeded(type ?? null);
      }
    }
  }
}

function limitsOf({ types, policies }: TokenHolder): { type?: Token['type']; limit: number }[] {
  return [undefined, ...new Set(types)].flatMap((type) => {
    const limit = policies.limitOfUser(type);
    return limit === null ? [] : [{ ...(type && { type }), limit }];
  });
}

export function keyOfReference({ resolver, userId }: UserReference): string {
  return `${resolver}\t${userId}`;
}

/** One of a few hundred names: an import has more owners than a database has locks. */
export function nameOfOwner(reference: UserReference): string {
  const [share = 0] = createHash('sha256').update(keyOfReference(reference)).digest();
  return `owners ${share}`;
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
  const realms = joined.filter(({ active }) => active).flatMap((token) => token.realms);
  await demandRoomInRealms(tokens, new Map(realms.map((realm) => [realm, 0])), policies, change);
}

/**
 * Asked before: whether as many active tokens more would be within the limits.
 * @param added how many each realm would get
 * @throws RealmTokensExceeded, UnreadableLimit
 */
export async function demandRoomInRealms(
  tokens: TokenTransaction,
  added: ReadonlyMap<string, number>,
  policies: EnrolmentPolicies,
  change: RealmChange,
): Promise<void> {
  const limits = [...added.keys()].toSorted().flatMap((realm) => {
    const limit = policies.limitOfRealm(realm);
    return limit === null ? [] : [{ realm, limit: limit - (added.get(realm) ?? 0) }];
  });
  if (limits.length === 0) return;
  await tokens.alone(limits.map(({ realm }) => `realm ${realm}`));
  for (const { realm, limit } of limits) {
    if ((await tokens.countActiveIn(realm)) > limit) throw new RealmTokensExceeded(realm, change);
  }
}

/** The token with the realms that it was not, or not active, in before. */
export function joinedBy(token: Token, before: Token | undefined): Pick<Token, 'active' | 'realms'> {
  const { active } = token;
  if (!before?.active) return token;
  return { active, realms: token.realms.filter((realm) => !before.realms.includes(realm)) };
}
