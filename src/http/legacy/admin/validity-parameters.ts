import type { ValidityLimits } from '@app/tokens';

import type { Parameters } from '../../envelope/parameters/parameters.js';
import { UNSPECIFIC, WireError } from '../../envelope/errors/wire-error.js';
import { invalidInteger, pythonInteger } from '../python-text.js';

const UNLIMITED = 'unlimited';
const INT32 = 2_147_483_647;
// The end of the year 9999.
const LAST_SECOND = 253_402_300_799;
const MINUTE = 60;

/** The serials of `tokens[]`, or of a list in JSON; a text by itself is one serial. @throws WireError */
export function validitySerials(parameters: Parameters): readonly string[] {
  const serials = parameters.list('tokens').filter((serial) => serial !== '');
  if (serials.length === 0) throw new WireError(905, 'missing parameter: tokens[]');
  return serials;
}

/** Reads the limits of `/admin/setValidity` (spec/admin-api §3.13). @param parameters names in lower case @throws WireError */
export function parseValidity(parameters: Parameters): ValidityLimits {
  const maxAttempts = limit(parameters, 'countAuthMax', INT32);
  const maxSuccesses = limit(parameters, 'countAuthSuccessMax', INT32);
  const from = limit(parameters, 'validityPeriodStart', LAST_SECOND);
  const until = limit(parameters, 'validityPeriodEnd', LAST_SECOND);
  return {
    ...(maxAttempts !== undefined && { maxAttempts }),
    ...(maxSuccesses !== undefined && { maxSuccesses }),
    ...(from !== undefined && { from: minuteOf(from) }),
    ...(until !== undefined && { until: minuteOf(until) }),
  };
}

/** @returns `null`: unlimited; `undefined`: not given */
function limit(parameters: Parameters, name: string, most: number): number | null | undefined {
  const text = parameters.text(name.toLowerCase());
  if (text === null) return undefined;
  if (text.trim().toLowerCase() === UNLIMITED) return null;
  const value = pythonInteger(text);
  if (value === null) throw new WireError(UNSPECIFIC, invalidInteger(text));
  if (value < 0 || value > most) throw new WireError(UNSPECIFIC, `${name} must be in 0 … ${most}`);
  return value;
}

/** LinOTP keeps minutes. */
function minuteOf(seconds: number | null): Date | null {
  return seconds === null ? null : new Date((seconds - (seconds % MINUTE)) * 1000);
}
