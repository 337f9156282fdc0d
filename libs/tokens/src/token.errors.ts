import { Conflict, Denied, DomainError, Invalid } from '@app/kernel';

import type { TokenAction } from './administer/token-rights.js';
import type { TokenTypeId } from './types/token-type.js';

export class MalformedSerial extends Invalid {
  constructor() {
    super('serial', 'a serial has 1 to 40 characters, none of them a control character');
  }
}

export class UnknownToken extends DomainError {
  readonly code = 'token.unknown';
  constructor(readonly serial: string) {
    super(`no token with serial ${serial}`);
  }
}

/** A selection that needs one token found several. */
export class AmbiguousToken extends DomainError {
  readonly code = 'token.ambiguous';
  constructor(readonly serial: string) {
    super(`several tokens with serial ${serial}`);
  }
}

/** Re-enrolment may not change a token's type. */
export class TokenTypeMismatch extends Conflict {
  override readonly code = 'token.type-mismatch';
  constructor(
    readonly serial: string,
    readonly existing: string,
    readonly requested: TokenTypeId,
  ) {
    super(`token ${serial} exists with type ${existing}`);
  }
}

/** Tokens of the type go on working, but there are to be no new ones. */
export class EnrolmentClosed extends Invalid {
  override readonly code = 'token.enrolment-closed';
  constructor(
    readonly type: TokenTypeId,
    /** The type that takes its place. */
    readonly instead: TokenTypeId,
  ) {
    super('type', `new tokens of type ${type} are not enrolled any more: use type ${instead}`);
  }
}

/** Two values cannot tell where any of the tokens is. */
export class ResyncImpossible extends Conflict {
  override readonly code = 'token.resync-impossible';
}

/** Users enrol tokens of their own: what is there already is not to be had again. */
export class SerialTaken extends Conflict {
  override readonly code = 'token.serial-taken';
  constructor(readonly serial: string) {
    super(`token ${serial} exists already`);
  }
}

/** No free serial was found for a prefix after many draws. */
export class SerialsExhausted extends Conflict {
  override readonly code = 'token.serials-exhausted';
  constructor(prefix: string) {
    super(`no free serial with prefix ${prefix}`);
  }
}

/** A password token needs its password. */
export class MissingPassword extends Invalid {
  constructor() {
    super('password', 'a password token needs a password');
  }
}

/** The device of the token asks for a PIN, or its type has none. */
export class MissingUserPin extends Invalid {
  constructor() {
    super('userPin', 'a mOTP token needs its PIN');
  }
}

/** A token whose OTPs are sent needs to know where to. */
export class MissingRecipient extends Invalid {
  constructor(parameter: 'phone' | 'emailAddress') {
    super(
      parameter,
      parameter === 'phone' ? 'the token needs a phone number' : 'the token needs an e-mail address',
    );
  }
}

/** The seed of a voice token is made by the server. */
export class SeedNotGiven extends Invalid {
  constructor() {
    super('seed', 'a voice token makes its own seed');
  }
}

/** A Yubikey's values are encrypted with AES-128. */
export class MalformedYubikeyKey extends Invalid {
  constructor() {
    super('seed', 'the otpkey of a yubikey is an AES key: 32 hexadecimal digits');
  }
}

export class MalformedPublicId extends Invalid {
  constructor() {
    super(
      'publicId',
      'public_uid must be modhex: an even number of the letters cbdefghijklnrtuv, at most 32',
    );
  }
}

/** What a token's server is asked at is no place of a server. */
export class MalformedServer extends Invalid {
  constructor(parameter: 'remote.server' | 'radius.server') {
    super(
      parameter,
      parameter === 'remote.server'
        ? 'remote.server is a URL like https://host, without user, password or query'
        : 'radius.server is host or host:port; of several, with commas between them, at most 8',
    );
  }
}

/** A RADIUS server is asked with the secret that it shares. */
export class MissingSharedSecret extends Invalid {
  constructor() {
    super('radius.secret', 'a radius token needs the secret that it shares with its server');
  }
}

export class MalformedYubicoId extends Invalid {
  constructor() {
    super('yubico.tokenid', 'The YubiKey token ID needs to be 12 characters long!');
  }
}

/** Only the servers of Yubico know where its counter stands. */
export class NotResynchronised extends Conflict {
  override readonly code = 'token.not-resynchronised';
  constructor(message = 'YUBICO token resync is not managed by LinOTP.') {
    super(message);
  }
}

