import {
  agreed,
  agreementPublicOf,
  agreementSecretOf,
  isSignedBy,
  signature,
  signaturePublic,
} from './curve25519.js';

/** The server's key pair of a partition (spec/token-types §17): the app keeps the public one with each token. */
export class PartitionKey {
  readonly #seed: Uint8Array;
  readonly #agreementSecret: Uint8Array;
  /** Ed25519. */
  readonly publicKey: Buffer;

  /** @param seed of Ed25519, 32 bytes */
  constructor(
    readonly partition: number,
    seed: Uint8Array,
  ) {
    this.#seed = seed;
    this.#agreementSecret = agreementSecretOf(seed);
    this.publicKey = signaturePublic(seed);
  }

  get agreementPublic(): Buffer {
    return agreementPublicOf(this.publicKey);
  }

  sign(message: Uint8Array): Buffer {
    return signature(this.#seed, message);
  }

  isSigned(message: Uint8Array, signed: Uint8Array): boolean {
    return isSignedBy(this.publicKey, message, signed);
  }

  /** X25519 with somebody's public key. @throws where that is of small order */
  agreedWith(publicKey: Uint8Array): Buffer {
    return agreed(this.#agreementSecret, publicKey);
  }

  toJSON(): string {
    return `[key of partition ${this.partition}]`;
  }
}
