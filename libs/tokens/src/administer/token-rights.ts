import { RealmRights } from '@app/policies';

import type { Token } from '../token.js';
import type { ChangeTerms } from './change-terms.js';
import type { EnrolmentTerms } from './enrol/enrolment-terms.js';
import { EnrolmentDenied, type NamedEnrolment, TokenDenied } from '../token.errors.js';

/** What may be done with a token, as policies name it. */
export type TokenAction =
  | 'assign'
  | 'unassign'
  | 'enable'
  | 'disable'
  | 'remove'
  | 'reset'
  | 'resync'
  | 'setOTPPIN'
  | 'set'
  | 'setMOTPPIN'
  | 'setOCRAPIN'
  | 'copytokenpin'
  | 'copytokenuser'
  | 'losttoken'
  | 'getserial'
  | 'totp_lookup'
  | 'getotp'
  | 'unpair';

interface Right {
  readonly action: TokenAction;
  readonly realms: RealmRights;
}

/**
 * Whether a change is granted: asked within its transaction, of the tokens as they are then, so that a token that changes
 * realms at the same time does not slip through (spec/policies §5).
 */
export class TokenRights implements ChangeTerms {
  /** For callers that policies do not apply to. */
  static readonly ALL = new TokenRights([]);

  readonly byOwner = false;

  private constructor(private readonly rights: readonly Right[]) {}

  static to(action: TokenAction, realms: RealmRights): TokenRights {
    return new TokenRights([{ action, realms }]);
  }

  /** Both must be granted. */
  and(other: TokenRights): TokenRights {
    return new TokenRights([...this.rights, ...other.rights]);
  }

  get areRestricted(): boolean {
    return this.rights.some(({ realms }) => !realms.isEverywhere);
  }

  /** @throws TokenDenied unless there is a realm at all in which it is granted */
  demandAnywhere(serial: string | null): void {
    this.#demand(({ realms }) => !realms.isNowhere, serial);
  }

  /** @throws TokenDenied unless it is granted in one of the token's realms; a token without realm needs all realms */
  demand({ serial, realms: ofToken }: Pick<Token, 'serial' | 'realms'>): void {
    this.#demand(({ realms }) => realms.hasOneOf(ofToken), serial);
  }

  /** For what other realms' administrators cannot undo. @throws TokenDenied unless it is granted in each of the token's realms */
  demandInEach({ serial, realms: ofToken }: Pick<Token, 'serial' | 'realms'>): void {
    this.#demand(({ realms }) => realms.hasAllOf(ofToken), serial);
  }

  /** @param realm of the user who was named; `''`: no user, and no default realm @throws TokenDenied */
  demandForUser(realm: string, serial: string | null = null): void {
    this.#demand(({ realms }) => realms.has(realm), serial);
  }

  #demand(isGranted: (right: Right) => boolean, serial: string | null): void {
    for (const right of this.rights) if (!isGranted(right)) throw new TokenDenied(right.action, serial);
  }
}

/** Where an administrator may enrol tokens of one type. */
export class EnrolmentRights implements EnrolmentTerms {
  static readonly ALL = new EnrolmentRights(RealmRights.ALL, RealmRights.ALL);

  readonly realmChange = 'enrol';
  readonly keepsGivenPin = false;
  readonly forwardsToOwn = false;
  // As LinOTP: they remove it, and enrol another one.
  readonly invitesAnew = false;

  constructor(
    private readonly enrol: RealmRights,
    /** The realms that tokens may be put into besides those in which they may be enrolled. */
    private readonly manage: RealmRights,
  ) {}

  /** Its maker must be able to see it. */
  get ownRealms(): readonly string[] | null {
    return this.enrol.realms;
  }

  demandForOwner(named: NamedEnrolment, owner: { readonly login: string; readonly realm: string }): void {
    if (this.enrol.has(owner.realm)) return;
    const { login, realm } = owner;
    throw new EnrolmentDenied(named, { kind: 'owner', login, realm });
  }

  demandForRealms(named: NamedEnrolment, realms: readonly string[]): void {
    if (this.enrol.isNowhere) throw new EnrolmentDenied(named, { kind: 'nowhere' });
    const mayJoin = this.enrol.or(this.manage);
    for (const realm of realms) {
      if (!mayJoin.has(realm)) throw new EnrolmentDenied(named, { kind: 'realm', realm });
    }
  }

  demandAnew(named: NamedEnrolment, token: Pick<Token, 'realms'>): void {
    if (!this.enrol.hasAllOf(token.realms)) throw new EnrolmentDenied(named, { kind: 'existing' });
  }

  /** Whose failures it may count, and lock: not those of realms that are not theirs to manage. */
  mayForwardTo({ realms }: Pick<Token, 'realms'>): boolean {
    return this.enrol.hasAllOf(realms);
  }
}
