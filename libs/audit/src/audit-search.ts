import type { ChainedRecord } from './audit-record.js';

export type AuditField =
  | 'number'
  | 'at'
  | 'action'
  | 'succeeded'
  | 'serial'
  | 'tokenType'
  | 'user'
  | 'realm'
  | 'administrator'
  | 'detail'
  | 'info'
  | 'node'
  | 'client'
  | 'logLevel'
  | 'clearanceLevel';

export interface AuditQuery {
  /** Only records all of whose realms are among these, and that name one; `null`: all records. */
  readonly within: readonly string[] | null;
  /** SQL LIKE patterns (`%`, `_`) on the field as text. */
  readonly conditions: readonly { readonly field: AuditField; readonly like: string }[];
  readonly combine: 'all' | 'any';
  readonly sort: { readonly field: AuditField; readonly descending: boolean };
  /** Absent: everything. */
  readonly page?: { readonly offset: number; readonly limit: number };
}

export interface FoundRecord {
  readonly record: ChainedRecord;
  /** Running number, in order of commit. */
  readonly number: number;
  /** The row is as it was written: hash, link to the row before, and its batch's signature fit. */
  readonly isSound: boolean;
}

export abstract class AuditSearch {
  /** @throws Unavailable */
  abstract find(
    query: AuditQuery,
  ): Promise<{ readonly records: readonly FoundRecord[]; readonly total: number }>;
}
