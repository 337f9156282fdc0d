import type { FaultAt } from '@app/audit';
import { Conflict } from '@app/kernel';

/** What is to be removed, or what shows that it may be, is not sound: it stays, or no trace of what was done to it would be left. */
export class AuditNotSound extends Conflict {
  override readonly code = 'audit.not-sound';

  constructor(readonly fault: FaultAt) {
    super(
      `record ${fault.sequence} of lane ${fault.lane} is not sound (${fault.fault}): nothing of its stretch is removed; ` +
        "see 'twinlock audit verify'",
    );
  }
}
