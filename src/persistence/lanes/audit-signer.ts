import { type KeyObject, sign, verify } from 'node:crypto';

import { type ChainHead, signedMessage } from '@app/audit';

/** Signs chain heads with the installation's Ed25519 key, and checks them. */
export class AuditSigner {
  constructor(
    private readonly privateKey: KeyObject,
    readonly publicKey: KeyObject,
  ) {}

  sign(lane: string, head: ChainHead): Buffer {
    return sign(null, signedMessage(lane, head), this.privateKey);
  }

  readonly isSigned = (message: Uint8Array, signature: Uint8Array): boolean =>
    verify(null, message, this.publicKey, signature);
}
