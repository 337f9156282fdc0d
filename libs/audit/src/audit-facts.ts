import { storableText } from '@app/kernel';

import { AUDIT_LIMITS, type AuditRecord } from './audit-record.js';

/** What is known of a request before its work begins. */
export interface AuditContext {
  readonly action: string;
  readonly client: string;
  readonly administrator: string;
  /** From the request's own parameters; a use case may know better. */
  readonly user: string;
  readonly realm: string;
}

/** What the work found out. Absent texts: the context's, or empty. */
export interface AuditFacts {
  readonly succeeded: boolean;
  readonly serial?: string;
  readonly tokenType?: string;
  readonly user?: string;
  readonly realm?: string;
  readonly administrator?: string;
  readonly detail?: string;
  readonly info?: string;
  /** The tokens of a change of several: where `serial` cannot hold all their serials, each has a record of its own as well. */
  readonly each?: readonly RecordedToken[];
}

/** One of several tokens. Absent texts: those of the record of all. */
export interface RecordedToken {
  readonly serial: string;
  readonly tokenType?: string;
  readonly user?: string;
  readonly realm?: string;
}

/** A result, and the record that must be committed together with whatever led to it. */
export interface Audited<T> {
  readonly result: T;
  readonly facts: AuditFacts;
}

/** The record of a request: every text clean and cut to its limit (spec/admin-api §1.8). */
export function auditRecord(context: AuditContext, facts: AuditFacts, at: Date, node: string): AuditRecord {
  const text = (value: string, field: keyof typeof AUDIT_LIMITS) => storableText(value, AUDIT_LIMITS[field]);
  return {
    at,
    action: text(context.action, 'action'),
    succeeded: facts.succeeded,
    serial: text(facts.serial ?? '', 'serial'),
    tokenType: text(facts.tokenType ?? '', 'tokenType'),
    user: text(facts.user ?? context.user, 'user'),
    realm: text(facts.realm ?? context.realm, 'realm'),
    administrator: text(facts.administrator ?? context.administrator, 'administrator'),
    detail: text(facts.detail ?? '', 'detail'),
    info: text(facts.info ?? '', 'info'),
    node: text(node, 'node'),
    client: text(context.client, 'client'),
    logLevel: 'INFO',
    clearanceLevel: 0,
  };
}

/**
 * The record of a request and, behind it, those of its tokens where it cannot name them all: each is found by its serial.
 * Made one by one, since there may be very many.
 */
export function* auditRecords(
  context: AuditContext,
  facts: AuditFacts,
  at: Date,
  node: string,
): Generator<AuditRecord> {
  yield auditRecord(context, facts, at, node);
  const { each = [], ...rest } = facts;
  if ((facts.serial?.length ?? 0) <= AUDIT_LIMITS.serial) return;
  for (const token of each) yield auditRecord(context, { ...rest, ...token }, at, node);
}
