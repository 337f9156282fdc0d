import type { ChainedRecord } from '../audit-record.js';
import { type ChainFormat, encodeRecord } from './chain.js';

/** By what a person finds a record. */
export interface RowReference {
  /** Within its lane. */
  readonly sequence: number;
  /** The running number that searches show. */
  readonly number: number;
  /** Milliseconds since 1970; NaN where the stored value is no such time. */
  readonly at: number;
}

/** A row of the trail as it is stored, with what its hash should cover. */
export interface StoredRow extends RowReference {
  readonly lane: string;
  readonly batchStart: number;
  /** As `encodeRecord` writes the stored columns. */
  readonly encoded: Uint8Array;
  readonly rowHash: Uint8Array;
  readonly chain: Uint8Array;
  readonly signature: Uint8Array | null;
  readonly heads: string;
}

/** @param format of the record's lane */
export function storedRow(format: ChainFormat, record: ChainedRecord, number: number): StoredRow {
  const { lane, sequence, batchStart, rowHash, chain, signature, heads } = record;
  const encoded = encodeRecord({ ...record, format }, record);
  const at = record.at.getTime();
  return { lane, sequence, batchStart, number, at, encoded, rowHash, chain, signature, heads };
}
