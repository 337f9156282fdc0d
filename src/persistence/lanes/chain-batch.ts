import {
  type AuditRecord,
  type ChainedRecord,
  NO_SEAL,
  type SealedHead,
  nextChain,
  rowHash,
} from '@app/audit';

import { arrayLiteral } from './array-literal.js';
import type { AuditSigner } from './audit-signer.js';

/** A batch of records at its place in a lane: what is written, and where the lane then stands. */
export interface ChainBatch {
  readonly laneId: number;
  readonly previous: SealedHead;
  readonly head: SealedHead;
  /** Heads of other lanes that the first record keeps; '': none. */
  readonly heads: string;
  readonly records: readonly AuditRecord[];
  /** One array a column of `RECORD_COLUMNS`, in that order. */
  readonly columns: readonly unknown[][];
}

/** How many records one batch has at most: reads for a single record rely on it. */
export const BATCH_LIMIT = 32;

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
  previous: SealedHead,
  records: readonly AuditRecord[],
  signer: AuditSigner,
  heads = '',
): ChainBatch {
  const lane = String(laneId);
  const batchStart = previous.sequence + 1;
  const columns = RECORD_COLUMNS.map((): unknown[] => []);
  let head = previous;
  records.forEach((record, index) => {
    const sequence = batchStart + index;
    const isFirst = index === 0;
    const hash = rowHash({ format: 2, lane, sequence, batchStart, heads: isFirst ? heads : '' }, record);
    const chain = nextChain(2, head, hash, isFirst);
    const isLast = index === records.length - 1;
    const signature = isLast ? signer.sign(lane, { sequence, chain }) : null;
    head = { sequence, chain, seal: signature ?? NO_SEAL };
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
      chain,
      signature,
    ];
    values.forEach((value, column) => columns[column]?.push(value));
  });
  return { laneId, previous, head, heads, records, columns };
}

/** The records of a batch with their places in the chain. */
export function chainedRecords({ laneId, previous, heads, records, columns }: ChainBatch): ChainedRecord[] {
  const column = (name: string) => columns[RECORD_COLUMNS.findIndex(([other]) => other === name)] ?? [];
  const [hashes, chains, signatures] = [column('row_hash'), column('chain'), column('signature')];
  return records.map((record, index) => ({
    ...record,
    lane: String(laneId),
    sequence: previous.sequence + 1 + index,
    batchStart: previous.sequence + 1,
    rowHash: hashes[index] as Buffer,
    chain: chains[index] as Buffer,
    signature: signatures[index] as Buffer | null,
    heads: index === 0 ? heads : '',
  }));
}

const FIRST_RECORD_PARAMETER = 6;

/**
 * The two common table expressions that put a batch into the chain; parameters $1 … $5 are lane, previous sequence, new
 * sequence, new head, heads for the first record, and from $6 on the record columns. `lane` is empty when the lane moved or
 * was closed.
 */
export const CHAIN_CTES = `
rec AS (
  INSERT INTO audit_record (lane, heads, ${names()})
  SELECT $1::bigint, CASE WHEN r.seq = r.batch_start THEN $5::text ELSE '' END, ${names('r.')} FROM unnest(${arrays()}) AS r(${names()}) ORDER BY r.seq
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
  const { laneId, previous, head, heads, columns } = batch;
  return [laneId, previous.sequence, head.sequence, head.chain, heads, ...columns.map(arrayLiteral)];
}

/** Appends records and nothing else; fails with 22012 (division by zero) when the lane moved or was closed. */
export const APPEND_STATEMENT = `WITH ${CHAIN_CTES} SELECT 1 / (SELECT count(*) FROM lane)::int`;
