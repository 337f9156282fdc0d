import type { InfoChanges } from '../../token.js';
import type { AfterRestore } from '../after-restore.js';
import { PAIRING_UNTIL, type Pairing, stageIn } from './pairing.js';

/** What a token's info says that is paired with no app, and is to be paired with none for now. */
export function withdrawn(pairing: Pairing): InfoChanges {
  return {
    state: pairing.states.invited,
    [PAIRING_UNTIL]: null,
    user_token_id: null,
    user_login: null,
    gda: null,
    [pairing.keyName]: null,
  };
}

/** A device that was paired stays so; a pairing that was not over is begun anew: how it went on is not known. */
export function withoutPairingInCourse(pairing: Pairing): AfterRestore {
  return (token) => (stageIn(pairing, token) === 'complete' ? {} : { info: withdrawn(pairing) });
}
