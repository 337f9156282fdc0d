import { cleanText } from '@app/kernel';

import type { Parameters } from '../../envelope/parameters/parameters.js';
import { UNSPECIFIC, WireError } from '../../envelope/errors/wire-error.js';

const LONGEST_DESCRIPTION = 80;

/** The parameter `description` of a token; `null` where it is absent. @throws WireError where it is too long */
export function tokenDescription(parameters: Parameters): string | null {
  const description = parameters.text('description');
  if (description !== null && description.length > LONGEST_DESCRIPTION) {
    throw new WireError(UNSPECIFIC, `description is longer than ${LONGEST_DESCRIPTION} characters`);
  }
  return description === null ? null : cleanText(description);
}
