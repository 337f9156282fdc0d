import type { AuditContext, AuditFacts } from '@app/audit';
import type { AdminRights } from '@app/policies';
import { clientNetwork } from '@app/realms';
import type { CurrentUser } from '@app/self-service';
import type { Request as ExpressRequest } from 'express';

import type { LegacyRoute } from './envelope/routes/legacy-route.js';
import type { Parameters } from './envelope/parameters/parameters.js';
import type { RequestOrigin } from './server/client-address.js';

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
  /** Made here, never taken from the client. */
  readonly requestId: string;
  /** `performance.now()` when its head had arrived, in milliseconds. */
  readonly startedAt: number;
  /** URL path as it was sent, with its leading slash, without the query. */
  readonly path: string;
  readonly origin: RequestOrigin;
  /** The client's address as policies and records name it. */
  client: string;
  /** The route that serves this request; `null` until routing is decided, and for anything but legacy routes. */
  route: LegacyRoute | null;
  /** As large may a file of tokens be. */
  tokenFileBytes: number;
  /** Empty until the body was read. */
  parameters: Parameters;
  /** The one reading of query and body, once it has begun. */
  reading: Promise<Parameters> | null;
  administrator: AdminIdentity | null;
  /** What the administrator may do; `null` before the rights were looked at, and on public routes. */
  rights: AdminRights | null;
  /** Whose session of the self-service it is; `null` before it was looked at, on public routes, and for administrators. */
  currentUser: CurrentUser | null;
  audit: AuditContext;
  /** What a handler noted for the record that the envelope writes; not used where a use case commits its own. */
  facts: AuditFacts;
  /** Set by whoever committed the request's record, so that nobody writes it twice. */
  isRecorded: boolean;
}

/** The network of the end user, where a gateway that is trusted passes their address; `null`: it is not known. */
export function endUserNetwork({ client, origin }: Exchange): string | null {
  return client === origin.peer ? null : clientNetwork(client);
}

/** Adds to what the request's record will say; without `succeeded: true` a request is recorded as not successful. */
export function note(exchange: Exchange, facts: Partial<AuditFacts>): void {
  exchange.facts = { ...exchange.facts, ...facts };
}

declare module 'express-serve-static-core' {
  interface Request {
    /** Set by the server before routing; present on every request. */
    exchange: Exchange;
  }
}

export type ExchangeRequest = ExpressRequest;
