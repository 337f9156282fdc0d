import { type AuditField, type AuditQuery, AuditSearch, type FoundRecord, soundRecords } from '@app/audit';

import { type Queryable, asUnavailable } from '../database.js';
import type { AuditSigner } from '../lanes/audit-signer.js';
import { SqlValues } from '../tokens/token-conditions.js';
import { type LaneRow, laneStart } from './lane-row.js';
import { type RecordRow, toChainedRecord } from './record-row.js';

const COLUMNS: Readonly<Record<AuditField, string>> = {
  number: 'number',
  at: 'at',
  action: 'action',
  succeeded: 'succeeded',
  serial: 'serial',
  tokenType: 'token_type',
  user: 'username',
  realm: 'realm',
  administrator: 'administrator',
  detail: 'detail',
  info: 'info',
  node: 'node',
  client: 'client',
  logLevel: 'log_level',
  clearanceLevel: 'clearance_level',
};

// What clients match against is the text that they are shown.
const AS_TEXT: Partial<Record<AuditField, string>> = {
  number: 'number::text',
  at: `to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"+00:00"')`,
  succeeded: `CASE WHEN succeeded THEN '1' ELSE '0' END`,
  administrator: `'''' || administrator || ''''`,
  clearanceLevel: 'clearance_level::text',
};

export class SqlAuditSearch extends AuditSearch {
  constructor(
    private readonly database: Queryable,
    private readonly signer: AuditSigner,
  ) {
    super();
  }

  async find(query: AuditQuery): Promise<{ records: FoundRecord[]; total: number }> {
    const values = new SqlValues();
    const conditions = query.conditions.map(
      ({ field, like }) => `${AS_TEXT[field] ?? COLUMNS[field]} LIKE ${values.add(pattern(like))}`,
    );
    const asked = conditions.join(query.combine === 'all' ? ' AND ' : ' OR ') || 'true';
    // A record of several tokens names their realms, each after a blank.
    const where = query.within
      ? `(${asked}) AND realm <> '' AND string_to_array(lower(realm), ' ') <@ ${values.add(query.within)}::text[]`
      : asked;
    const counted = [...values.values];
    const direction = query.sort.descending ? 'DESC' : 'ASC';
    const limits = query.page
      ? ` LIMIT ${values.add(query.page.limit)} OFFSET ${values.add(Math.min(query.page.offset, Number.MAX_SAFE_INTEGER))}`
      : '';
    try {
      const { rows } = await this.database.query<RecordRow>(
        `SELECT * FROM audit_record WHERE ${where}
         ORDER BY ${COLUMNS[query.sort.field]} ${direction}, number ${direction}${limits}`,
        values.values,
      );
      const sound = await this.#soundAmong(rows);
      const records = rows.map((row) => ({
        record: toChainedRecord(row),
        number: row.number,
        isSound: sound.has(keyOf(row)),
      }));
      if (!query.page) return { records, total: records.length };
      const total = await this.database.query<{ count: number }>(
        `SELECT count(*) AS count FROM audit_record WHERE ${where}`,
        counted,
      );
      return { records, total: total.rows[0]?.count ?? 0 };
    } catch (error) {
      throw asUnavailable(error);
    }
  }

  /** Checks the batches that the rows lie in: two queries, whatever the page holds. */
  async #soundAmong(rows: readonly RecordRow[]): Promise<Set<string>> {
    const sound = new Set<string>();
    if (rows.length === 0) return sound;
    const batches = [...new Map(rows.map((row) => [`${row.lane}/${row.batch_start}`, row])).values()];
    const lanes = batches.map((row) => row.lane);
    const starts = batches.map((row) => row.batch_start);
    const stored = await this.database.query<RecordRow>(
      `SELECT r.* FROM unnest($1::bigint[], $2::bigint[]) AS b(lane, start)
       JOIN audit_record r ON r.lane = b.lane AND (r.seq = b.start - 1 OR (r.seq >= b.start AND r.batch_start = b.start))
       ORDER BY r.lane, r.seq`,
      [lanes, starts],
    );
    const opened = await this.database.query<LaneRow>(
      'SELECT * FROM audit_lane WHERE id = ANY($1::bigint[])',
      [lanes],
    );
    const begins = new Map(opened.rows.map((row) => [row.id, laneStart(row).chain]));
    for (const batch of batches) {
      const ofLane = stored.rows.filter((row) => row.lane === batch.lane);
      const before = ofLane.find((row) => row.seq === batch.batch_start - 1);
      const records = ofLane.filter((row) => row.batch_start === batch.batch_start);
      const previous = batch.batch_start === 1 ? (begins.get(batch.lane) ?? null) : (before?.chain ?? null);
      const unique = [...new Map(records.map((row) => [row.seq, row])).values()];
      const good = soundRecords(
        String(batch.lane),
        unique.map(toChainedRecord),
        previous,
        this.signer.isSigned,
      );
      for (const seq of good) sound.add(`${batch.lane}/${seq}`);
    }
    return sound;
  }
}

function keyOf(row: RecordRow): string {
  return `${row.lane}/${row.seq}`;
}

/** A pattern as clients write it; a backslash at its end, which PostgreSQL refuses, stands for itself. */
function pattern(like: string): string {
  const [backslashes = ''] = /\\*$/.exec(like) ?? [];
  return backslashes.length % 2 === 0 ? like : `${like}\\`;
}
