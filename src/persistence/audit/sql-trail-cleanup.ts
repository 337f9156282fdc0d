import { setTimeout as delay } from 'node:timers/promises';

import type { AuditContext } from '@app/audit';

import type { Queryable } from '../database.js';
import type { AdministrationLane } from '../lanes/administration-lane.js';
import type { AuditSigner } from '../lanes/audit-signer.js';
import { type NumberedRecord, removeRecords } from './remove-records.js';

/** Which records go: those that all parts say it of; at least one part is given. */
export interface RemovedRecords {
  /** Older ones. */
  readonly before?: Date;
  /** Those with this running number, and lower ones. */
  readonly through?: number;
  readonly isOfAction?: (action: string) => boolean;
}

export interface CleanupHearer {
  /** Before these are gone: they go once this resolves, and stay if it throws. May be called again for the same ones. */
  removing(records: readonly NumberedRecord[]): Promise<void>;
  /** After a part is committed. */
  removed(count: number): void;
}

/** In memory at a time, and so many are removed in one transaction. */
const STRETCH = 5_000;

interface Window {
  readonly first: number;
  readonly last: number;
  readonly lowest: number;
  readonly oldest: Date;
}

/** Removes old records part by part, each a transaction with a record of its own and the marks that keep the chain whole. */
export class SqlTrailCleanup {
  constructor(
    private readonly lane: AdministrationLane,
    private readonly database: Queryable,
    private readonly signer: AuditSigner,
  ) {}

  /** Of all lanes. */
  async count(): Promise<number> {
    const { rows } = await this.database.query<{ count: number }>(COUNT_RECORDS);
    return rows[0]?.count ?? 0;
  }

  /** The highest running number that is left out when only so many of the newest are kept; `null`: there are no more. */
  async lastBeyond(kept: number): Promise<number | null> {
    const { rows } = await this.database.query<{ number: number }>(
      'SELECT number FROM audit_record ORDER BY number DESC OFFSET $1 LIMIT 1',
      [kept],
    );
    return rows[0]?.number ?? null;
  }

  async highest(): Promise<number> {
    return (await this.lastBeyond(0)) ?? 0;
  }

  /**
   * Can be interrupted at any moment, and goes on where it was when it is called again.
   *
   * @returns how many are gone
   * @throws AuditNotSound where a part does not verify: it stays, with everything behind it
   */
  async remove(
    which: RemovedRecords,
    context: AuditContext,
    hearer: CleanupHearer,
    signal: AbortSignal,
  ): Promise<number> {
    const { rows: lanes } = await this.database.query<{ id: number }>(
      'SELECT id FROM audit_lane ORDER BY opened_at, id',
    );
    let total = 0;
    for (const { id } of lanes) {
      for (let after = 0; ;) {
        signal.throwIfAborted();
        const window = await this.#window(id, after);
        if (!window || isBehindAll(window, which)) break;
        const started = performance.now();
        const { removed, through } = await this.#removePart(id, window, which, context, hearer);
        total += removed;
        if (removed > 0) hearer.removed(total);
        after = through;
        // Logins get the database for themselves as long again.
        await pause(performance.now() - started, signal);
      }
    }
    return total;
  }

  async #removePart(
    lane: number,
    { first, last }: Window,
    which: RemovedRecords,
    context: AuditContext,
    hearer: CleanupHearer,
  ): Promise<{ removed: number; through: number }> {
    if (!(await this.#hasAny(lane, first, last, which))) return { removed: 0, through: last };
    return this.lane.run(context, async ({ database }) => {
      const stretch = { lane, after: first - 1, through: last };
      const { removed, through } = await removeRecords(database, this.signer, stretch, (record) =>
        isAmong(record, which),
      );
      await hearer.removing(removed);
      const info = `${removed.length} records removed from lane ${lane}`;
      return { result: { removed: removed.length, through }, facts: { succeeded: true, info } };
    });
  }

  /** The next records of a lane that are there. */
  async #window(lane: number, after: number): Promise<Window | null> {
    const { rows } = await this.database.query<{ [name in keyof Window]: Window[name] | null }>(
      `SELECT min(seq) AS first, max(seq) AS last, min(number) AS lowest, min(at) AS oldest FROM (
         SELECT seq, number, at FROM audit_record WHERE lane = $1 AND seq > $2 ORDER BY seq LIMIT ${STRETCH}
       ) w`,
      [lane, after],
    );
    const [row] = rows;
    if (!row?.first || !row.last || row.lowest === null || !row.oldest) return null;
    return { first: row.first, last: row.last, lowest: row.lowest, oldest: row.oldest };
  }

  /** Without a look at whole records, where there is nothing to do. */
  async #hasAny(lane: number, first: number, last: number, which: RemovedRecords): Promise<boolean> {
    const { rows } = await this.database.query<{ at: Date; number: number; action: string }>(
      `SELECT min(at) AS at, min(number) AS number, action FROM audit_record
       WHERE lane = $1 AND seq BETWEEN $2 AND $3 GROUP BY action`,
      [lane, first, last],
    );
    return rows.some((row) => isAmong(row, which));
  }
}

export const COUNT_RECORDS = `SELECT ((SELECT coalesce(sum(seq), 0) FROM audit_lane)
  - (SELECT coalesce(sum(removed), 0) FROM audit_mark))::bigint AS count`;

function isAmong(
  { at, number, action }: { readonly at: Date; readonly number: number; readonly action: string },
  { before, through, isOfAction }: RemovedRecords,
): boolean {
  return (
    (before === undefined || at < before) &&
    (through === undefined || number <= through) &&
    (isOfAction === undefined || isOfAction(action))
  );
}

/** Numbers of a lane rise, and so do times: nothing that comes later is among them, either. */
function isBehindAll({ lowest, oldest }: Window, { before, through }: RemovedRecords): boolean {
  return (through !== undefined && lowest > through) || (before !== undefined && oldest >= before);
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => signal.throwIfAborted());
}
