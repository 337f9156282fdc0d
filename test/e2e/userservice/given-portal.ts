import type pg from 'pg';

import { type AdminAgent, type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { type RunningApplication, startApplication } from '../../support/application/application.js';
import { type GivenPolicy, givePolicies } from '../../support/domain/given-policies.js';
import { type Installation, givenInstallation } from '../../support/application/installation.js';
import { RFC_KEY_HEX } from '../../support/clients/otp.js';

export const RESOLVER = 'useridresolver.SQLIdResolver.IdResolver.';

/** What came back, and what became of the session's cookie. */
export interface PortalAnswer {
  readonly status: number;
  readonly id: unknown;
  readonly value: unknown;
  readonly error: { readonly code: number; readonly message: string } | undefined;
  readonly detail: Readonly<Record<string, unknown>> | undefined;
  /** Of `user_selfservice`; `''`: it is to be forgotten; `null`: nothing is said of it. */
  readonly cookie: string | null;
  /** Set-Cookie, as it stands there. */
  readonly cookies: readonly string[];
}

export interface Said {
  /** Sent as cookie and as parameter. */
  readonly session?: string;
  /** The name of the cookie. */
  readonly cookieName?: string;
  readonly node?: number;
  /** The address that the client comes from. */
  readonly client?: string;
  readonly method?: 'GET' | 'POST';
}

/** Passwords of all of them. */
export const passwordOf = (login: string) => `password of ${login}`;

/** Two nodes of one installation, behind a proxy that tells where clients come from. */
export async function givenPortal(): Promise<Portal> {
  const installation = await givenInstallation();
  const env = { TWINLOCK_TRUSTED_PROXIES: '127.0.0.1' };
  const first = await startApplication({ env, installation });
  const second = await startApplication({ env, installation });
  const admin = await adminAgent(first.url, installation);
  const database = await installation.database.connect();
  return new Portal(installation, [first, second], admin, database);
}

/** anna, bert and carl in realm staff, which is the default; another anna and doris in realm guests. */
export async function givenStaffAndGuests(): Promise<Portal> {
  const portal = await givenPortal();
  await portal.users('first', ['anna', 'bert', 'carl']);
  await portal.users('second', ['anna', 'doris']);
  await portal.realm('staff', 'first');
  await portal.realm('guests', 'second');
  await portal.change('/system/setDefaultRealm', { realm: 'staff' });
  return portal;
}

export class Portal {
  constructor(
    readonly installation: Installation,
    readonly nodes: readonly RunningApplication[],
    readonly admin: AdminAgent,
    readonly database: pg.Client,
  ) {}

  async close(): Promise<void> {
    await this.database.end();
    for (const node of this.nodes) await node.stop();
    await this.installation.remove();
  }

  /** Everybody of a resolver, in place of whoever was there. @param passwords by login, where it is not the usual one */
  async users(resolver: string, logins: readonly string[], passwords: Fields = {}): Promise<void> {
    const lines = logins.map(
      (login) => `${login},${login} id,,,,,+49 ${login.length},${passwords[login] ?? passwordOf(login)}`,
    );
    const form = { resolver, passwords_in_plaintext: 'true', dryrun: 'false' };
    await this.#done(this.admin.upload('/tools/import_users', form, lines.join('\n')));
  }

  async realm(realm: string, ...resolvers: readonly string[]): Promise<void> {
    const named = resolvers.map((name) => `${RESOLVER}${name}`).join(',');
    await this.#done(this.admin.post('/system/setRealm', { realm, resolvers: named }));
  }

  async enrol(serial: string, form: Fields): Promise<void> {
    await this.#done(this.admin.post('/admin/init', { serial, otpkey: RFC_KEY_HEX, pin: 'pin', ...form }));
  }

  async change(path: string, form: Fields): Promise<void> {
    await this.#done(this.admin.post(path, form));
  }

  policies(...policies: readonly GivenPolicy[]): Promise<void> {
    return givePolicies(this.database, policies);
  }

  /** Of scope `selfservice`, for everybody. */
  selfService(...actions: readonly string[]): Promise<void> {
    return this.policies(...actions.map((action) => ({ scope: 'selfservice', action })));
  }

  async call(name: string, fields: Fields = {}, said: Said = {}): Promise<PortalAnswer> {
    const {
      session,
      cookieName = 'user_selfservice',
      node = 0,
      client = '192.0.2.10',
      method = 'POST',
    } = said;
    const url = `${this.nodes[node]?.url}/userservice/${name}`;
    const parameters = new URLSearchParams({ ...fields, ...(session !== undefined && { session }) });
    const headers = {
      'x-forwarded-for': client,
      ...(session !== undefined && { cookie: `${cookieName}=${session}` }),
    };
    const response =
      method === 'GET'
        ? await fetch(`${url}?${parameters}`, { headers })
        : await fetch(url, { method, headers, body: parameters });
    const { result, id, detail } = (await response.json()) as {
      result: { value: unknown; error?: { code: number; message: string } };
      id: unknown;
      detail?: Record<string, unknown>;
    };
    const cookies = response.headers.getSetCookie();
    const own = cookies.find((cookie) => cookie.startsWith('user_selfservice='));
    const cookie = own ? (/=([^;]*)/.exec(own)?.[1] ?? '') : null;
    return { status: response.status, id, value: result.value, error: result.error, detail, cookie, cookies };
  }

  /** The first step. */
  login(login: string, fields: Fields = {}, said: Said = {}): Promise<PortalAnswer> {
    return this.call('login', { login, password: passwordOf(login), ...fields }, said);
  }

  /** The session of the first step. */
  async session(login: string, said: Said = {}): Promise<string> {
    const { cookie } = await this.login(login, {}, said);
    if (!cookie) throw new Error(`${login} got no session`);
    return cookie;
  }

  /** Whether the session is one, in whatever state. */
  async isAlive(session: string, said: Said = {}): Promise<boolean> {
    return (await this.call('userinfo', {}, { session, ...said })).status === 200;
  }

  /** Whether the login is complete. */
  async isIn(session: string, said: Said = {}): Promise<boolean> {
    return (await this.call('context', {}, { session, ...said })).status === 200;
  }

  async failuresOf(serial: string): Promise<number> {
    const { rows } = await this.database.query('SELECT failures FROM token WHERE serial = $1', [serial]);
    return Number(rows[0]?.failures);
  }

  async #done(
    asked: PromiseLike<{ readonly text: string; readonly body: { result?: { status?: boolean } } }>,
  ) {
    const { body, text } = await asked;
    if (body.result?.status !== true) throw new Error(text);
  }
}
