import type { InfoChanges, Token } from '../token.js';
import { FIRST_VALUE } from './auto-resync.js';

/** What is known where a backup is put back. */
export interface Restoration {
  /** Nobody logs in between this moment and the first login after the restore. */
  readonly now: Date;
  /** So many values at most did any device use up between the backup and now. */
  readonly margin: number;
}

/** More than a person logs in between two backups of a night; each value of it is one that every device has to be moved on by. */
export const USUAL_MARGIN = 20;

/** What the rule of a type may look at: no secret. */
export type BackedUpToken = Pick<Token, 'counter' | 'lookAhead' | 'time' | 'info'>;

/** What a restore changes about a token; absent: it stays as it was backed up. */
export interface RestoredState {
  readonly counter?: number;
  readonly info?: InfoChanges;
}

/**
 * What a restore does to tokens of a type, so that no OTP is accepted that was used before the backup, or since. It cannot be left
 * out of a type: what was used since the backup stands nowhere, and each type has to say how it keeps that from counting again.
 */
export type AfterRestore = (token: BackedUpToken, restoration: Restoration) => RestoredState;

/** Two values in a row that were used since the backup must not find the token again. */
export const FORGOTTEN_FIRST: InfoChanges = Object.fromEntries(FIRST_VALUE.map((name) => [name, null]));

/** The server alone moves the counter: this many values are lost to nobody, and more than it sends between two backups. */
const SENT_AT_MOST = 1_000_000;

/**
 * Nothing of it is used up here: its OTPs are good as often as they are right (`pw`, `dpw`, `spass`), are decided by somebody
 * else's server or another token, or answer a challenge, all of which a restore removes.
 */
export const nothingIsSpent: AfterRestore = () => ({});

/** A device counts by itself, `step` between one value and the next at most. */
export function counterOfDevice(step = 1): AfterRestore {
  return ({ counter }, { margin }) => ({ counter: counter + margin * step, info: FORGOTTEN_FIRST });
}

/** Values that the server makes and sends: none that was sent before is sent again. */
export const counterOfServer: AfterRestore = ({ counter }) => ({ counter: counter + SENT_AT_MOST });
