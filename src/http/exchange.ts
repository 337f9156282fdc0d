import type { AuditContext } from '@app/audit';
import type { Request } from 'express';

import type { Parameters } from './envelope/parameters.js';

/** Who is logged in to the administration. */
export interface AdminIdentity {
  readonly username: string;
  readonly realm: string;
  /** Name of the resolver that knows them. */
  readonly resolver: string;
}

/** `login@realm (resolver)`: how policies and records name an administrator (spec/system-api §5.1). */
export function administratorText(identity: AdminIdentity): string {
  return `${identity.username}@${identity.realm} (${identity.resolver})`;
}

/** Everything that guards found out about one request, for those that come after them. */
export interface Exchange {
  readonly requestId: string;
  /** The client's address as policies and records name it. */
  client: string;
  /** Empty until the body was read. */
  parameters: Parameters;
  administrator: AdminIdentity | null;
  audit: AuditContext;
  /** Set by whoever committed the request's record, so that nobody writes it twice. */
  isRecorded: boolean;
}

declare module 'express-serve-static-core' {
  interface Request {
    /** Set by the server before routing; present on every request. */
    exchange: Exchange;
  }
}

export type ExchangeRequest = Request;
