import { type FaultAt, type LaneHead, parseHeads } from '@app/audit';
import type { ClientBase } from 'pg';

import { faultAt } from '../fault-at.js';
import type { LaneRow } from '../lane-row.js';
import { chainAt, firstBehind, referenceAt } from './row-at.js';

/** Heads that were kept outside the database: in a file of a node, or a checkpoint. */
export interface HeadSource {
  /** How a person names it. */
  readonly name: string;
  readonly heads: readonly LaneHead[];
}

/** The end of the trail: what could be cut off there without being noticed. */
export interface NewestRecords {
  /** What was kept outside the database; empty: nothing was given. */
  readonly sources: readonly string[];
  /** Records that nothing outside the database vouches for, and the time of the oldest. */
  readonly unproven: number;
  readonly unprovenSince: Date | null;
  /** Those of them that no other lane names either. */
  readonly unnamed: number;
  readonly unnamedSince: Date | null;
}

/** A head that a lane names of another, in its record `bySequence`; 0: when it was opened. */
interface Claim extends LaneHead {
  readonly byLane: string;
  readonly bySequence: number;
}

/** What is known of the heads of lanes beside their own rows, and whether it agrees with them. */
export class Witnesses {
  readonly #rows: ReadonlyMap<string, LaneRow>;
  /** The newest that one lane names of another. */
  readonly #claims = new Map<string, Claim>();

  constructor(
    private readonly lanes: readonly LaneRow[],
    private readonly kept: readonly HeadSource[],
  ) {
    this.#rows = new Map(lanes.map((lane) => [String(lane.id), lane]));
  }

  /** What a lane names when it is opened. Of one without records nothing is signed: it counts for nothing. */
  opened({ id, seq, heads, ...lane }: LaneRow): void {
    if (seq === 0) return;
    for (const head of parseHeads(heads ?? '')) this.named(id, 0, head);
    const { predecessor, predecessor_seq: sequence, predecessor_head: chain } = lane;
    if (predecessor !== null && sequence !== null && chain !== null) {
      this.named(id, 0, { lane: String(predecessor), sequence, chain });
    }
  }

  /** A head that a record names, which is sound. */
  named(byLane: number, bySequence: number, head: LaneHead): void {
    if (head.sequence === 0) return;
    const key = `${head.lane}/${byLane}`;
    const known = this.#claims.get(key);
    // The first that names it is the one that is vouched for soonest.
    if (!known || known.sequence < head.sequence) {
      this.#claims.set(key, { ...head, byLane: String(byLane), bySequence });
    }
  }

  /** Nothing that the lane says from this fault on is to be believed, nor what its row says when that may be the fault. */
  disbelieve({ lane, sequence }: FaultAt): void {
    for (const [key, { byLane, bySequence }] of this.#claims) {
      if (byLane === lane && (bySequence >= sequence || sequence === 1)) this.#claims.delete(key);
    }
  }

  /** @param isFaulty whether a fault of this lane is known already */
  async contradictions(database: ClientBase, isFaulty: (lane: string) => boolean): Promise<FaultAt[]> {
    const newest = new Map<string, Claim>();
    for (const claim of this.#claims.values()) {
      if ((newest.get(claim.lane)?.sequence ?? 0) < claim.sequence) newest.set(claim.lane, claim);
    }
    const heads = [
      ...this.kept.flatMap(({ name, heads: some }) => some.map((head) => ({ head, witness: name }))),
      ...[...newest.values()].map((claim) => ({ head: claim, witness: nameOf(claim) })),
    ];
    const faults: FaultAt[] = [];
    for (const { head, witness } of heads) {
      const fault = isFaulty(head.lane) ? null : await this.#contradiction(database, head, witness);
      if (fault) faults.push(fault);
    }
    return faults;
  }

  async newest(database: ClientBase): Promise<NewestRecords> {
    const proven = new Map<string, number>();
    const raise = ({ lane, sequence }: LaneHead) => {
      const isMore = sequence > (proven.get(lane) ?? 0);
      if (isMore) proven.set(lane, sequence);
      return isMore;
    };
    for (const { heads } of this.kept) for (const head of heads) raise(head);
    // What a record names that is vouched for itself is vouched for, too.
    let isMore = proven.size > 0;
    while (isMore) {
      isMore = false;
      for (const claim of this.#claims.values()) {
        const reached = proven.get(claim.byLane) ?? 0;
        if (reached > 0 && reached >= claim.bySequence && raise(claim)) isMore = true;
      }
    }
    const unproven = await this.#behind(database, proven);
    for (const claim of this.#claims.values()) raise(claim);
    const unnamed = await this.#behind(database, proven);
    return {
      sources: this.kept.map(({ name }) => name),
      unproven: unproven.records,
      unprovenSince: unproven.since,
      unnamed: unnamed.records,
      unnamedSince: unnamed.since,
    };
  }

  async #contradiction(database: ClientBase, head: LaneHead, witness: string): Promise<FaultAt | null> {
    const { lane, sequence, chain } = head;
    if (sequence === 0) return null;
    const row = this.#rows.get(lane);
    if (!row) return faultAt(lane, 'lane-missing', 1, sequence, { witness });
    if (sequence > row.seq) {
      const previous = await referenceAt(database, row.id, row.seq);
      return faultAt(lane, 'cut', row.seq + 1, sequence, { witness, previous });
    }
    const stored = await chainAt(database, row.id, sequence);
    if (!stored || Buffer.compare(stored, chain) === 0) return null;
    const own = await referenceAt(database, row.id, sequence);
    return faultAt(lane, 'rewritten', sequence, sequence, { witness, row: own });
  }

  async #behind(database: ClientBase, heads: ReadonlyMap<string, number>) {
    let records = 0;
    let since: Date | null = null;
    for (const { id, seq } of this.lanes) {
      const reached = heads.get(String(id)) ?? 0;
      if (reached >= seq) continue;
      records += seq - reached;
      const first = await firstBehind(database, id, reached);
      if (first && (!since || first < since)) since = first;
    }
    return { records, since };
  }
}

function nameOf({ byLane, bySequence }: Claim): string {
  return bySequence === 0 ? `the beginning of lane ${byLane}` : `record ${bySequence} of lane ${byLane}`;
}
