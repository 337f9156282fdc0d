import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import { NO_SEAL, type SealedHead, genesis } from '@app/audit';
import { Unavailable } from '@app/kernel';

import { QueryFailedError } from 'typeorm';

import { type DatabaseAddress, type Queryable, connectPrimary, sqlState } from '../database.js';
import { observeLanes } from '../heads/observe-lanes.js';
import type { HeadRegister } from '../heads/head-register.js';

/** A lane as one process writes it. */
export interface OpenLane {
  readonly id: number;
  readonly head: SealedHead;
}

const RESOLVE_WITHIN_MS = 2_000;
const RESOLVE_PAUSE_MS = 50;
// Not given a lock in time, cancelled by a timeout (PostgreSQL manual, appendix A).
const HELD: ReadonlySet<string> = new Set(['55P03', '57014']);
// Random and never reused; below 2^48 so that it stays a plain number everywhere.
const LANE_IDS = 2 ** 48 - 1;

/** Opens and closes lanes, and finds out what became of a commit whose answer was lost. */
export class LaneLedger {
  constructor(
    private readonly address: DatabaseAddress,
    private readonly node: string,
    readonly heads: HeadRegister,
  ) {}

  /**
   * @param predecessor the lane that this one follows, bound into its genesis; closed here in case nobody could, so that
   *                    what may still be on its way to it comes too late. A session that hangs in the middle of a commit
   *                    may hold its row: that commit was told to nobody, and nobody waits for it
   */
  async open(database: Queryable, predecessor: OpenLane | null): Promise<OpenLane> {
    const id = randomInt(1, LANE_IDS);
    if (predecessor) await this.#closeUnlessHeld(database, predecessor);
    await observeLanes(database, this.heads);
    const openedAt = new Date();
    const heads = this.heads.atOpening(id);
    const chain = genesis({
      lane: String(id),
      node: this.node,
      openedAt,
      heads,
      predecessor: predecessor && { lane: String(predecessor.id), head: predecessor.head },
    });
    await database.query(
      `INSERT INTO audit_lane (id, head, node, predecessor, predecessor_seq, predecessor_head, opened_at, heads)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        id,
        chain,
        this.node,
        predecessor?.id ?? null,
        predecessor?.head.sequence ?? null,
        predecessor?.head.chain ?? null,
        openedAt,
        heads,
      ],
    );
    const head = { sequence: 0, chain, seal: NO_SEAL };
    this.heads.moved(id, head);
    return { id, head };
  }

  async close(database: Queryable, lane: OpenLane): Promise<void> {
    this.heads.closed(lane.id);
    await database.query('UPDATE audit_lane SET closed_at = now() WHERE id = $1 AND closed_at IS NULL', [
      lane.id,
    ]);
  }

  async #closeUnlessHeld(database: Queryable, lane: OpenLane): Promise<void> {
    try {
      await this.close(database, lane);
    } catch (error) {
      // Wrapped, where it comes by TypeORM.
      const failure: unknown = error instanceof QueryFailedError ? error.driverError : error;
      if (!HELD.has(sqlState(failure) ?? '')) throw error;
    }
  }

  /**
   * Closes a lane from a new connection and tells where it stands. Closing is what makes the answer final: a commit that
   * still travels finds the lane closed and fails, and one that is under way is waited for.
   *
   * @returns the sequence of the lane's last record
   * @throws Unavailable when it cannot be found out within 2 s
   */
  async fence(lane: OpenLane): Promise<number> {
    let isGivenUp = false;
    const gaveUp = delay(RESOLVE_WITHIN_MS, undefined, { ref: false }).then(() => {
      isGivenUp = true;
      throw new Unavailable('it could not be found out whether the commit took place');
    });
    const found = (async () => {
      for (;;) {
        try {
          return await this.#closedAt(lane);
        } catch (error) {
          // A database that starts again, or another that takes over, may be back in time.
          if (isGivenUp) throw error;
          await delay(RESOLVE_PAUSE_MS);
        }
      }
    })();
    // Whichever comes second is heard by nobody.
    found.catch(() => undefined);
    gaveUp.catch(() => undefined);
    return Promise.race([found, gaveUp]);
  }

  async #closedAt(lane: OpenLane): Promise<number> {
    const client = await connectPrimary(this.address, {
      statement_timeout: RESOLVE_WITHIN_MS,
      query_timeout: RESOLVE_WITHIN_MS,
    });
    try {
      const { rows } = await client.query<{ seq: number }>(
        'UPDATE audit_lane SET closed_at = coalesce(closed_at, now()) WHERE id = $1 RETURNING seq',
        [lane.id],
      );
      const [row] = rows;
      if (!row) throw new Error(`lane ${lane.id} is gone`);
      return row.seq;
    } finally {
      client.end().catch(() => undefined);
    }
  }
}
