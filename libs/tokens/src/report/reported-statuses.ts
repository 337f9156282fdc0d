import { type ActionValue, type PolicySet, readBoolean } from '@app/policies';

import { NO_REALM, TOKEN_STATUSES } from './token-status.js';

/** What reports tell of a realm: tokens in a state, or users with an active token. */
export const REPORTED_STATUSES = [...TOKEN_STATUSES, 'total users'] as const;

export type ReportedStatus = (typeof REPORTED_STATUSES)[number];

const SCOPE = 'reporting';
/** How policies name having no realm. */
const NO_REALM_NAME = '/:no realm:/';

/**
 * What policies of scope `reporting` have counted in a realm, in one order (spec/policies §8.9). Only the realm is looked at:
 * whoever changes tokens, from wherever and whenever, the count is the same.
 *
 * @param realm in lower case; `''`: that of tokens in none
 */
export function reportedStatuses(policies: PolicySet, realm: string): readonly ReportedStatus[] {
  if (!policies.hasActive(SCOPE)) return [];
  const wanted = new Set<ReportedStatus>();
  const name = realm === NO_REALM ? NO_REALM_NAME : realm;
  for (const policy of policies.matchingAll({ scope: SCOPE, realm: name })) {
    const actions = policies.actionsOf(policy.name);
    if (actions.get('*') === true) return REPORTED_STATUSES;
    if (isOn(actions.get('token_total'))) wanted.add('total');
    if (isOn(actions.get('token_user_total'))) wanted.add('total users');
    const status = actions.get('token_status');
    const known = TOKEN_STATUSES.find((one) => one === status);
    if (known) wanted.add(known);
  }
  return REPORTED_STATUSES.filter((status) => wanted.has(status));
}

function isOn(value: ActionValue | undefined): boolean {
  return value !== undefined && readBoolean(value);
}
