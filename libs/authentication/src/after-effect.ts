import { type Token, knownDevice } from '@app/tokens';

import type { LoginEffect } from './login.js';

/**
 * The effect's token as the effect leaves it: what the next login in line finds.
 * @param token as the effects before it in the same decision leave it
 * @returns `null`: it is gone
 */
export function afterEffect(effect: LoginEffect, token: Token = effect.token): Token | null {
  switch (effect.kind) {
    case 'accept':
    case 'spend': {
      const { nextCounter, shiftSeconds, privateId } = effect.spends;
      const time = token.time && { ...token.time, shiftSeconds: shiftSeconds ?? token.time.shiftSeconds };
      const failures = effect.kind === 'accept' && !effect.keepsFailures ? 0 : token.failures;
      const device = privateId === undefined ? token.device : knownDevice(token, privateId);
      return { ...token, counter: nextCounter, time, device, failures };
    }
    case 'count-failure':
      return { ...token, failures: token.failures + 1 };
    case 'reset-failures':
      return { ...token, failures: 0 };
    case 'count-use': {
      const attempts = token.uses.attempts + effect.attempts;
      const successes = token.uses.successes + effect.successes;
      return { ...token, uses: { ...token.uses, attempts, successes } };
    }
    case 'keep-time':
      return token;
    case 'disable':
      return { ...token, active: false };
    case 'remove':
      return null;
  }
}
