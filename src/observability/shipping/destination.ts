import type { ChainedRecord } from '@app/audit';

/** A place that records are shipped to. */
export interface Destination {
  /** As the setting names it. */
  readonly name: string;
  /** Resolves when it has taken them, or the operating system has. @throws Error when it could not: they are offered again */
  send(records: readonly ChainedRecord[]): Promise<void>;
  close(): void;
}
