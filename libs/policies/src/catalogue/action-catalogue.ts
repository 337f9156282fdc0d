import type { CataloguedAction } from './catalogued-action.js';
import { ADMIN_ACTIONS } from './scopes/admin.js';
import {
  AUDIT_ACTIONS,
  GETTOKEN_ACTIONS,
  MONITORING_ACTIONS,
  NOTIFICATION_ACTIONS,
  REPORTING_ACCESS_ACTIONS,
  REPORTING_ACTIONS,
  SYSTEM_ACTIONS,
  TOOLS_ACTIONS,
} from './scopes/administration.js';
import { AUTHENTICATION_ACTIONS } from './scopes/authentication.js';
import { AUTHORIZATION_ACTIONS } from './scopes/authorization.js';
import { ENROLLMENT_ACTIONS } from './scopes/enrollment.js';
import { SELFSERVICE_ACTIONS } from './scopes/selfservice.js';

/** Every action of every scope (spec/policies §8), in the order in which `getPolicyDef` tells them (recording 253). */
export const ACTION_CATALOGUE: readonly CataloguedAction[] = [
  ...ADMIN_ACTIONS,
  ...GETTOKEN_ACTIONS,
  ...SELFSERVICE_ACTIONS,
  ...SYSTEM_ACTIONS,
  ...ENROLLMENT_ACTIONS,
  ...NOTIFICATION_ACTIONS,
  ...AUTHENTICATION_ACTIONS,
  ...AUTHORIZATION_ACTIONS,
  ...AUDIT_ACTIONS,
  ...TOOLS_ACTIONS,
  ...MONITORING_ACTIONS,
  ...REPORTING_ACTIONS,
  ...REPORTING_ACCESS_ACTIONS,
];

/** In the order of the catalogue. */
export const POLICY_SCOPES: readonly string[] = [...new Set(ACTION_CATALOGUE.map(({ scope }) => scope))];

const BY_SCOPE: ReadonlyMap<string, ReadonlyMap<string, CataloguedAction>> = new Map(
  POLICY_SCOPES.map((scope) => [
    scope,
    new Map(
      ACTION_CATALOGUE.filter((action) => action.scope === scope).map((action) => [action.name, action]),
    ),
  ]),
);

/**
 * @param name may have a sub key, `qrtanurl.here`: what is before the first dot counts
 * @returns `null` where the scope has no such action
 */
export function cataloguedAction(scope: string, name: string): CataloguedAction | null {
  const [base = ''] = name.split('.', 1);
  return BY_SCOPE.get(scope)?.get(base) ?? null;
}
