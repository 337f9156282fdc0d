import { Secret } from '@app/kernel';
import { PolicySecrets } from '@app/realms';

import type { Keyring, SealedPlace } from './keyring.js';

const SEALED = /^[\w-]+$/;

/** Policy secrets within the texts of policies, sealed by the installation's keyring. */
export class KeyringPolicySecrets extends PolicySecrets {
  constructor(private readonly keyring: Keyring) {
    super();
  }

  seal(server: string, secret: Secret): string {
    return secret.use((bytes) => this.keyring.seal(placeOf(server), bytes).toString('base64url'));
  }

  open(server: string, sealed: string): Secret | null {
    if (!SEALED.test(sealed)) return null;
    try {
      return Secret.of(this.keyring.open(placeOf(server), Buffer.from(sealed, 'base64url')));
    } catch {
      return null;
    }
  }
}

// The server stands for the row: a policy may be renamed, and its server must stay.
function placeOf(server: string): SealedPlace {
  return { table: 'policy', row: server, column: 'action' };
}
