import type { Test } from 'supertest';

import type { AdminAgent, Fields } from '../../../support/clients/admin-agent.js';
import type { UserAgent } from '../../../support/clients/user-agent.js';

/** What a record holds of its request; time, node and client are the same for all. */
export interface Columns {
  readonly succeeded: boolean;
  readonly serial: string;
  readonly tokenType: string;
  readonly user: string;
  readonly realm: string;
  readonly administrator: string;
  readonly detail: string;
  readonly info: string;
}
/** @property action where it is not that of the route */
export type Told = Partial<Columns & { readonly action: string }>;
/** Opens a session of its own. */
export interface Entrance {
  login(): Promise<AdminAgent>;
  /** anna is logged in to the self-service already. */
  readonly anna: UserAgent;
  /** Nobody is. */
  readonly stranger: UserAgent;
}
export type Call = (admin: AdminAgent, entrance: Entrance) => PromiseLike<unknown>;

/**
 * A request, and the record that it leaves; columns that are not named are empty, the administrator is the one who is logged in. A list: a
 * record each.
 */
export type Row = readonly [what: string, call: Call, told: Told | readonly Told[]];
/** By the path of the route; `unrecorded`: it writes none (spec/admin-api §1.8, §5). */
export type Rows = Readonly<Record<string, readonly Row[] | 'unrecorded'>>;

export const ADMIN = 'admin@linotp_admins (LinOTP_local_admins)';
export const RESOLVER = 'useridresolver.SQLIdResolver.IdResolver.';
/** ONE (PIN `pin`), MOTP and BERT's TWO have owners, SPARE is of nobody and in no realm. */
export const ONE = { serial: 'ONE', tokenType: 'HMAC', user: 'anna', realm: 'one' } as const;
export const PASSWORD = 'annas password';
/** Active tokens, as every row finds them. */
export const ACTIVE = 4;

export const get =
  (path: string, query: Fields = {}): Call =>
  (admin): Test =>
    admin.get(path, query);
export const post =
  (path: string, form: Fields = {}): Call =>
  (admin): Test =>
    admin.post(path, form);
export const upload =
  (path: string, form: Fields, file: string): Call =>
  (admin): Test =>
    admin.upload(path, form, file);

export const done = (told: Told = {}): Told => ({ succeeded: true, ...told });
/** @param info the message of the error, as clients get it */
export const failed = (info: string, told: Told = {}): Told => ({ succeeded: false, info, ...told });
export const tokennum = (count = ACTIVE) => `tokennum = ${count}`;
/** A failed call of those whose records tell the number of tokens (spec/admin-api §1.8). */
export const failedCounted = (info: string, told: Told = {}): Told =>
  failed(info, { detail: tokennum(), ...told });
