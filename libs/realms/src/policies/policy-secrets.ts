import type { Secret } from '@app/kernel';

/**
 * Seals the secrets that policies hold for servers. Each is bound to its server: who may write policies, but does not know
 * a secret, cannot have it used for another server.
 */
export abstract class PolicySecrets {
  /** Letters, digits, `-` and `_`. */
  abstract seal(server: string, secret: Secret): string;
  /** `null` where it is no secret that was sealed here for this server. */
  abstract open(server: string, sealed: string): Secret | null;
}
