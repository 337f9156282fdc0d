import type { AuditFacts } from '@app/audit';
import { type TokenCounts, activeTokensNoted } from '@app/tokens';

import type { Exchange } from '../exchange.js';

/**
 * What a record tells that no use case wrote: what was noted, and behind it the number of active tokens where the
 * function's records end so and it is known who calls it (spec/admin-api §1.8).
 *
 * @throws Unavailable
 */
export async function countedFacts(
  { route, administrator, currentUser, facts }: Exchange,
  counts: TokenCounts,
): Promise<AuditFacts> {
  if (!route?.countsTokens || !(administrator ?? currentUser)) return facts;
  return { ...facts, detail: `${facts.detail ?? ''}${activeTokensNoted(await counts.countActive())}` };
}