/** A forward token needs a target; one out of reach is none. */
export class UnknownTarget extends Invalid {
  constructor(serial: string) {
    super('forward.serial', `no target token with serial '${serial}' found`);
  }
}

/** Nor may it forward to what only forwards. */
export class TargetForwards extends Invalid {
  constructor(serial: string) {
    super('forward.serial', `target token '${serial}' is a forward token itself`);
  }
}

/** No policy lets the administrator do this with a token of these realms. */
export class TokenDenied extends Denied {
  override readonly code = 'token.denied';
  constructor(
    readonly action: TokenAction,
    /** `null`: a user's tokens were meant. */
    readonly serial: string | null,
  ) {
    super(`no right to ${action} of token ${serial ?? '(none named)'}`);
  }
}

/** A user would have more tokens than policies allow. */
export class UserTokensExceeded extends Denied {
  override readonly code = 'token.user-limit';
  /** @param type `null`: of all types together */
  constructor(readonly type: TokenTypeId | null) {
    super(`the user has as many tokens${type ? ` of type ${type}` : ''} as policies allow`);
  }
}

/** How a realm gets another active token. */
export type RealmChange = 'enrol' | 'enable' | 'move' | 'import' | OwnRealmChange;
/** The same, by the token's own user. */
export type OwnRealmChange = 'enrol-own' | 'enable-own';

/** A realm would have more active tokens than policies allow. */
export class RealmTokensExceeded extends Denied {
  override readonly code = 'token.realm-limit';
  constructor(
    readonly realm: string,
    readonly change: RealmChange,
  ) {
    super(`realm ${realm} has as many tokens as policies allow`);
  }
}

/** A policy that limits tokens cannot be read: whom it means, and to how many, nobody knows. */
export class UnreadableLimit extends Denied {
  override readonly code = 'token.unreadable-limit';
  constructor(policy: string, action: string) {
    super(
      `The policy '${policy}' cannot be read, and may limit the number of tokens. Check the policies scope=enrollment, action=${action}`,
    );
  }
}

/** No policy lets the administrator take tokens from a realm, or put them into it. */
export class TokenRealmDenied extends Denied {
  override readonly code = 'token.realm-denied';
  constructor(
    readonly change: 'leave' | 'join',
    /** `''`: the token is in none. */
    readonly realm: string,
  ) {
    super(`no right to let a token ${change} realm ${realm}`);
  }
}

/** How long temporary tokens are good is limited by a policy that cannot be read: by how much, nobody knows. */
export class UnreadableLifetime extends Denied {
  override readonly code = 'token.unreadable-lifetime';
  constructor(policy: string) {
    super(
      `The policy '${policy}' cannot be read, and may limit temporary tokens. Check the policies scope=enrollment, action=lostTokenValid`,
    );
  }
}

/** Only what somebody has can be lost. */
export class TokenNotAssigned extends Conflict {
  override readonly code = 'token.not-assigned';
  constructor(serial: string) {
    super(`token ${serial} has no owner`);
  }
}

/** Policies of a token's realms name several places where its app is to answer. */
export class SeveralCallbacks extends Conflict {
  override readonly code = 'token.several-callbacks';
  constructor(urls: readonly string[], realms: readonly string[]) {
    // The spelling is LinOTP's.
    super(`multiple enrollement urls ${listed(urls)} found for realm set: ${listed(realms)}`);
  }
}

function listed(names: readonly string[]): string {
  return `[${names.map((name) => `'${name}'`).join(', ')}]`;
}

/** Several tokens make the same OTP. */
export class AmbiguousOtp extends Conflict {
  override readonly code = 'token.ambiguous-otp';
  constructor() {
    super('several tokens make this OTP');
  }
}

/** Which enrolment was not granted. */
export interface NamedEnrolment {
  readonly type: TokenTypeId;
  /** As asked for; `null`: one is generated. */
  readonly serial: string | null;
}

/** Why an enrolment is not granted. */
export type EnrolmentDenial =
  | { readonly kind: 'owner'; readonly login: string; readonly realm: string }
  | { readonly kind: 'nowhere' }
  | { readonly kind: 'realm'; readonly realm: string }
  /** The serial is that of a token of other realms. */
  | { readonly kind: 'existing' };

export class EnrolmentDenied extends Denied {
  override readonly code = 'token.enrolment-denied';
  constructor(
    readonly enrolment: NamedEnrolment,
    readonly denial: EnrolmentDenial,
  ) {
    super(`no right to enrol this token: ${denial.kind}`);
  }
}
