import type { InfoChanges, Token } from '../../token.js';

// Names and values that LinOTP keeps them by.
const STATE = 'rollout';
const NONCE = 'nonce';
export const STARTED = '1';
const ACTIVATED = '2';

/** The phases of an enrolment through the app (spec/token-types §16.2). */
export type RollOutState =
  /** The app has the shared secret; the token has no key yet that counts. */
  | 'started'
  /** The user gave their code: an answer to a challenge shows that both sides have the same key. */
  | 'activated';

/** `null`: it is not rolled out in phases, or that is over. */
export function rollOutState({ info }: Pick<Token, 'info'>): RollOutState | null {
  const state = info[STATE];
  return state === STARTED ? 'started' : state === ACTIVATED ? 'activated' : null;
}

export function isRolledOut(token: Pick<Token, 'info'>): boolean {
  return rollOutState(token) === null;
}

export function activatedInfo(nonce: Uint8Array): InfoChanges {
  return { [STATE]: ACTIVATED, [NONCE]: Buffer.from(nonce).toString('hex') };
}

/** What the first right answer ends; `null`: nothing. */
export function endOfRollOut(token: Pick<Token, 'info'>): InfoChanges | null {
  return isRolledOut(token) ? null : { [STATE]: null, [NONCE]: null };
}

/**
 * What becomes of a roll-out after a wrong answer: too many of them, and the code is to be given anew. `null`: nothing.
 * @param received how many answers the challenge has had, with this one
 */
export function rollOutMissed(
  token: Pick<Token, 'info'>,
  received: number,
  most: number,
): InfoChanges | null {
  return received >= most ? backToStart(token) : null;
}

/** The code is to be given anew where that was done before; `null`: it was not, or all is over. */
export function backToStart(token: Pick<Token, 'info'>): InfoChanges | null {
  return rollOutState(token) === 'activated' ? { [STATE]: STARTED, [NONCE]: null } : null;
}
