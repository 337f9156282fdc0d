import type { ChainedRecord } from './audit-record.js';
import { type ChainHead, nextChain, rowHash, signedMessage } from './chain.js';
import { sameBytes } from './same-bytes.js';

/** Checks one Ed25519 signature with a key from the keyring or an export, never from the audit table. */
export type SignatureCheck = (message: Uint8Array, signature: Uint8Array) => boolean;

export type ChainFault =
  | 'changed' // the columns do not give the stored row hash
  | 'missing' // a sequence number is skipped: a row was removed, or rows were swapped
  | 'unchained' // the chain value does not follow from the one before: inserted, reordered or rewritten
  | 'unsigned' // a batch ends without a signature
  | 'forged'; // the signature does not fit

export interface FaultAt {
  readonly lane: string;
  readonly sequence: number;
  readonly fault: ChainFault;
}

/** Walks one lane's records in order of sequence, in as many pieces as the caller likes. */
export class LaneVerifier {
  #head: ChainHead;
  #lastSigned: number;

  constructor(
    private readonly lane: string,
    start: ChainHead,
    private readonly isSignedBy: SignatureCheck,
  ) {
    this.#head = start;
    this.#lastSigned = start.sequence;
  }

  get head(): ChainHead {
    return this.#head;
  }

  /** The first fault among `records`, or `null`; after a fault the verifier is not used again. */
  next(records: Iterable<ChainedRecord>): FaultAt | null {
    for (const record of records) {
      const fault = this.#check(record);
      if (fault) return { lane: this.lane, sequence: this.#head.sequence + 1, fault };
      this.#head = { sequence: record.sequence, chain: record.chain };
    }
    return null;
  }

  /** After the last record: it must be signed, since every batch ends with a signature. */
  end(): FaultAt | null {
    if (this.#head.sequence === this.#lastSigned) return null;
    return { lane: this.lane, sequence: this.#head.sequence, fault: 'unsigned' };
  }

  #check(record: ChainedRecord): ChainFault | null {
    const sequence = this.#head.sequence + 1;
    if (record.sequence !== sequence) return 'missing';
    const startsBatch = record.batchStart === sequence;
    if (startsBatch && this.#lastSigned !== this.#head.sequence) return 'unsigned';
    if (!startsBatch && record.batchStart !== this.#lastSigned + 1) return 'changed';
    const hash = rowHash(this.lane, sequence, record.batchStart, record);
    if (!sameBytes(hash, record.rowHash)) return 'changed';
    if (!sameBytes(nextChain(this.#head.chain, hash), record.chain)) return 'unchained';
    if (record.signature) {
      const message = signedMessage(this.lane, { sequence, chain: record.chain });
      if (!this.isSignedBy(message, record.signature)) return 'forged';
      this.#lastSigned = sequence;
    }
    return null;
  }
}
