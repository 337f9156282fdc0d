import { MalformedActionValue } from './policy.errors.js';
import type { ActionValue } from './policy-value.js';
import { quoted } from './quoted.js';

/** Where a value was read, for the text of an error. */
export interface ValueOrigin {
  readonly policy: string;
  readonly scope: string;
  readonly action: string;
}

/**
 * A value as its action's declared type has it (spec/policies §3); what is of no type known here stays as it is.
 *
 * @throws MalformedActionValue for an `int` that is none
 */
export function readValue(value: ActionValue, type: unknown, origin: ValueOrigin): ActionValue | number {
  if (type === 'bool') return readBoolean(value);
  if (type === 'int') return readInteger(value, origin);
  if (type === 'str' || type === 'string') return readText(value);
  return type === 'set' ? readSetValue(value) : value;
}

/** Words other than `true` are no, `yes` among them; a number above 0 is yes. */
export function readBoolean(value: ActionValue): boolean {
  if (typeof value === 'boolean') return value;
  return value.toLowerCase() === 'true' || (/^\d+$/.test(value) && Number(value) > 0);
}

/** @throws MalformedActionValue */
export function readInteger(value: ActionValue, { policy, scope, action }: ValueOrigin): number {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (/^\s*[+-]?\d+\s*$/.test(value)) return Number(value);
  const of = scope === 'selfservice' ? 'selfservice-policy' : 'policy';
  throw new MalformedActionValue(
    `Could not parse ${of} ${quoted(policy)}: Could not convert value ${quoted(value)} of '${scope}:${action}': ` +
      `invalid literal for int() with base 10: ${quoted(value)}`,
  );
}

/** An entry without a value is the text `True`, as LinOTP has it. */
export function readText(value: ActionValue): string {
  if (typeof value === 'string') return value;
  return value ? 'True' : 'False';
}

/** Digits are a number; whatever else stays. */
export function readSetValue(value: ActionValue): ActionValue | number {
  return typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
}
