import type { PolicySet } from '@app/policies';
import { NO_REALM, type ReportedStatus, reportedStatuses } from '@app/tokens';

import type { LoginDecision } from '../../login.js';

/** A number of tokens that is to be written down once the login has changed it. */
export interface DueReport {
  readonly event: 'disable' | 'remove';
  /** `''`: that of tokens in none. */
  readonly realm: string;
  readonly status: ReportedStatus;
}

/** The decision, with what policies want told of the tokens that it disables or removes (spec/admin-api §5.3). */
export function withReports(decision: LoginDecision, policies: PolicySet): LoginDecision {
  const ends = decision.effects.filter((effect) => effect.kind === 'disable' || effect.kind === 'remove');
  if (ends.length === 0) return decision;
  const reports = ends.flatMap(({ kind: event, token: { realms } }): DueReport[] =>
    (realms.length === 0 ? [NO_REALM] : realms).flatMap((realm) =>
      reportedStatuses(policies, realm).map((status) => ({ event, realm, status })),
    ),
  );
  return reports.length === 0 ? decision : { ...decision, reports };
}
