import type { Token } from '../../token.js';
import type { NamedEnrolment, RealmChange } from '../../token.errors.js';

/** On what terms somebody enrols a token: asked before, and again of what is found in the transaction. */
export interface EnrolmentTerms {
  /** The realms of a token without owner; `null`: it needs none. */
  readonly ownRealms: readonly string[] | null;
  /** As what another token of a realm counts. */
  readonly realmChange: RealmChange;
  /** A PIN that is given stays, where a policy makes one otherwise. */
  readonly keepsGivenPin: boolean;
  /** @throws EnrolmentDenied unless the owner is one for whom tokens may be enrolled */
  demandForOwner(named: NamedEnrolment, owner: { readonly login: string; readonly realm: string }): void;
  /** @throws EnrolmentDenied unless tokens may be enrolled at all, and put into these realms beside their owner's */
  demandForRealms(named: NamedEnrolment, realms: readonly string[]): void;
  /** @throws EnrolmentDenied, SerialTaken unless this token may be enrolled anew */
  demandAnew(named: NamedEnrolment, token: Token): void;
  /** Whether a forward token may take the OTPs of this one. */
  mayForwardTo(target: Token): boolean;
  /** Whether it may take them only as long as both are of one owner. */
  readonly forwardsToOwn: boolean;
  /** Whether a token that is yet to be paired may be invited anew. */
  readonly invitesAnew: boolean;
}
