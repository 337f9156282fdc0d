import type { Parameters } from '../envelope/parameters/parameters.js';
import { missingParameter } from '../envelope/errors/wire-error.js';

/** @throws WireError 905 where the parameter is absent; empty is not absent */
export function requiredText(parameters: Parameters, name: string): string {
  const text = parameters.text(name);
  if (text === null) throw missingParameter(name);
  return text;
}
