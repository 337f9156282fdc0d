import { parseActionList } from '../action-list.js';
import { normalisePolicy } from '../normalise.js';
import type { StoredPolicy } from '../policy.js';
import { checkActions } from './action-values.js';
import { checkConditions } from './condition-expressions.js';
import { policyWarnings } from './policy-warnings.js';

/**
 * Looks at a policy before it is stored (spec/policies §10.1).
 *
 * @param checksActions the setting `policy_action_validation`; without it an action list has to be readable, and no more
 * @returns what the administrator should know, though it is stored
 * @throws MalformedCondition, MalformedActions, UnfitAction
 */
export function validatePolicy(stored: StoredPolicy, checksActions: boolean): readonly string[] {
  const policy = normalisePolicy(stored);
  checkConditions(policy);
  if (checksActions) checkActions(policy);
  else parseActionList(policy.action);
  return policyWarnings(policy);
}
