import type { Token } from '../token.js';

/** What of a token decides whether it may be changed. */
export type ChangedToken = Pick<Token, 'serial' | 'realms' | 'owner'>;

/** On what terms somebody changes tokens: asked before, and again of what is found in the transaction. */
export interface ChangeTerms {
  /** That a token is not there is told: who may not see all of them knows by it. */
  readonly areRestricted: boolean;
  /** The user asks whose the token is, or becomes: a PIN that they give stays, where a policy makes one otherwise. */
  readonly byOwner: boolean;
  /** @throws TokenDenied, UnknownToken unless it may be asked for at all */
  demandAnywhere(serial: string | null): void;
  /** @throws TokenDenied, or why else it may not be changed */
  demand(token: ChangedToken): void;
  /** The same for what other realms' administrators cannot undo. */
  demandInEach(token: ChangedToken): void;
  /** @param realm of the user who was named; `''`: no user, and no default realm @throws TokenDenied */
  demandForUser(realm: string, serial?: string | null): void;
}
