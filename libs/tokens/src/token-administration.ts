import type { AuditContext, Audited } from '@app/audit';
import type { UserReference } from '@app/realms';

import type { ReportedCount } from './report/report-change.js';
import type { TokenKind } from './report/token-status.js';
import type { NewToken, Token, TokenChanges, TokenInfo } from './token.js';
import type { TokenTypeId } from './types/token-type.js';

/** Which tokens a request means; the parts are ANDed, an absent part does not restrict. */
export interface TokenSelection {
  /** Exact, or a pattern in which each `*` stands for any run of characters. */
  readonly serial?: string;
  /** Any of these, exactly. */
  readonly serials?: readonly string[];
  readonly owner?: TokenOwnerFilter;
}

/** Tokens of one of `references` that are in `realm` or in no realm at all. */
export interface TokenOwnerFilter {
  readonly references: readonly UserReference[];
  readonly realm: string;
}

/** How many tokens of a type belong to a user. */
export interface OwnedTokens extends UserReference {
  readonly type: TokenTypeId;
  readonly count: number;
}

/** A challenge that is made by a change of its token. */
export interface MadeChallenge {
  /** Its id: nobody has another one. */
  readonly transaction: string;
  readonly message: string;
  /** Lower case; `''`: none. */
  readonly realm: string;
  /** How long it is open. */
  readonly seconds: number;
  readonly data: TokenInfo;
}

/** What a change of tokens may do; everything commits together with its audit record, or nothing does. */
export interface TokenTransaction {
  /** The database's clock at the start. */
  readonly now: Date;
  /** Locks what it finds, in order of id, until the transaction ends. */
  find(selection: TokenSelection): Promise<Token[]>;
  /** @throws UnknownToken, AmbiguousToken (patterns are allowed and must hit once) */
  get(serial: string): Promise<Token>;
  has(serial: string): Promise<boolean>;
  insert(token: NewToken): Promise<Token>;
  /** Of any number of serials, the ids of those that there are; locks nothing. */
  idsOf(serials: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Some hundred tokens by their ids: locked, as by `find`. */
  lock(ids: readonly number[]): Promise<Token[]>;
  /** The same as `insert` for some hundred tokens, in few round trips. */
  insertAll(tokens: readonly NewToken[]): Promise<void>;
  /** Raises the token's revision. */
  update(id: number, changes: TokenChanges): Promise<void>;
  /** The same for many tokens in one statement: their logins wait until it is committed. */
  updateAll(tokens: readonly Token[], changes: Pick<TokenChanges, 'active' | 'failures'>): Promise<void>;
  remove(ids: readonly number[]): Promise<void>;
  /** Makes a challenge of the token together with the change: it is open once that is committed. */
  ask(token: Token, challenge: MadeChallenge): Promise<void>;
  /** Nobody can answer what the tokens were asked before. */
  closeChallenges(ids: readonly number[]): Promise<void>;
  /** All but those that only forward logins. */
  countActive(): Promise<number>;
  /** Tokens of any state and realm that belong to one of the references. */
  countOwned(owners: readonly UserReference[], type?: TokenTypeId): Promise<number>;
  /** The same for some hundred references at once; those who own nothing are left out. */
  countOwnedEach(owners: readonly UserReference[]): Promise<readonly OwnedTokens[]>;
  countActiveIn(realm: string): Promise<number>;
  /** Tokens of these realms (`''`: of none), as this change leaves them. */
  kindsIn(realms: readonly string[]): Promise<readonly TokenKind[]>;
  /** Users with active tokens in the realm (`''`: in none), as this change leaves them. */
  countHolders(realm: string): Promise<number>;
  /** Stores what reports tell of this change. */
  report(counts: readonly ReportedCount[]): Promise<void>;
  /**
   * Waits for every change, on any node, that has said one of these names, and lets no other one have it until this
   * one ends: what is counted from now on stays so.
   */
  alone(names: readonly string[]): Promise<void>;
}

/** Administrative changes of tokens: one transaction each, on the lane of administration. */
export abstract class TokenAdministration {
  /**
   * Runs `work` and commits what it did with the record it returned. An error of `work` rolls back and passes through.
   * @param alone names, as `TokenTransaction.alone` takes them: held from the start, at no further cost
   * @throws Unavailable
   */
  abstract change<T>(
    context: AuditContext,
    work: (tokens: TokenTransaction) => Promise<Audited<T>>,
    alone?: readonly string[],
  ): Promise<T>;
}
