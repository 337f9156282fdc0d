import { type KeyObject, sign, verify } from 'node:crypto';

import { type ChainHead, type SignatureCheck, keyId, signedMessage } from '@app/audit';

/** Signs chain heads with the installation's Ed25519 key, and checks them. */
export class AuditSigner {
  readonly keyId: string;

  constructor(
    private readonly privateKey: KeyObject,
    readonly publicKey: KeyObject,
  ) {
    this.keyId = keyId(publicKey);
  }

  sign(lane: string, head: ChainHead): Buffer {
    return this.signMessage(signedMessage(lane, head));
  }

  /** Of marks and checkpoints: each kind of message begins with its own name, so that none passes for another. */
  signMessage(message: Uint8Array): Buffer {
    return sign(null, message, this.privateKey);
  }

  readonly isSigned: SignatureCheck = (message, signature) =>
    verify(null, message, this.publicKey, signature);
}
