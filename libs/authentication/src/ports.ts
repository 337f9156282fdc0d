import type { AuditContext } from '@app/audit';
import type { UserReference } from '@app/realms';
import type { Token, TokenOwnerFilter } from '@app/tokens';

import type { Challenge } from './challenges/challenge.js';
import type { LoginDecision } from './login.js';

export type LoginSelection = TokensOfLogin & {
  /** Root of the transaction whose challenges are read, too. */
  readonly root?: string;
  /** The tokens' challenges are read, too: those that are open, and those whose messages are on their way. */
  readonly withOpen?: true;
};

type TokensOfLogin =
  | { readonly serial: string }
  | { readonly serials: readonly string[] }
  /** No reference: nobody's tokens; the read is made all the same. */
  | { readonly owner: TokenOwnerFilter }
  /** Those that the challenges of the transaction ask. */
  | { readonly challenged: true };

export interface LoginSnapshot {
  readonly tokens: readonly Token[];
  /** Whether the owner has tokens of other realms, which are not among them. */
  readonly hasOtherTokens: boolean;
  /**
   * Of the transaction, if one was asked for; the oldest first, closed and expired ones too. Or those of the tokens that are
   * open or unsent, if they were.
   */
  readonly challenges: readonly Challenge[];
  /** The database's clock. */
  readonly now: Date;
  readonly configurationVersion: number;
}

/** Reads what a login needs: one round trip, shared with whatever else is being read. */
export abstract class LoginSnapshots {
  /** @throws Unavailable */
  abstract load(selection: LoginSelection): Promise<LoginSnapshot>;
}

export interface LoginCommit {
  readonly context: AuditContext;
  /** The tokens that the decision looked at. */
  readonly tokens: readonly Token[];
  /** The root of the transaction that it looked at, with its challenges; `null`: none was named. */
  readonly root: string | null;
  readonly challenges: readonly Challenge[];
  /** It looked at all open challenges of its tokens. */
  readonly looksAtOpen?: boolean;
  /** The time that it was made at: the database's when the tokens were read. */
  readonly now: Date;
  readonly decision: LoginDecision;
  /**
   * Decides once more with the same tokens as they are now: locked, or as the logins before this one leave them.
   * `null`: what is needed is not known here, the login starts over. Pure, and called any number of times.
   */
  decideAgain(tokens: readonly Token[], now: Date, challenges: readonly Challenge[]): LoginDecision | null;
}

/**
 * Makes a decision true: its effects and its audit record are durable together, or the login did not happen.
 * Of any number of logins with one OTP, on any number of nodes, one is accepted.
 */
export abstract class LoginCommitter {
  /**
   * Logins that share tokens are decided one after the other, each on what those before it leave behind.
   *
   * @returns the decision that was committed (not always the one that was proposed), or `'start-over'`
   * @throws Unavailable when it is not known, or known not to have happened; never after an acceptance was committed and
   *         the outcome could be found out
   */
  abstract commit(login: LoginCommit): Promise<LoginDecision | 'start-over'>;
}

export type ChallengeSelection =
  { readonly root: string } | { readonly serial: string } | { readonly owners: readonly UserReference[] };

/** What administrators see of challenges, and what becomes of old ones. */
export abstract class ChallengeList {
  /** The oldest first; expired ones too, as long as they are there. */
  abstract find(selection: ChallengeSelection): Promise<readonly Challenge[]>;
  /** Nobody can answer them or see how they stand any more. */
  abstract purgeExpired(): Promise<void>;
}
