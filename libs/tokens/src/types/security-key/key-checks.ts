import type { AssertionResponse, AttestationResponse, Ceremony } from '@app/otp';

/** What a new key is to be checked by. */
export interface RegistrationCheck extends Ceremony {
  readonly response: AttestationResponse;
  /** Numbers of the algorithms that it may use (COSE). */
  readonly algorithms: readonly number[];
}

/** A key as it was found to be; binary values in base64url without padding. */
export interface RegisteredKey {
  readonly id: string;
  /** As the authenticator wrote it (COSE). */
  readonly publicKey: string;
  readonly signCount: number;
  /** Which model the authenticator says that it is, as the text of a UUID. */
  readonly aaguid: string;
  /** How it proved that, `none` if it did not. */
  readonly format: string;
  readonly algorithm: number;
  readonly flags: number;
  readonly isBackupEligible: boolean;
  readonly isBackedUp: boolean;
  readonly isUserVerified: boolean;
  /** Of the maker, in Base64; `null`: it came without one. */
  readonly certificate: string | null;
  /** Whether that leads to a maker whom this installation trusts. */
  readonly isMakerTrusted: boolean;
}

/** What an answer to a challenge is to be checked by. */
export interface AssertionCheck extends Ceremony {
  readonly response: AssertionResponse;
  /** As it was registered. */
  readonly publicKey: string;
}

/** What the authenticator said with its signature. */
export interface SignedAssertion {
  readonly signCount: number;
  readonly isUserVerified: boolean;
  readonly isBackedUp: boolean;
}

/** The check was made, and this came of it; the reason is for records and whoever registers, and holds no secret. */
export type RegistrationFinding =
  | { readonly kind: 'registered'; readonly key: RegisteredKey }
  | { readonly kind: 'refused'; readonly reason: string };
export type AssertionFinding =
  | { readonly kind: 'signed'; readonly assertion: SignedAssertion }
  | { readonly kind: 'refused'; readonly reason: string };

/** Whether security keys answered rightly (WebAuthn Level 3 §7): of the answers alone; what is stored is compared by others. */
export abstract class KeyChecks {
  /** Whether makers are known: else no model is proven to be what it says. */
  abstract readonly knowsMakers: boolean;
  /** Origin, challenge, relying party, flags, and the statement by which the maker vouches. @throws Unavailable */
  abstract registered(check: RegistrationCheck): Promise<RegistrationFinding>;
  /** Origin, challenge, relying party, flags and signature. @throws Unavailable */
  abstract asserted(check: AssertionCheck): Promise<AssertionFinding>;
}
