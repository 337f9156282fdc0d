import { type ChainFormat, NO_SEAL, type SealedHead, nextChain, sha256, signedMessage } from './chain.js';
import { NumberOrder } from './number-order.js';
import type { Gap } from './gaps.js';
import { sameBytes } from './same-bytes.js';
import type { RowReference, StoredRow } from './stored-row.js';

/** Checks one Ed25519 signature with a key from the keyring or an export, never from the audit table. */
export type SignatureCheck = (message: Uint8Array, signature: Uint8Array) => boolean;

export type ChainFault =
  | 'changed' // the columns do not give the stored row hash
  | 'missing' // a sequence number is skipped: a row was removed, or rows were swapped
  | 'inserted' // a row where there is none: its sequence was passed, or removed by retention
  | 'unchained' // the chain value does not follow from the one before: inserted, reordered or rewritten
  | 'unsigned' // a batch ends without a signature
  | 'forged' // the signature does not fit: one of its batch was rewritten, or the signature was
  | 'renumbered' // the running number does not rise along the lane
  | 'mark-forged' // a mark of what retention removed is not signed, or says something else than it signs
  | 'head-differs' // the lane's row names another head than its last record gives
  | 'lane-missing' // a lane that is named, or has records, has no row
  | 'cut' // a head that was kept elsewhere is behind the end of the lane
  | 'rewritten'; // a head that was kept elsewhere has another chain value

export interface FaultAt {
  readonly lane: string;
  /** The first record that is wrong. */
  readonly sequence: number;
  /** The last, where it cannot be said which one; else the same. */
  readonly through: number;
  readonly fault: ChainFault;
  /** The row that stands there; `null`: none does. */
  readonly row: RowReference | null;
  /** The sound record before it; `null`: there is none, or retention removed it. */
  readonly previous: RowReference | null;
  /** The record after one that is missing. */
  readonly next: RowReference | null;
  /** Where the head was kept that contradicts the lane. */
  readonly witness?: string;
}

export interface VerifierOptions {
  readonly lane: string;
  readonly format: ChainFormat;
  readonly start: SealedHead;
  readonly isSigned: SignatureCheck;
  /**
   * Whether each signature is verified. Where the chain covers them (format 2) the last one vouches for all before it; but
   * which batch was rewritten only its own tells.
   */
  readonly everySignature: boolean;
  /** Whether `start` is the end of a batch. */
  readonly startsAtBatch?: boolean;
  /** Hears of each record that names heads of other lanes, as it is passed. */
  readonly onHeads?: (heads: string, record: RowReference) => void;
}

/** Walks one lane's records in order of sequence, in as many pieces as the caller likes. */
export class LaneVerifier {
  #head: SealedHead;
  /** Where the batch of the last record began; `null` after a gap: somewhere before. */
  #batch: number | null = null;
  /** The last end of a batch. */
  #ended: number;
  /** Up to where a verified signature vouches. */
  #proven: number;
  #pending: SealedHead | null = null;
  #last: RowReference | null = null;
  #numbers = new NumberOrder();
  readonly #checksAll: boolean;

  constructor(private readonly options: VerifierOptions) {
    const { start, format, everySignature, startsAtBatch = true } = options;
    this.#head = start;
    this.#proven = start.sequence;
    this.#ended = startsAtBatch ? start.sequence : -1;
    this.#checksAll = everySignature || format === 1;
  }

  get head(): SealedHead {
    return this.#head;
  }

  /** The last record passed; `null` before the first and behind a gap. */
  get last(): RowReference | null {
    return this.#last;
  }

  /** Stands where this one does and goes its own way, verifying each signature. */
  thorough(): LaneVerifier {
    const copy = new LaneVerifier({ ...this.options, everySignature: true });
    copy.#head = this.#head;
    copy.#batch = this.#batch;
    copy.#ended = this.#ended;
    copy.#proven = this.#proven;
    copy.#pending = this.#pending;
    copy.#last = this.#last;
    copy.#numbers = this.#numbers.copy();
    return copy;
  }

  /**
   * The first fault among `rows`, or `null`; after a fault the verifier is not used again.
   * @param gaps of signed marks, in order, that may lie among the rows; those passed before do no harm
   */
  next(rows: Iterable<StoredRow>, gaps: readonly Gap[] = []): FaultAt | null {
    let place = 0;
    const cross = (): FaultAt | null => {
      for (let gap = gaps[place]; gap && gap.from <= this.#head.sequence + 1; gap = gaps[++place]) {
        const fault = this.#cross(gap);
        if (fault) return fault;
      }
      return null;
    };
    for (const row of rows) {
      const fault = cross() ?? this.#check(row, gaps[place]?.from);
      if (fault) return fault;
      this.#pass(row);
    }
    return cross();
  }

  /** Verifies the last signature passed. Its fault lies anywhere since the one that was verified before it. */
  prove(): FaultAt | null {
    const pending = this.#pending;
    if (!pending) return null;
    this.#pending = null;
    if (!this.options.isSigned(signedMessage(this.options.lane, pending), pending.seal)) {
      return this.#fault('forged', this.#proven + 1, pending.sequence);
    }
    this.#proven = pending.sequence;
    return null;
  }

