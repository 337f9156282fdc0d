import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import type { AuditContext, AuditFacts } from '@app/audit';
import type { AdminRights } from '@app/policies';
import type { CurrentUser } from '@app/self-service';

import type { Networks } from '../../config/networks.js';
import type { LegacyRoute } from '../envelope/routes/legacy-route.js';
import { Parameters } from '../envelope/parameters/parameters.js';
import type { AdminIdentity, Exchange } from '../exchange.js';
import { type RequestOrigin, requestOrigin } from './client-address.js';
import type { Forwarding } from './stored-forwarding.js';

// As LinOTP has it: a record says "not successful" until someone says otherwise (spec/admin-api §1.8).
const NOTHING_KNOWN: AuditFacts = { succeeded: false };

// A class, so that all exchanges have one shape: this is made for every request.
class OpenExchange implements Exchange {
  readonly requestId = randomUUID();
  readonly startedAt = performance.now();
  client: string;
  route: LegacyRoute | null = null;
  tokenFileBytes = 0;
  parameters = Parameters.none;
  reading: Promise<Parameters> | null = null;
  administrator: AdminIdentity | null = null;
  rights: AdminRights | null = null;
  currentUser: CurrentUser | null = null;
  audit: AuditContext;
  facts = NOTHING_KNOWN;
  isRecorded = false;

  constructor(
    readonly path: string,
    readonly origin: RequestOrigin,
  ) {
    this.client = origin.client;
    this.audit = { action: actionOf(path), client: origin.client, administrator: '', user: '', realm: '' };
  }
}

/** What is known of a request before it is routed. */
export function openExchange(
  request: IncomingMessage,
  trustedProxies: Networks,
  stored: Forwarding | null = null,
): Exchange {
  const { url = '/' } = request;
  const query = url.indexOf('?');
  const path = query < 0 ? url : url.slice(0, query);
  return new OpenExchange(path, requestOrigin(request, trustedProxies, stored));
}

function actionOf(path: string): string {
  const action = path.startsWith('/') ? path.slice(1) : path;
  if (!action.includes('%')) return action;
  try {
    return decodeURIComponent(action);
  } catch {
    return action;
  }
}
