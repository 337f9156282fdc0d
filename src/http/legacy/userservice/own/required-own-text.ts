import type { Parameters } from '../../../envelope/parameters/parameters.js';
import { WireError } from '../../../envelope/errors/wire-error.js';

/** @throws WireError 905 where the parameter is absent, with the quotes of the self-service; empty is not absent */
export function requiredOwnText(parameters: Parameters, name: string): string {
  const text = parameters.text(name);
  if (text === null) throw new WireError(905, `Missing parameter: ''${name}''`);
  return text;
}
