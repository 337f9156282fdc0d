import { Invalid } from '@app/kernel';

import type { ChainedRecord } from '../audit-record.js';

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

export interface AuditFilter {
  /** Only records all of whose realms are among these, and that name one; `null`: all records. */
  readonly within: readonly string[] | null;
  /** SQL LIKE patterns (`%`, `_`) on the field as text. */
  readonly conditions: readonly { readonly field: AuditField; readonly like: string }[];
  readonly combine: 'all' | 'any';
  /** Whatever else is asked for: records of this time alone. */
  readonly from?: Date;
  /** Not included. */
  readonly until?: Date;
}

export interface AuditQuery extends AuditFilter {
  /**
   * Those of one value come in order of their numbers. Where a time is asked for, too, the order of numbers is that of times:
   * they go together, but for records that were written at the same moment.
   */
  readonly sort: { readonly field: AuditField; readonly descending: boolean };
}

export interface AuditPage {
  readonly offset: number;
  readonly limit: number;
}

export interface FoundRecord {
  readonly record: ChainedRecord;
  /** Running number, in order of commit. */
  readonly number: number;
  /** The row is as it was written: hash, link to the row before, and its batch's signature fit. */
  readonly isSound: boolean;
}

/** Up to so many records that match are counted, and sorted by anything. */
export const COUNTED_RECORDS = 10_000;

/** Of more than `COUNTED_RECORDS` only those are in order that have an index for it. */
export class NotSortable extends Invalid {
  override readonly code = 'audit.not-sortable';
  constructor() {
    super(
      'sort',
      `more than ${COUNTED_RECORDS} records match: sorted by number, date, user and serial alone; ask for fewer`,
    );
  }
}

/** What is asked for can only be found by looking at every record, and there are too many of them. */
export class SearchTooWide extends Invalid {
  override readonly code = 'audit.search-too-wide';
  constructor(options?: ErrorOptions) {
    super(
      'search',
      'the search looks at too many records: narrow it by date, user, serial, administrator or action',
      options,
    );
  }
}

export interface FoundPage {
  readonly records: readonly FoundRecord[];
  /** Exact for all records, and for up to `COUNTED_RECORDS` of them; more are the database's estimate. */
  readonly total: number;
}

/** Both methods throw Unavailable, NotSortable, SearchTooWide; and Occupied while too many search at once. */
export abstract class AuditSearch {
  /** A page in memory. */
  abstract find(query: AuditQuery & { readonly page: AuditPage }): Promise<FoundPage>;

  /**
   * All that match, or a page of any size: each batch is read when it is asked for, in a query of its own, so that nothing is
   * held open however long it takes. What is recorded meanwhile is not among them.
   *
   * @param page absent: all
   */
  abstract read(query: AuditQuery & { readonly page?: AuditPage }): Promise<{
    /** As `find` has it. */
    readonly total: number;
    /** To be read once. */
    readonly batches: AsyncIterable<readonly FoundRecord[]>;
  }>;
}
