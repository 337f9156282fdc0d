import { Conflict, Invalid } from '@app/kernel';

/** What an app answers with pairs nothing. The message is for records. */
export class PairingRefused extends Conflict {
  override readonly code = 'pairing.refused';
}

/** The token is at a stage at which it cannot be enrolled, paired or asked. */
export class WrongPairingState extends Conflict {
  override readonly code = 'pairing.state';
  constructor(serial: string, state: string) {
    super(`token ${serial} is in state '${state}', which does not allow this`);
  }
}

/** Policies do not say what pairing needs, or say several things. */
export class PairingUnset extends Invalid {
  override readonly code = 'pairing.unset';
  constructor(message: string) {
    super('policy', message);
  }
}
