import type { PostgresServer } from './postgres-server.js';

/** It stays down after it gave up, until a suite revives it. */
export const STAYS_DOWN = { restart_after_crash: 'off' };

/** A server, and what takes its room away. */
export interface FilledDisk {
  readonly server: PostgresServer;
  /** What it holds can hardly grow; it goes on, or gives up. */
  fillForData(): Promise<void>;
  /** It gave up when this returns. */
  fillForLog(): Promise<void>;
  free(): Promise<void>;
  remove(): Promise<void>;
}
