import { Conflict } from '@app/kernel';

/** Why a trial of a token does not take place; the message is what users read (spec/validate-api §4.9). */
export class TrialRefused extends Conflict {
  override readonly code = 'self-service.trial-refused';
}

export const NO_TOKEN = 'no token found!';
export const NOT_OWNER = 'User is not token owner';
export const NO_CHALLENGE = 'no valid challenge found!';
export const EXPIRED = 'challenge already expired!';

/** A transaction of several challenges: each has an id of its own. */
export function notUnique(id: string): string {
  return `Could not uniquely identify challenge for transaction id ${id} `;
}
