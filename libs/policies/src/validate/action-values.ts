import { parseActionList } from '../action-list.js';
import { cataloguedAction } from '../catalogue/action-catalogue.js';
import type { CataloguedAction } from '../catalogue/catalogued-action.js';
import { searchExpression } from '../conditions/expression.js';
import { MalformedCondition } from '../policy.errors.js';
import type { ActionValue } from '../policy-value.js';
import { quoted } from '../quoted.js';
import { isDuration } from './duration.js';
import { UnfitAction } from './validation.errors.js';

/** Nothing evaluates them, and LinOTP takes anything there. */
export const FREE_SCOPES: ReadonlySet<string> = new Set(['ocra', 'ocra2']);

/** Where `*` stands for all actions. */
const SCOPES_WITH_WILDCARD: ReadonlySet<string> = new Set([
  'admin',
  'system',
  'tools',
  'audit',
  'monitoring',
  'reporting.access',
]);

const SWITCH_WORD = /^(true|false|1|0|yes|no)$/i;
const DECIMAL = /^[+-]?\d{1,15}$/;

/**
 * Whether a policy's actions are those of its scope, with values that they can have (spec/policies §10.1).
 *
 * @throws MalformedActions, UnfitAction
 */
export function checkActions(policy: {
  readonly name: string;
  readonly scope: string;
  readonly action: string;
}): void {
  const { name, scope, action } = policy;
  for (const [key, value] of parseActionList(action)) {
    if (FREE_SCOPES.has(scope) || (key === '*' && SCOPES_WITH_WILDCARD.has(scope))) continue;
    const known = cataloguedAction(scope, key);
    if (known === null || known.declared === 'refused') {
      throw new UnfitAction(`unsupported policy action ${quoted(key)} in policy ${quoted(name)} `);
    }
    if (known.declared !== 'silent') checkValue(known, value);
  }
}

/** @throws UnfitAction in LinOTP's words */
function checkValue(action: CataloguedAction, value: ActionValue): void {
  const { type, allowed, range } = action;
  if (typeof type !== 'string') return checkDuration(value);
  const read = readValue(action, value);
  if (read === undefined) {
    throw new UnfitAction(
      `Action value ${shown(value)} for ${of(action)} not of the expected type '${type}'`,
    );
  }
  if (range && typeof read === 'string') {
    const words = read.split(/\s+/).filter((word) => word !== '');
    if (words.every((word) => range.includes(word))) return;
    const given = words.map((word) => quoted(word)).join(', ');
    throw new UnfitAction(
      `Action value {${given}} for ${of(action)} not in supported range ${listed(range)}`,
    );
  }
  if (allowed && typeof read !== 'boolean' && !allowed.includes(read)) {
    throw new UnfitAction(
      `Action value ${shown(read)} for ${of(action)} not in supported values ${listed(allowed)}`,
    );
  }
  if (action.scope === 'authorization' && action.name === 'serial') checkExpression(action, String(read));
}

/** @returns `undefined` where the value is of another type */
function readValue({ type, range }: CataloguedAction, value: ActionValue): ActionValue | number | undefined {
  if (type === 'bool')
    return typeof value === 'boolean' || SWITCH_WORD.test(value.trim()) ? value : undefined;
  if (type === 'int') {
    if (typeof value === 'boolean') return Number(value);
    return DECIMAL.test(value.trim()) ? Number(value) : undefined;
  }
  if (typeof value === 'boolean') return undefined;
  return type === 'set' && !range && /^\d{1,15}$/.test(value) ? Number(value) : value;
}

function checkDuration(value: ActionValue): void {
  if (typeof value === 'string' && (DECIMAL.test(value.trim()) || isDuration(value))) return;
  throw new UnfitAction(`must be of type 'duration': ${shown(value)}`);
}

function checkExpression(action: CataloguedAction, pattern: string): void {
  try {
    searchExpression(pattern);
  } catch (error) {
    if (!(error instanceof MalformedCondition)) throw error;
    throw new UnfitAction(`Action value for ${of(action)}: ${error.message}`);
  }
}

function of({ scope, name }: CataloguedAction): string {
  return `${scope}.${name}`;
}

function shown(value: ActionValue | number): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'number' ? String(value) : quoted(value);
}

function listed(values: readonly (number | string)[]): string {
  return `[${values.map(shown).join(', ')}]`;
}