  /** After the last record: it must be signed, since every batch ends with a signature. */
  end(): FaultAt | null {
    const renumbered = this.#numbers.end();
    if (renumbered) return this.#renumbered(renumbered);
    const forged = this.prove();
    if (forged) return forged;
    const { sequence } = this.#head;
    return this.#ended === sequence ? null : this.#fault('unsigned', sequence, sequence);
  }

  #check(row: StoredRow, nextGap: number | undefined): FaultAt | null {
    const { lane, format } = this.options;
    const sequence = this.#head.sequence + 1;
    if (row.sequence < sequence) return { ...this.#at('inserted', row.sequence), row: reference(row) };
    const own = (fault: ChainFault) => ({ ...this.#at(fault, sequence), row: reference(row) });
    if (row.sequence > sequence) {
      const through = Math.min(row.sequence, nextGap ?? row.sequence) - 1;
      return { ...this.#at('missing', sequence), through, next: reference(row) };
    }
    if (row.lane !== lane || !sameBytes(sha256(row.encoded), row.rowHash)) return own('changed');
    const startsBatch = row.batchStart === sequence;
    if (startsBatch && this.#ended !== this.#head.sequence) {
      return this.#fault('unsigned', this.#head.sequence, this.#head.sequence);
    }
    // Perhaps a record within the batch was given a signature, which seems to end it.
    if (!startsBatch && !this.#continuesBatch(row)) return this.prove() ?? own('unchained');
    if (!sameBytes(nextChain(format, this.#head, row.rowHash, startsBatch), row.chain)) {
      // Covered by this chain value is the signature before, too: perhaps it is that one which does not fit.
      return (startsBatch ? this.prove() : null) ?? own('unchained');
    }
    const renumbered = this.#numbers.next(row);
    return renumbered ? this.#renumbered(renumbered) : this.#checkSeal(row);
  }

  #continuesBatch({ batchStart, sequence }: StoredRow): boolean {
    if (this.#batch === null) return batchStart < sequence;
    return batchStart === this.#batch && this.#ended !== this.#head.sequence;
  }

  #checkSeal(row: StoredRow): FaultAt | null {
    const { sequence, chain, signature } = row;
    if (!signature) return null;
    if (this.#checksAll) {
      if (!this.options.isSigned(signedMessage(this.options.lane, { sequence, chain }), signature)) {
        return { ...this.#fault('forged', this.#ended + 1, sequence), row: reference(row) };
      }
      this.#proven = sequence;
    } else this.#pending = { sequence, chain, seal: signature };
    return null;
  }

  #pass(row: StoredRow): void {
    this.#head = { sequence: row.sequence, chain: row.chain, seal: row.signature ?? NO_SEAL };
    this.#batch = row.batchStart;
    this.#last = row;
    if (row.signature) this.#ended = row.sequence;
    // In format 1 nothing covers what stands there: anybody may have written it.
    if (row.heads !== '' && this.options.format === 2) this.options.onHeads?.(row.heads, reference(row));
  }

  /** The mark that tells of a gap is signed: it vouches for what comes before as a signature does. */
  #cross(gap: Gap): FaultAt | null {
    const { sequence, chain } = this.#head;
    if (gap.to <= sequence) return null;
    if (gap.from === sequence + 1 && !sameBytes(gap.before, chain)) {
      const isProven = this.#proven === sequence;
      return isProven ? this.#at('unchained', gap.from) : this.#fault('forged', this.#proven + 1, sequence);
    }
    // The mark vouches for the chain value before it, not for a signature there, which no later record covers.
    const forged = this.prove();
    if (forged) return forged;
    this.#head = { sequence: gap.to, chain: gap.after, seal: gap.afterSeal };
    this.#batch = null;
    this.#ended = gap.to;
    this.#proven = gap.to;
    this.#last = null;
    return null;
  }

  #at(fault: ChainFault, sequence: number): FaultAt {
    const { lane } = this.options;
    return {
      lane,
      sequence,
      through: sequence,
      fault,
      row: null,
      previous: this.#last && reference(this.#last),
      next: null,
    };
  }

  /** Of records that were passed already, the last of them the newest. */
  #fault(fault: ChainFault, sequence: number, through: number): FaultAt {
    const row = this.#last?.sequence === through ? reference(this.#last) : null;
    return { lane: this.options.lane, sequence, through, fault, row, previous: null, next: null };
  }

  #renumbered({ first, last }: { first: RowReference; last: RowReference }): FaultAt {
    return {
      lane: this.options.lane,
      sequence: first.sequence,
      through: last.sequence,
      fault: 'renumbered',
      row: reference(first),
      previous: null,
      next: null,
    };
  }
}

function reference({ sequence, number, at }: RowReference): RowReference {
  return { sequence, number, at };
}
