import type { AuditContext } from '@app/audit';

import type { ReportedCount } from './report-change.js';
import type { ReportedStatus } from './reported-statuses.js';

/** A number as it was reported. */
export interface TokenReport extends ReportedCount {
  readonly at: Date;
}

/** Which numbers are meant: those of one of the realms and in one of the states. */
export interface ReportSelection {
  readonly realms: readonly string[];
  readonly statuses: readonly ReportedStatus[];
}

/** As a selection; also of realms that there are none of any more. */
export interface ReportFilter {
  /** `null`: all that were ever reported of. */
  readonly realms: readonly string[] | null;
  readonly statuses: readonly ReportedStatus[];
}

/** From `from` on, before `to`. */
export interface ReportPeriod {
  readonly from: Date;
  readonly to: Date;
}

/** The highest number of a realm and a state. */
export interface HighestCount {
  readonly realm: string;
  readonly status: ReportedStatus;
  readonly count: number;
}

export type ReportSortKey = 'at' | 'event' | 'realm' | 'status' | 'count';

export interface ReportQuery extends ReportFilter {
  /** Absent: whenever it was reported. */
  readonly since?: Date;
  readonly sort: { readonly key: ReportSortKey; readonly descending: boolean };
  /** Absent: all. */
  readonly page?: { readonly offset: number; readonly limit: number };
}

/** What matches, as it was at one moment. */
export interface ReportReading {
  /** On all pages. */
  readonly total: number;
  readonly batches: AsyncIterable<readonly TokenReport[]>;
  /** Lets go of the database; to be called whether or not all was read. Any number of times. */
  close(): Promise<void>;
}

/** Reported numbers. All methods throw Unavailable. */
export abstract class TokenReports {
  /** Of whatever time; what was never reported is left out. */
  abstract highest(selection: ReportSelection): Promise<readonly HighestCount[]>;
  /** Within a period. Where nothing was reported in it, the number is the last one before. */
  abstract highestIn(selection: ReportSelection, period: ReportPeriod): Promise<readonly HighestCount[]>;
  /** @throws Occupied while too many long lists are read */
  abstract read(query: ReportQuery): Promise<ReportReading>;
  /**
   * Removes reports for good. Very many go in several transactions, each with a record of how many went.
   * @param before absent: of whatever time
   * @returns how many there were
   */
  abstract remove(filter: ReportFilter, before: Date | null, context: AuditContext): Promise<number>;
}
