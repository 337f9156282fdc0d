import type pg from 'pg';
import request from 'supertest';

import { type AdminAgent, type Fields, adminAgent } from '../clients/admin-agent.js';
import { type RunningApplication, startApplication } from './application.js';
import { motpAt, yubikeyOtp } from '../clients/otp.js';

export interface Reply {
  readonly result: {
    readonly status: boolean;
    readonly value?: unknown;
    readonly error?: { readonly code: number; readonly message: string };
  };
  readonly id: number;
  readonly detail?: Record<string, unknown>;
}
export interface StoredToken {
  readonly type: string;
  readonly digits: number;
  readonly counter: number;
  readonly failures: number;
  readonly device_public_id: string | null;
  readonly device_private_id: string | null;
  readonly user_pin_sealed: Buffer | null;
  readonly max_successes: number | null;
}
/** Of a table of forms, each lacks what the others have. */
export type SomeFields = Readonly<Record<string, string | undefined>>;

export const MOTP_SEED = '1234567890abcdef';
export const AES_KEY = '00112233445566778899aabbccddeeff';
export const PUBLIC_ID = 'vvccccccdefg';
export const WITHIN_MS = 60_000;

/** What a Yubikey types at a usage and session that make up the counter. */
export const press = (counter: number, more: object = {}) =>
  yubikeyOtp({ keyHex: AES_KEY, usage: Math.floor(counter / 256), session: counter % 256, ...more });
export const motp = (slots = 0, pin = '4711') => motpAt(new Date(), { seed: MOTP_SEED, pin, slots });

/** A server with the user `anna` in the default realm `one`, whose tokens are enrolled and tried out. */
export class TokenServer {
  private constructor(
    readonly server: RunningApplication,
    readonly admin: AdminAgent,
    readonly database: pg.Client,
  ) {}

  static async start(env: Readonly<Record<string, string>> = {}): Promise<TokenServer> {
    const server = await startApplication({ env });
    const admin = await adminAgent(server.url, server.installation);
    const tokens = new TokenServer(server, admin, await server.installation.database.connect());
    await admin.upload(
      '/tools/import_users',
      { resolver: 'first', passwords_in_plaintext: 'true' },
      'anna,1',
    );
    const resolvers = 'useridresolver.SQLIdResolver.IdResolver.first';
    await tokens.ask('/system/setRealm', { realm: 'one', resolvers });
    const { result } = await tokens.ask('/system/setDefaultRealm', { realm: 'one' });
    if (!result.status) throw new Error('the server cannot be prepared');
    return tokens;
  }

  async stop(): Promise<void> {
    await this.database.end();
    await this.server.stop();
  }

  async removeAll(): Promise<void> {
    await this.database.query('DELETE FROM token');
  }

  async ask(path: string, form: SomeFields): Promise<Reply> {
    const present = Object.entries(form).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    );
    return (await this.admin.post(path, Object.fromEntries(present) as Fields)).body as Reply;
  }

  init(form: SomeFields): Promise<Reply> {
    return this.ask('/admin/init', form);
  }

  /** As anybody. */
  async login(path: string, form: Fields): Promise<Reply> {
    return (
      await request(this.server.url)
        .post(path)
        .type('form')
        .send({ ...form })
    ).body as Reply;
  }

  async bySerial(serial: string, pass: string): Promise<unknown> {
    return (await this.login('/validate/check_s', { serial, pass })).result.value;
  }

  async byUser(pass: string): Promise<unknown> {
    return (await this.login('/validate/check', { user: 'anna', pass })).result.value;
  }

  async stored(serial: string): Promise<StoredToken> {
    const { rows } = await this.database.query<StoredToken>('SELECT * FROM token WHERE serial = $1', [
      serial,
    ]);
    const [token] = rows;
    if (!token) throw new Error(`no token ${serial}`);
    return { ...token, counter: Number(token.counter) };
  }
}
