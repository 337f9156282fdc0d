import { type ClientAddress, parseClientAddress } from './conditions/address.js';
import type { PolicyQuery } from './policy-set.js';
import type { PolicySubject } from './subject.js';

/** A query whose texts have been read, once for all policies. */
export interface PreparedQuery {
  readonly action: string | undefined;
  /** In lower case. */
  readonly realm: string | undefined;
  readonly subject: PolicySubject | undefined;
  readonly address: ClientAddress | undefined;
  readonly time: Date | undefined;
  readonly emptyClientIsAny: boolean;
}

export function prepareQuery(query: PolicyQuery): PreparedQuery {
  return {
    action: query.action,
    realm: query.realm?.toLowerCase(),
    subject: query.subject,
    address: query.client === undefined ? undefined : parseClientAddress(query.client),
    time: query.time,
    emptyClientIsAny: query.emptyClientIsAny ?? false,
  };
}
