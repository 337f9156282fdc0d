import type { Logger } from 'pino';

import { summarizeError } from '../http/envelope/errors/describe-error.js';
import type { AuditNotSound } from '../persistence/audit/retention/audit-not-sound.js';
import { RetentionObserver } from '../persistence/audit/retention/trail-retention.js';

/** Tells operators what becomes of old records of the audit trail. */
export class RetentionLog extends RetentionObserver {
  constructor(private readonly log: Logger) {
    super();
  }

  removed(records: number): void {
    this.log.info({ records }, 'old records of the audit trail were removed');
  }

  unsound(found: readonly AuditNotSound[]): void {
    this.log.error(
      {
        lanes: found.slice(0, 10).map(({ fault: { lane, sequence, fault } }) => ({ lane, sequence, fault })),
      },
      "old records of the audit trail are not sound, and stay; see 'twinlock audit verify'",
    );
  }

  elsewhere(): void {
    this.log.info('another node is removing old records of the audit trail');
  }

  failed(error: unknown): void {
    this.log.warn(
      { error: summarizeError(error) },
      'old records of the audit trail could not be removed; in an hour again',
    );
  }
}
