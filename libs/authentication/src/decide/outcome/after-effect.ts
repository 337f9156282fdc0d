import { type Token, changedInfo, knownDevice } from '@app/tokens';

import type { Challenge } from '../../challenges/challenge.js';
import { withFailure } from '../../guessing/guess-limits.js';
import type { LoginEffect } from '../../login.js';

/**
 * The effect's token as the effect leaves it: what the next login in line finds.
 * @param token as the effects before it in the same decision leave it
 * @returns `null`: it is gone
 */
export function afterEffect(effect: LoginEffect, token: Token = effect.token): Token | null {
  switch (effect.kind) {
    case 'accept':
    case 'spend': {
      const { nextCounter, shiftSeconds, privateId, endsRollOut } = effect.spends;
      const time = token.time && { ...token.time, shiftSeconds: shiftSeconds ?? token.time.shiftSeconds };
      const failures = effect.kind === 'accept' && !effect.keepsFailures ? 0 : token.failures;
      const device = privateId === undefined ? token.device : knownDevice(token, privateId);
      const counter = Math.max(token.counter, nextCounter);
      const sharedSecret = endsRollOut ? null : token.sharedSecret;
      return { ...token, counter, time, device, failures, sharedSecret };
    }
    case 'count-failure':
      return withFailure(token, effect.delay);
    case 'reset-failures':
      return { ...token, failures: 0 };
    case 'count-use': {
      const attempts = token.uses.attempts + effect.attempts;
      const successes = token.uses.successes + effect.successes;
      return { ...token, uses: { ...token.uses, attempts, successes } };
    }
    case 'remember':
      return { ...token, info: changedInfo(token.info, effect.info) };
    case 'challenge':
      // By the clock of the database, a little later.
      return { ...token, challengedAt: [...token.challengedAt, effect.challenge.madeAt] };
    case 'deliver':
      // Whichever: how many there are is what counts here, and the database knows which one it is.
      return effect.givesBack ? { ...token, challengedAt: token.challengedAt.slice(0, -1) } : token;
    case 'keep-time':
    case 'answer':
    case 'miss':
    case 'rely':
      return token;
    case 'enable':
      return { ...token, active: true };
    case 'disable':
      return { ...token, active: false };
    case 'remove':
      return null;
  }
}

/** A challenge as an effect on any token leaves it. */
export function challengeAfter(effect: LoginEffect, challenge: Challenge): Challenge {
  if (!challenge.isOpen) return challenge;
  const received = { receivedCount: challenge.receivedCount + 1, isReceived: true };
  if (effect.kind === 'miss') {
    const { challenges, token } = effect;
    const isMeant =
      challenges === 'open' ? challenge.tokenId === token.id : challenges.includes(challenge.id);
    if (!isMeant) return challenge;
    const { confirms } = effect;
    return {
      ...challenge,
      ...received,
      ...(confirms && { confirmed: { ...challenge.confirmed, [confirms]: false } }),
    };
  }
  if (effect.kind !== 'answer') return challenge;
  const { id, root, tokenId } = effect.challenge;
  if (challenge.id === id) {
    const { confirms, isAccepted } = effect;
    const confirmed = confirms && { confirmed: { [confirms]: true } };
    return { ...challenge, ...received, isOpen: false, isValid: isAccepted, ...confirmed };
  }
  const isOlder = challenge.tokenId === tokenId && challenge.id < id && !effect.keepsOlder;
  const isClosed = challenge.root === root || isOlder;
  return isClosed ? { ...challenge, isOpen: false } : challenge;
}
