import { ACTION_CATALOGUE, POLICY_SCOPES } from './action-catalogue.js';
import type { CataloguedAction } from './catalogued-action.js';

const COLUMNS = ['Action', 'Value', 'Default', 'Effect', 'Takes effect'];

/** What a scope's default column says of rights: it depends on the scope, not on the action. */
const RIGHTS: ReadonlySet<string> = new Set([
  'admin',
  'system',
  'audit',
  'tools',
  'monitoring',
  'reporting.access',
]);

/** The catalogue in Markdown: a table for each scope. */
export function actionsTables(): string {
  return POLICY_SCOPES.map((scope) => `### ${scope}\n\n${table(scope)}`).join('\n\n');
}

function table(scope: string): string {
  const rows = ACTION_CATALOGUE.filter((action) => action.scope === scope).map((action) => [
    `\`${action.name}\``,
    valueOf(action),
    defaultOf(action),
    action.sentence,
    effectOf(action),
  ]);
  return [COLUMNS, COLUMNS.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function valueOf({ type, allowed, range, hasSubKeys }: CataloguedAction): string {
  if (range) return `words of ${code(range)}`;
  if (allowed) return isRun(allowed) ? `${allowed[0]} to ${allowed.at(-1)}` : code(allowed);
  if (typeof type !== 'string') return 'days, or a duration';
  const values: Readonly<Record<string, string>> = { bool: 'yes or no', int: 'a whole number' };
  return `${values[type] ?? 'a text'}${hasSubKeys ? '; with sub keys' : ''}`;
}

function defaultOf({ scope, fallback, fallbackText, declared }: CataloguedAction): string {
  if (declared === 'refused' || RIGHTS.has(scope)) return '';
  if (fallbackText !== undefined) return fallbackText;
  if (typeof fallback === 'boolean') return fallback ? 'yes' : 'no';
  if (fallback === null) return 'none';
  return fallback === '' ? 'empty' : `\`${fallback}\``;
}

function effectOf({ takesEffect, declared }: CataloguedAction): string {
  if (declared === 'refused') return 'never: it is refused';
  return typeof takesEffect === 'string' ? takesEffect : `never: ${takesEffect.never}`;
}

function isRun(values: readonly (number | string)[]): boolean {
  const first = Number(values[0]);
  return values.length > 3 && values.every((value, place) => value === first + place);
}

function code(values: readonly (number | string)[]): string {
  return values.map((value) => `\`${value}\``).join(', ');
}
