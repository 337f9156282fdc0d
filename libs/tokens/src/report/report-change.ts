import type { AuditContext } from '@app/audit';
import type { ConfigurationSnapshot } from '@app/realms';

import type { Token } from '../token.js';
import type { TokenTransaction } from '../token-administration.js';
import { type ReportedStatus, reportedStatuses } from './reported-statuses.js';
import { countTokensIn, kindsOfRealms, NO_REALM } from './token-status.js';

/** One number that a report tells: what it is in a realm after a change. */
export interface ReportedCount {
  /** What was done: the function's own name. */
  readonly event: string;
  /** `''`: that of tokens in none. */
  readonly realm: string;
  readonly status: ReportedStatus;
  readonly count: number;
}

/** A change that may alter how many tokens there are in some state. */
export interface CountedChange {
  /** The tokens before and after, as far as their realms differ: these realms' numbers may be others now. */
  readonly touched: readonly Pick<Token, 'realms'>[];
  readonly configuration: ConfigurationSnapshot;
  readonly context: AuditContext;
  /** What was done, where the function of the request is another: at a login. */
  readonly event?: string;
}

/**
 * Asked once the tokens are what they will be: writes what policies want told (spec/admin-api §5.3), in the same
 * transaction. Without such a policy it costs nothing.
 *
 * @returns what records of such calls end with (spec/admin-api §1.8)
 */
export async function countedChange(tokens: TokenTransaction, change: CountedChange): Promise<string> {
  await reportChange(tokens, change);
  return activeTokensNoted(await tokens.countActive());
}

/** The same for changes whose records tell no number of tokens. */
export async function reportChange(tokens: TokenTransaction, change: CountedChange): Promise<void> {
  await tokens.report(await countsAfter(tokens, change));
}

/** How a record tells the number of active tokens: appended to its detail, without a separator. */
export function activeTokensNoted(count: number): string {
  return `tokennum = ${count}`;
}

async function countsAfter(
  tokens: TokenTransaction,
  {
    touched,
    configuration,
    context,
    event = context.action.slice(context.action.lastIndexOf('/') + 1),
  }: CountedChange,
): Promise<readonly ReportedCount[]> {
  const realms = new Set(touched.flatMap((token) => (token.realms.length === 0 ? [NO_REALM] : token.realms)));
  const wanted = [...realms]
    .toSorted()
    .map((realm) => ({ realm, statuses: reportedStatuses(configuration.policies, realm) }))
    .filter(({ statuses }) => statuses.length > 0);
  if (wanted.length === 0) return [];
  const kinds = await tokens.kindsIn(wanted.map(({ realm }) => realm));
  const counts: ReportedCount[] = [];
  for (const { realm, statuses } of wanted) {
    const inRealm = kindsOfRealms(kinds, [realm]);
    for (const status of statuses) {
      const count =
        status === 'total users' ? await tokens.countHolders(realm) : countTokensIn(inRealm, status);
      counts.push({ event, realm, status, count });
    }
  }
  return counts;
}
