import type { InfoChanges, Token, TokenInfo } from '../../token.js';
import type { Refusal } from '../paired/device-challenge.js';
import type { AssertionCheck, SignedAssertion } from './key-checks.js';

export const REQUIREMENTS = ['required', 'preferred', 'discouraged'] as const;
/** How much an authenticator is to do what a relying party may wish (WebAuthn Level 3 §5.8.6). */
export type Requirement = (typeof REQUIREMENTS)[number];

/** By what a key is asked. */
export interface KeyTerms {
  /** Random, in base64url without padding; never used before. */
  readonly challenge: string;
  readonly seconds: number;
  readonly userVerification: Requirement;
}

/** What the client hands to the browser, and what stays with the challenge. */
export interface KeyQuestion {
  readonly request: object;
  readonly kept: TokenInfo;
}

/** What comes of a right signature: what the token says of its key from now on, relying on what it said before. */
export type KeyUse =
  | { readonly kind: 'used'; readonly info: InfoChanges; readonly recalled: TokenInfo }
  /** Somebody else signs with the same key, too. */
  | { readonly kind: 'cloned'; readonly reason: string };

/** A challenge that a security key signs, through a browser: such a type is asked by challenges alone. */
export interface KeyChallenge {
  /** What records say before the reason for which an answer is wrong. */
  readonly failure: string;
  ask(token: Token, terms: KeyTerms): KeyQuestion | Refusal;
  /** A challenge that was answered wrongly is not to be answered again; absent: it may be. */
  readonly takesOneAnswer?: true;
  /** Which model the key is, for policies; `null`: nothing is known. Absent: policies say nothing of such keys. */
  readonly model?: (token: Pick<Token, 'info'>) => string | null;
  /** Whether a text is meant as an answer of a key, right or wrong, and not as a PIN. */
  isAnswer(text: string): boolean;
  /**
   * What is to be checked of an answer, or why it is wrong in any case.
   * @param kept with the challenge
   * @param requiresUserVerification whatever was asked for
   * @param facets origins that a policy names for keys of U2F; none: it says nothing
   */
  check(
    token: Token,
    kept: TokenInfo,
    text: string,
    requiresUserVerification: boolean,
    facets: readonly string[],
  ): AssertionCheck | Refusal;
  /** What follows of a signature that was checked. */
  use(token: Token, assertion: SignedAssertion, now: Date): KeyUse;
  /** What clients need to check answers offline. */
  offline(token: Token): Readonly<Record<string, string | number>> | null;
}
