import { ACTION_CATALOGUE, POLICY_SCOPES } from './action-catalogue.js';
import type { ActionType, CataloguedAction } from './catalogued-action.js';

/** One action as `getPolicyDef` tells it. */
export interface ActionDefinition {
  readonly type: ActionType;
  readonly value?: readonly (number | string)[];
  readonly range?: readonly string[];
  readonly desc?: string;
  readonly description?: string;
}
export type ScopeDefinitions = Readonly<Record<string, ActionDefinition>>;

/** Scope by scope (spec/policies §10.5). */
export function policyDefinitions(): Readonly<Record<string, ScopeDefinitions>> {
  return Object.fromEntries(POLICY_SCOPES.map((scope) => [scope, scopeDefinitions(scope)]));
}

/** @returns `{}` for a scope that nobody has heard of */
export function scopeDefinitions(scope: string): ScopeDefinitions {
  const told = ACTION_CATALOGUE.filter((action) => action.scope === scope && action.declared === undefined);
  return Object.fromEntries(told.map((action) => [action.name, definition(action)]));
}

function definition({ type, allowed, range, desc, description }: CataloguedAction): ActionDefinition {
  return {
    type,
    ...(allowed && { value: allowed }),
    ...(range && { range }),
    ...(desc !== undefined && { desc }),
    ...(description !== undefined && { description }),
  };
}
