import { type FaultAt, LaneVerifier, type SignatureCheck, parseHeads } from '@app/audit';
import type { ClientBase } from 'pg';

import { faultAt } from './fault-at.js';
import { type LaneRow, laneFormat, laneStart } from './lane-row.js';
import { besideLanes, outsideLane } from './misplaced-rows.js';
import { type Piece, type InSnapshot, TrailReader } from './trail-reader.js';
import { type HeadSource, type NewestRecords, Witnesses } from './witnesses.js';

export interface AuditVerification {
  readonly lanes: number;
  readonly records: number;
  /** The first of each lane, oldest first. */
  readonly faults: readonly FaultAt[];
  readonly newest: NewestRecords;
}

export interface VerifyOptions {
  readonly isSigned: SignatureCheck;
  /** Heads that were kept outside the database; read before this begins. */
  readonly kept?: readonly HeadSource[];
  /** Whether all signatures are verified, and not only those that vouch for what comes before them. */
  readonly everySignature?: boolean;
  readonly onProgress?: (records: number) => void;
  readonly inSnapshot?: InSnapshot;
}

const PIECE = 50_000;

/**
 * Walks every lane's chain, in bounded memory, beside a running server (docs/audit.md).
 * @param database a connection that is used for nothing else meanwhile
 */
export async function verifyAudit(database: ClientBase, options: VerifyOptions): Promise<AuditVerification> {
  const reader = new TrailReader(database, options.isSigned, options.inSnapshot);
  // What is added from now on is for the next time.
  const lanes = await reader.lanes();
  const witnesses = new Witnesses(lanes, options.kept ?? []);
  const faults = new Map<string, FaultAt>();
  const add = (fault: FaultAt | null) => {
    if (fault && !faults.has(fault.lane)) faults.set(fault.lane, fault);
  };
  let records = 0;
  for (const lane of lanes) {
    witnesses.opened(lane);
    const walk = new LaneWalk(reader, lane, options, witnesses, (count) => {
      records += count;
      options.onProgress?.(records);
    });
    const fault = (await walk.firstFault()) ?? (await outsideLane(database, lane));
    if (fault) witnesses.disbelieve(fault);
    add(fault);
  }
  for (const fault of await besideLanes(database, lanes)) add(fault);
  for (const fault of await witnesses.contradictions(database, (lane) => faults.has(lane))) add(fault);
  return {
    lanes: lanes.length,
    records,
    faults: [...faults.values()].toSorted((a, b) => when(a) - when(b)),
    newest: await witnesses.newest(database),
  };
}

/** By the rows around a fault; one that nothing dates comes last. */
function when({ row, previous, next }: FaultAt): number {
  const at = row?.at ?? previous?.at ?? next?.at ?? NaN;
  return Number.isNaN(at) ? Number.MAX_VALUE : at;
}

/** One lane, up to the head that it had when it was read. */
class LaneWalk {
  #verifier: LaneVerifier;

  constructor(
    private readonly reader: TrailReader,
    private readonly lane: LaneRow,
    { isSigned, everySignature = false }: VerifyOptions,
    witnesses: Witnesses,
    private readonly count: (records: number) => void,
  ) {
    this.#verifier = new LaneVerifier({
      lane: String(lane.id),
      format: laneFormat(lane),
      start: laneStart(lane),
      isSigned,
      everySignature,
      onHeads: (text, { sequence }) => {
        for (const head of parseHeads(text)) witnesses.named(lane.id, sequence, head);
      },
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
      if (!fault) this.count(some.length);
    }
    fault ??= this.#verifier.next([], gaps);
    const { sequence } = this.#verifier.head;
    if (fault || sequence >= through) return fault ?? this.#verifier.prove();
    const from = gaps.find((gap) => gap.from > sequence)?.from ?? through + 1;
    const last = this.#verifier.last;
    return faultAt(this.lane.id, 'missing', sequence + 1, from - 1, { previous: last });
  }
}
