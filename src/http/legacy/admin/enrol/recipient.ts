import { cleanText } from '@app/kernel';

import type { Parameters } from '../../../envelope/parameters/parameters.js';
import { UNSPECIFIC, WireError } from '../../../envelope/errors/wire-error.js';

const LONGEST = 254;

/** Where OTPs of a token go. @throws WireError for what is no number or address; `missing` where there is none */
export function requiredRecipient(parameters: Parameters, name: string, missing: WireError): string {
  const given = optionalRecipient(parameters, name);
  if (given === null) throw missing;
  return given;
}

/** @returns `null`: none is given @throws WireError for what is no number or address */
export function optionalRecipient(parameters: Parameters, name: string): string | null {
  const given = cleanText(parameters.text(name) ?? '').trim();
  if (given === '') return null;
  if (given.length > LONGEST) {
    throw new WireError(UNSPECIFIC, `${name} is longer than ${LONGEST} characters`);
  }
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(given)) {
    throw new WireError(UNSPECIFIC, `${name} has a character that is none of a number or an address`);
  }
  return given;
}
