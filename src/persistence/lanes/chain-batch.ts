import { type AuditRecord, type ChainHead, nextChain, rowHash } from '@app/audit';

import type { AuditSigner } from './audit-signer.js';

/** A batch of records at its place in a lane: what is written, and where the lane then stands. */
export interface ChainBatch {
  readonly laneId: number;
  readonly previous: ChainHead;
  readonly head: ChainHead;
  /** One array a column of `RECORD_COLUMNS`, in that order. */
  readonly columns: readonly unknown[][];
}

/** Column names and array types of what a batch inserts, beside the lane. */
export const RECORD_COLUMNS: readonly (readonly [name: string, type: string])[] = [
  ['seq', 'bigint'],
  ['batch_start', 'bigint'],
  ['at', 'timestamptz'],
  ['action', 'text'],
  ['succeeded', 'bool'],
  ['serial', 'text'],
  ['token_type', 'text'],
  ['username', 'text'],
  ['realm', 'text'],
  ['administrator', 'text'],
  ['detail', 'text'],
  ['info', 'text'],
  ['node', 'text'],
  ['client', 'text'],
  ['log_level', 'text'],
  ['clearance_level', 'int'],
  ['row_hash', 'bytea'],
  ['chain', 'bytea'],
  ['signature', 'bytea'],
];

/** Chains `records` (at least one) behind `previous` and signs the last. */
export function chainBatch(
  laneId: number,
  previous: ChainHead,
  records: readonly AuditRecord[],
  signer: AuditSigner,
): ChainBatch {
  const lane = String(laneId);
  const batchStart = previous.sequence + 1;
  const columns = RECORD_COLUMNS.map((): unknown[] => []);
  let head = previous;
  records.forEach((record, index) => {
    const sequence = batchStart + index;
    const hash = rowHash(lane, sequence, batchStart, record);
    head = { sequence, chain: nextChain(head.chain, hash) };
    const values = [
      sequence,
      batchStart,
      record.at,
      record.action,
      record.succeeded,
      record.serial,
      record.tokenType,
      record.user,
      record.realm,
      record.administrator,
      record.detail,
      record.info,
      record.node,
      record.client,
      record.logLevel,
      record.clearanceLevel,
      hash,
      head.chain,
      index === records.length - 1 ? signer.sign(lane, head) : null,
    ];
    values.forEach((value, column) => columns[column]?.push(value));
  });
  return { laneId, previous, head, columns };
}

const FIRST_RECORD_PARAMETER = 5;

/**
 * The two common table expressions that put a batch into the chain; parameters $1 … $4 are lane, previous sequence, new
 * sequence, new head, and from $5 on the record columns. `lane` is empty when the lane moved or was closed.
 */
export const CHAIN_CTES = `
rec AS (
  INSERT INTO audit_record (lane, ${names()})
  SELECT $1::bigint, ${names('r.')} FROM unnest(${arrays()}) AS r(${names()}) ORDER BY r.seq
),
lane AS (
  UPDATE audit_lane SET seq = $3, head = $4 WHERE id = $1 AND seq = $2 AND closed_at IS NULL RETURNING 1
)`;

function names(prefix = ''): string {
  return RECORD_COLUMNS.map(([name]) => `${prefix}${name}`).join(', ');
}

function arrays(): string {
  return RECORD_COLUMNS.map(([, type], index) => `$${FIRST_RECORD_PARAMETER + index}::${type}[]`).join(', ');
}

/** First parameter free for others behind `CHAIN_CTES`. */
export const NEXT_PARAMETER = FIRST_RECORD_PARAMETER + RECORD_COLUMNS.length;

export function chainParameters(batch: ChainBatch): unknown[] {
  return [batch.laneId, batch.previous.sequence, batch.head.sequence, batch.head.chain, ...batch.columns];
}

/** Appends records and nothing else; fails with 22012 (division by zero) when the lane moved or was closed. */
export const APPEND_STATEMENT = `WITH ${CHAIN_CTES} SELECT 1 / (SELECT count(*) FROM lane)::int`;
