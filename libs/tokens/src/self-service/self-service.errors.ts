import { Conflict, Denied, Invalid } from '@app/kernel';

/** No policy lets users do this with their own tokens. */
export class SelfServiceDenied extends Denied {
  override readonly code = 'self-service.denied';
  constructor(readonly action: string) {
    super(`no policy of scope selfservice grants ${action}`);
  }
}

/** The kinds of characters that policies tell apart. */
export type PinCharacters = 'letters' | 'digits' | 'special' | 'other';

/** Why a PIN is not one that policies allow. */
export type PinRefusal =
  | { readonly kind: 'too-short'; readonly least: number }
  | { readonly kind: 'too-long'; readonly most: number }
  /** It has nothing of the group, or something else. @property contents as policies have it, `+cn` */
  | { readonly kind: 'not-of-group'; readonly contents: string }
  | { readonly kind: 'without'; readonly characters: PinCharacters }
  | { readonly kind: 'with'; readonly characters: PinCharacters; readonly contents: string };

export class PinRefused extends Invalid {
  override readonly code = 'token.pin-refused';
  constructor(readonly refusal: PinRefusal) {
    super('pin', `the PIN is not one that policies allow: ${refusal.kind}`);
  }
}

/** A rule for PINs that cannot be read: what it asks for, nobody knows. */
export class UnreadablePinRule extends Denied {
  override readonly code = 'token.unreadable-pin-rule';
  /** @param place where it stands: a policy, or a setting */
  constructor(place: string, action: string) {
    super(
      `${place} cannot be read, and may say what a PIN has to be. Check the policies scope=selfservice, action=${action}`,
    );
  }
}

/** The token is somebody else's, or nobody's. */
export class ForeignToken extends Denied {
  override readonly code = 'token.foreign';
  constructor(readonly serial: string) {
    super(`token ${serial} is not the user's`);
  }
}

/** Users take tokens that nobody has. */
export class TokenAssigned extends Conflict {
  override readonly code = 'token.assigned';
  constructor(serial: string) {
    super(`token ${serial} has an owner`);
  }
}

/** Users take tokens of their own realm, or of none. */
export class TokenOfOtherRealm extends Denied {
  override readonly code = 'token.other-realm';
  constructor(serial: string) {
    super(`token ${serial} is not in the user's realm`);
  }
}

/** Too many OTPs were tried of late that no token made. */
export class OtpGuessesExhausted extends Denied {
  override readonly code = 'self-service.otp-guesses-exhausted';
  constructor(readonly retryAfterSeconds: number) {
    super(`too many wrong OTPs: the next one is looked at in ${retryAfterSeconds} seconds`);
  }
}
