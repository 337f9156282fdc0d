import type { ChallengeSettings } from '@app/realms';

import type { Token } from '../token.js';
import { tokenType } from './registry.js';

const LONGEST_SECONDS = 2_147_483_647;

/** How long a challenge of the token is open: the last that is found of what may say so (spec/validate-api §3.5). */
export function challengeSeconds(
  { type, info }: Pick<Token, 'type' | 'info'>,
  settings: ChallengeSettings,
): number {
  const { label } = tokenType(type);
  const lower = label.toLowerCase();
  const names = [lower.charAt(0).toUpperCase() + lower.slice(1), label.toUpperCase(), lower];
  const own = info['challenge_validity_time'];
  const seconds = own === undefined ? Number.NaN : Number(own);
  if (Number.isInteger(seconds) && seconds > 0 && seconds <= LONGEST_SECONDS) return seconds;
  return names.reduce((found, name) => settings.validSecondsOf.get(name) ?? found, settings.validSeconds);
}
