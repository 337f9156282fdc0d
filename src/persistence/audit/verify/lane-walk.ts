import {
  type FaultAt,
  LaneVerifier,
  type RowReference,
  type SealedHead,
  type SignatureCheck,
  type StoredRow,
} from '@app/audit';

import { faultAt } from '../fault-at.js';
import { type LaneRow, laneFormat, laneStart } from '../lane-row.js';
import type { Piece, TrailReader } from './trail-reader.js';

export interface LaneWalkOptions {
  readonly isSigned: SignatureCheck;
  readonly everySignature?: boolean;
  /** Absent: from the first record on. What is read of the lane vouches for it only up to the end of the walk. */
  readonly start?: SealedHead;
  /** Hears of each record that names heads of other lanes. */
  readonly onHeads?: (heads: string, record: RowReference) => void;
  /** Hears of records that were passed; only at the end of the walk is it known that they are sound. */
  readonly onRows: (rows: readonly StoredRow[]) => void;
}

/** In one snapshot of the database. */
const PIECE = 50_000;

/** One lane, up to the head that it had when it was read. */
export class LaneWalk {
  #verifier: LaneVerifier;

  constructor(
    private readonly reader: TrailReader,
    private readonly lane: LaneRow,
    private readonly options: LaneWalkOptions,
  ) {
    const { isSigned, everySignature = false, start = laneStart(lane), onHeads } = options;
    this.#verifier = new LaneVerifier({
      lane: String(lane.id),
      format: laneFormat(lane),
      start,
      isSigned,
      everySignature,
      startsAtBatch: start.sequence === 0 || start.seal.length > 0,
      ...(onHeads && { onHeads }),
    });
  }

  async firstFault(): Promise<FaultAt | null> {
    const { id, seq, head } = this.lane;
    while (this.#verifier.head.sequence < seq) {
      const after = this.#verifier.head.sequence;
      const through = Math.min(after + PIECE, seq);
      const thorough = this.#verifier.thorough();
      let fault = await this.#walkPiece(after, through);
      if (fault?.fault === 'forged') {
        // Somewhere since the last signature that was verified: now each one is, and the batch is found.
        this.#verifier = thorough;
        fault = (await this.#walkPiece(after, through)) ?? fault;
      }
      if (fault) return fault;
    }
    const unsigned = this.#verifier.end();
    if (unsigned) return unsigned;
    // Retention went on meanwhile: the mark is signed, and one beyond the lane as it is now is found by itself.
    if (this.#verifier.head.sequence > seq) return null;
    if (this.#verifier.head.sequence === seq && Buffer.compare(this.#verifier.head.chain, head) === 0)
      return null;
    return faultAt(id, 'head-differs', seq, seq, { row: this.#verifier.last });
  }

  #walkPiece(after: number, through: number): Promise<FaultAt | null> {
    return this.reader.piece(this.lane, after, through, async (piece) => {
      const fault = await this.#walk(piece, through);
      const [mark] = piece.forged;
      if (!mark || (fault && fault.sequence < mark.first_seq)) return fault;
      return faultAt(this.lane.id, 'mark-forged', mark.first_seq, mark.last_seq);
    });
  }

  async #walk({ rows, gaps }: Piece, through: number): Promise<FaultAt | null> {
    let fault: FaultAt | null = null;
    for await (const some of rows) {
      // Read to the end all the same: a connection in the middle of its answer is of no use.
      if (fault) continue;
      fault = this.#verifier.next(some, gaps);
      if (!fault) this.options.onRows(some);
    }
    fault ??= this.#verifier.next([], gaps);
    const { sequence } = this.#verifier.head;
    if (fault || sequence >= through) return fault ?? this.#verifier.prove();
    const from = gaps.find((gap) => gap.from > sequence)?.from ?? through + 1;
    const last = this.#verifier.last;
    return faultAt(this.lane.id, 'missing', sequence + 1, from - 1, { previous: last });
  }
}
