import type { Dialect } from './dialect.js';
import type { Statement } from './user-queries.js';

export const CONNECT_TIMEOUT_MS = 5_000;
export const QUERY_TIMEOUT_MS = 5_000;
export const CONNECTIONS = 8;
export const IDLE_MS = 30_000;

/** Pooled connections to one database. */
export interface SqlDatabase {
  readonly dialect: Dialect;
  /**
   * Rows as lists of values, in the order in which they were selected. A connection on which a query failed or took too long
   * is not used again.
   * @throws what the driver throws
   */
  rows(statement: Statement): Promise<readonly (readonly unknown[])[]>;
  /** Whether the driver's error says that a bound text has a character that the database cannot hold. */
  isUnholdable(error: unknown): boolean;
  /** Closes connections as they become free. */
  close(): Promise<void>;
}
