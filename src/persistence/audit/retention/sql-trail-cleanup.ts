import { setTimeout as delay } from 'node:timers/promises';

import type { AuditContext } from '@app/audit';

import { type DatabaseAddress, type Queryable, connectPrimary } from '../../database.js';
import type { AdministrationLane } from '../../lanes/administration-lane.js';
import type { AuditSigner } from '../../lanes/audit-signer.js';
import { AuditNotSound } from './audit-not-sound.js';
import { type TrailPlace, isBehind, newestBeyond } from './newest-records.js';
import { type NumberedRecord, removeRecords } from './remove-records.js';

/**
 * Which records go: those that all parts say it of; at least one part is given. All of it is about what a record's hash covers,
 * so that nobody who writes to the table makes others go.
 */
export interface RemovedRecords {
  /** Older ones. */
  readonly before?: Date;
  /** This one, and those that come before it. */
  readonly through?: TrailPlace;
  readonly isOfAction?: (action: string) => boolean;
}

export interface CleanupHearer {
  /** Before these are gone: they go once this resolves, and stay if it throws. May be called again for the same ones. */
  removing(records: readonly NumberedRecord[]): Promise<void>;
  /** After a part is committed. */
  removed(count: number): void;
}

export interface CleanedUp {
  /** How many are gone. */
  readonly removed: number;
  /** What stays although it was to go, with everything behind it in its lane: the first fault of each such lane. */
  readonly unsound: readonly AuditNotSound[];
}

/** In memory at a time, and so many are removed in one transaction. */
const STRETCH = 5_000;

interface Window {
  readonly first: number;
  readonly last: number;
  /** Milliseconds since 1970. */
  readonly oldest: number;
}

/** Removes old records part by part, each a transaction with a record of its own and the marks that keep the chain whole. */
export class SqlTrailCleanup {
  constructor(
    private readonly lane: AdministrationLane,
    private readonly database: Queryable,
    private readonly address: DatabaseAddress,
    private readonly signer: AuditSigner,
  ) {}

  /** Of all lanes, as the database says. */
  async count(): Promise<number> {
    const { rows } = await this.database.query<{ count: number }>(COUNT_RECORDS);
    return rows[0]?.count ?? 0;
  }

  /**
   * The newest record that goes when only so many are kept; `null`: there are no more. Those that are kept are verified.
   * @throws AuditNotSound, TooFewProven
   */
  async newestBeyond(
    kept: number,
    onVerified: (records: number) => void,
    signal: AbortSignal,
  ): Promise<TrailPlace | null> {
    const connection = await connectPrimary(this.address);
    try {
      return await newestBeyond(connection, this.signer, kept, (records) => {
        signal.throwIfAborted();
        onVerified(records);
      });
    } finally {
      await connection.end().catch(() => undefined);
    }
  }

  /** The highest running number that was given. */
  async highest(): Promise<number> {
    const { rows } = await this.database.query<{ highest: number | null }>(
      'SELECT max(number) AS highest FROM audit_record',
    );
    return rows[0]?.highest ?? 0;
  }

  /** Can be interrupted at any moment, and goes on where it was when it is called again. */
  async remove(
    which: RemovedRecords,
    context: AuditContext,
    hearer: CleanupHearer,
    signal: AbortSignal,
  ): Promise<CleanedUp> {
    const { rows: lanes } = await this.database.query<{ id: number }>(
      'SELECT id FROM audit_lane ORDER BY opened_at, id',
    );
    const unsound: AuditNotSound[] = [];
    let total = 0;
    for (const { id } of lanes) {
      try {
        await this.#removeFromLane(id, which, context, signal, {
          removing: (records) => hearer.removing(records),
          removed: (count) => {
            total += count;
            hearer.removed(total);
          },
        });
      } catch (error) {
        // Other lanes do not rely on this one.
        if (!(error instanceof AuditNotSound)) throw error;
        unsound.push(error);
      }
    }
    return { removed: total, unsound };
  }

  /** @param hearer is told how many are gone of each part */
  async #removeFromLane(
    lane: number,
    which: RemovedRecords,
    context: AuditContext,
    signal: AbortSignal,
    hearer: CleanupHearer,
  ): Promise<void> {
    for (let after = 0; ;) {
      signal.throwIfAborted();
      const window = await this.#window(lane, after);
      if (!window || isBehindAll(window, which)) return;
      const started = performance.now();
      const { removed, through } = await this.#removePart(lane, window, which, context, hearer);
      if (removed > 0) hearer.removed(removed);
      after = through;
      // Logins get the database for themselves as long again.
      await pause(performance.now() - started, signal);
    }
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
        isAmong({ at: record.at.getTime(), lane, sequence: record.sequence, action: record.action }, which),
      );
      await hearer.removing(removed);
      const info = `${removed.length} records removed from lane ${lane}`;
      return { result: { removed: removed.length, through }, facts: { succeeded: true, info } };
    });
  }

  /** The next records of a lane that are there. */
  async #window(lane: number, after: number): Promise<Window | null> {
    const { rows } = await this.database.query<{
      first: number | null;
      last: number | null;
      oldest: Date | null;
    }>(
      `SELECT min(seq) AS first, max(seq) AS last, min(at) AS oldest FROM (
         SELECT seq, at FROM audit_record WHERE lane = $1 AND seq > $2 ORDER BY seq LIMIT ${STRETCH}
       ) w`,
      [lane, after],
    );
    const [row] = rows;
    if (!row?.first || !row.last || row.oldest === null) return null;
    return { first: row.first, last: row.last, oldest: Number(row.oldest) };
  }

  /** Without a look at whole records, where there is nothing to do. */
  async #hasAny(lane: number, first: number, last: number, which: RemovedRecords): Promise<boolean> {
    const { rows } = await this.database.query<{ at: Date; seq: number; action: string }>(
      `SELECT DISTINCT ON (action) at, seq, action FROM audit_record
       WHERE lane = $1 AND seq BETWEEN $2 AND $3 ORDER BY action, at, seq`,
      [lane, first, last],
    );
    return rows.some(({ at, seq: sequence, action }) =>
      isAmong({ at: Number(at), lane, sequence, action }, which),
    );
  }
}

export const COUNT_RECORDS = `SELECT ((SELECT coalesce(sum(seq), 0) FROM audit_lane)
  - (SELECT coalesce(sum(removed), 0) FROM audit_mark))::bigint AS count`;

function isAmong(
  record: TrailPlace & { readonly action: string },
  { before, through, isOfAction }: RemovedRecords,
): boolean {
  return (
    (before === undefined || record.at < before.getTime()) &&
    (through === undefined || !isBehind(record, through)) &&
    (isOfAction === undefined || isOfAction(record.action))
  );
}

/** Times of a lane rise: nothing that comes later is among them, either. */
function isBehindAll({ oldest }: Window, { before, through }: RemovedRecords): boolean {
  return (
    (through !== undefined && oldest > through.at) || (before !== undefined && oldest >= before.getTime())
  );
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => signal.throwIfAborted());
}
