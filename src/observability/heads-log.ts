import type { Logger } from 'pino';

import { summarizeError } from '../http/envelope/errors/describe-error.js';
import { HeadsObserver } from '../persistence/heads/heads-observer.js';

/** Tells operators what becomes of the heads of the audit trail, which are kept outside the database. */
export class HeadsLog extends HeadsObserver {
  constructor(private readonly log: Logger) {
    super();
  }

  headsNotKept(folder: string, error: unknown): void {
    this.log.warn(
      { folder, error: summarizeError(error) },
      'heads of the audit trail cannot be kept outside the database: whether its newest records are cut off will not show',
    );
  }

  headsKept(folder: string): void {
    this.log.info({ folder }, 'heads of the audit trail are kept outside the database again');
  }

  headsMissing(lanes: readonly string[]): void {
    this.log.error(
      { lanes: lanes.slice(0, 10), count: lanes.length },
      "the audit trail lacks records that it had: its end was cut off, or an old state put back; see 'twinlock audit verify'",
    );
  }
}
