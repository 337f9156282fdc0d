import type { ActionValue } from './policy-value.js';

/** Words other than `true` are no, `yes` among them; a number above 0 is yes (spec/policies §3, "Type conversion"). */
export function readBoolean(value: ActionValue): boolean {
  if (typeof value === 'boolean') return value;
  const text = value.trim().toLowerCase();
  return text === 'true' || (/^\d+$/.test(text) && Number(text) > 0);
}

/** An entry without a value is 1. @returns `null` for what is no whole number of up to nine digits */
export function readInteger(value: ActionValue): number | null {
  if (typeof value === 'boolean') return Number(value);
  const text = value.trim();
  return /^[+-]?\d{1,9}$/.test(text) ? Number(text) : null;
}
