import { Conflict, Denied, Invalid } from '@app/kernel';

/** A key is registered for somebody: they are to be named. */
export class KeyOwnerMissing extends Invalid {
  override readonly code = 'key.owner-missing';
  constructor() {
    super('user', 'User information is required for FIDO2 token enrollment');
  }
}

/** Keys are registered for a relying party, and no policy names one. */
export class RelyingPartyUnset extends Invalid {
  override readonly code = 'key.relying-party-unset';
  constructor(readonly realm: string) {
    super('policy', `no policy says fido2_rp_id in realm ${realm}`);
  }
}

/** Policies of the registration cannot be read, or make no sense. */
export class RegistrationUnset extends Invalid {
  override readonly code = 'key.registration-unset';
  constructor(message: string) {
    super('policy', message);
  }
}

/** The token is not at the stage at which this can be done. */
export class WrongKeyPhase extends Conflict {
  override readonly code = 'key.phase';
  constructor(attempt: 'begin' | 'finish', phase: string) {
    super(
      attempt === 'begin'
        ? `Token is in an invalid state for initialization! Current phase: ${phase}`
        : 'Attestation response received but token is not in registration state.',
    );
  }
}

/** What came is no answer of a browser. */
export class MalformedAttestation extends Invalid {
  override readonly code = 'key.malformed';
  constructor(problem: 'json' | 'format', part: string) {
    super(
      'attestationResponse',
      problem === 'json'
        ? `Attestation response is invalid JSON (${part})`
        : `Invalid attestation response format (${part})`,
    );
  }
}

/** The key's answer is not the one that was asked for. */
export class KeyRefused extends Invalid {
  override readonly code = 'key.refused';
  constructor(
    serial: string,
    readonly reason: string,
  ) {
    super('attestationResponse', `FIDO2 registration verification failed for token ${serial}: ${reason}`);
  }
}

/** The model of the key is none that policies allow. */
export class AuthenticatorDenied extends Denied {
  override readonly code = 'key.model-denied';
  constructor() {
    super('This authenticator model is not in the list of allowed authenticators.');
  }
}

/** The token belongs to somebody else. */
export class NotKeyOwner extends Denied {
  override readonly code = 'key.not-owner';
  constructor(login: string, serial: string) {
    super(`User '${login}' is not owner of token ${serial}`);
  }
}

/** No key is registered with a token of its type. */
export class NoKeyToken extends Invalid {
  override readonly code = 'key.no-key-token';
  constructor(
    readonly serial: string,
    readonly label: string,
  ) {
    super('serial', `Token ${serial} is not a FIDO2 token (type=${label})`);
  }
}
