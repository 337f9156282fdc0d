import type { RealmUser } from '@app/realms';
import type { Token } from '@app/tokens';

import { type OfflineInfo, offlineOfAnswered } from '../login-devices.js';
import type { DevicePolicies } from '../policies/device-policies.js';
import type { LoginSnapshot, LoginSnapshots } from '../ports.js';
import { type Challenge, type NamedTransaction, isUnexpired } from './challenge.js';

export interface OwnChallenge {
  readonly challenge: Challenge;
  readonly token: Token;
  readonly isExpired: boolean;
}

/**
 * How the challenges of a transaction stand that ask a user's own tokens: without a PIN, since it is known who asks. Nothing
 * changes, and nobody is let in by it.
 */
export class LookAtOwnChallenges {
  constructor(private readonly snapshots: LoginSnapshots) {}

  /** @returns the oldest first; nobody else's are among them @throws Unavailable */
  async execute(
    transaction: NamedTransaction | 'unknown',
    user: Pick<RealmUser, 'references'>,
  ): Promise<readonly OwnChallenge[]> {
    if (transaction === 'unknown') return [];
    const snapshot = await this.snapshots.load({ challenged: true, root: transaction.root });
    return ownChallenges(snapshot, transaction.place, user);
  }

  /** What clients need to check the next answers of the tokens offline, as far as policies let them have it. @returns by ids of challenges @throws Unavailable */
  offline(
    looked: readonly OwnChallenge[],
    policies: DevicePolicies,
  ): Promise<ReadonlyMap<number, OfflineInfo>> {
    return offlineOfAnswered(looked, policies, this.snapshots);
  }
}

/** @param place `null`: all of the transaction's */
export function ownChallenges(
  { challenges, tokens, now }: Pick<LoginSnapshot, 'challenges' | 'tokens' | 'now'>,
  place: number | null,
  { references }: Pick<RealmUser, 'references'>,
): readonly OwnChallenge[] {
  return challenges.flatMap((challenge) => {
    const token = tokens.find(({ id }) => id === challenge.tokenId);
    if (!token || challenge.isUnsent || (place !== null && challenge.place !== place)) return [];
    // As they are now, and as they were when they were asked.
    const isTheirs = [token.owner, challenge.owner].every((owner) =>
      references.some(({ resolver, userId }) => resolver === owner?.resolver && userId === owner.userId),
    );
    return isTheirs ? [{ challenge, token, isExpired: !isUnexpired(challenge, now) }] : [];
  });
}
