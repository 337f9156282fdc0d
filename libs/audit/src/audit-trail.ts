import type { AuditContext, AuditFacts } from './audit-facts.js';

/** Where records of requests that change nothing go. Changes bring their record into their own transaction. */
export abstract class AuditTrail {
  /**
   * Resolves after the record is durable.
   * @throws Unavailable when it could not be written: the request must then not be answered as if it had been
   */
  abstract append(context: AuditContext, facts: AuditFacts): Promise<void>;
}
