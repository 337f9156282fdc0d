import type { Parameters } from '../envelope/parameters/parameters.js';
import { UNSPECIFIC, WireError } from '../envelope/errors/wire-error.js';
import { invalidInteger, pythonInteger } from '../legacy/python-text.js';

/** @throws WireError for what is no whole number, or negative */
export function countParameter(parameters: Parameters, name: string, byDefault: number): number {
  const text = parameters.text(name);
  if (text === null) return byDefault;
  const value = pythonInteger(text);
  if (value === null) throw new WireError(UNSPECIFIC, invalidInteger(text));
  if (value < 0) throw new WireError(UNSPECIFIC, `${name} must not be negative`);
  return value;
}
