import request from 'supertest';

import type { Fields } from '../../../support/clients/admin-agent.js';
import { type GivenPolicy, givePolicies } from '../../../support/domain/given-policies.js';
import { type Reply, type StoredToken, TokenServer } from '../../../support/application/token-server.js';
import { type Endpoint, OTHER_PIN, PIN } from './cases.js';
import { Elsewhere } from './elsewhere.js';
import { rememberQuestion } from './newest-question.js';
import { Keys, RELYING_PARTY, registeredElsewhere } from './keys.js';
import { CALLBACKS, Phones } from './phones.js';
import { Messages } from './sent-otps.js';
import type { TypeRow } from './types.js';

export interface Recorded {
  readonly succeeded: boolean;
  readonly detail: string;
  readonly info: string;
  readonly serial: string;
  readonly tokenType: string;
}

/** Anna with the token T1 and Bernd with the token T2, in two realms. */
export class World {
  private constructor(
    private readonly tokens: TokenServer,
    private readonly messages: Messages,
    private readonly elsewhere: Elsewhere,
    private readonly phones: Phones,
    private readonly keys: Keys,
  ) {}

  static async start(): Promise<World> {
    const tokens = await TokenServer.start();
    const form = { resolver: 'first', passwords_in_plaintext: 'true' };
    await tokens.admin.upload('/tools/import_users', form, 'anna,1\nbernd,2');
    await tokens.ask('/system/setRealm', {
      realm: 'two',
      resolvers: 'useridresolver.SQLIdResolver.IdResolver.first',
    });
    const messages = await Messages.start();
    for (const provider of messages.providers()) await tokens.ask('/system/setProvider', provider);
    const elsewhere = await Elsewhere.start();
    await tokens.ask('/system/setConfig', elsewhere.settings());
    const phones = await Phones.start();
    await tokens.ask('/system/setProvider', phones.provider());
    return new World(tokens, messages, elsewhere, phones, new Keys());
  }

  async stop(): Promise<void> {
    await this.tokens.stop();
    await Promise.all([this.messages.close(), this.elsewhere.close(), this.phones.close()]);
  }

  async removeAll(): Promise<void> {
    await this.tokens.removeAll();
    this.elsewhere.forget();
    this.phones.forget();
    this.keys.forget();
    await this.tokens.database.query('DELETE FROM challenge');
  }

  givePolicies(policies: readonly GivenPolicy[]): Promise<void> {
    return givePolicies(this.tokens.database, [...CALLBACKS, RELYING_PARTY, ...policies]);
  }

  /** Anna's token; or it once more. */
  async enrol(row: TypeRow, more: Fields = {}): Promise<void> {
    if (row.target) await this.change('/admin/init', row.target(0));
    const form = { serial: 'T1', user: 'anna', pin: PIN, ...more };
    if (row.isImported) return this.#import(form);
    await this.#init({ type: row.type, ...row.form(0), ...this.elsewhere.places(row.type), ...form });
  }

  /** Bernd's token. */
  async enrolOther(row: TypeRow): Promise<void> {
    if (row.target) await this.change('/admin/init', row.target(1));
    const form = { serial: 'T2', user: 'bernd', pin: OTHER_PIN };
    if (row.isImported) return this.#import(form);
    await this.#init({ type: row.type, ...row.form(1), ...this.elsewhere.places(row.type), ...form });
  }

  async #init(form: Readonly<Record<'serial' | 'pin', string>> & Fields): Promise<void> {
    const { result, detail } = await this.tokens.ask('/admin/init', form);
    if (!result.status) throw new Error(`/admin/init: ${JSON.stringify(result)}`);
    const post = async (path: string, said: Fields) => (await this.tokens.login(path, said)).detail ?? {};
    await this.phones.pair(form.serial, form.pin, { detail, calls: { post } });
    const ask = async (path: string, said: Fields) => (await this.tokens.ask(path, said)).detail ?? {};
    await this.keys.register(form, { detail, calls: { post: ask } });
  }

  async #import({ serial, user, pin }: Readonly<Record<'serial' | 'user' | 'pin', string>>): Promise<void> {
    const file = registeredElsewhere(serial, user);
    const { text } = await this.tokens.admin.upload(
      '/admin/loadtokens',
      { type: 'u2f', enable: 'true' },
      file,
    );
    if (!text.includes('1 tokens were imported')) throw new Error(`/admin/loadtokens: ${text}`);
    await this.change('/admin/set', { serial, pin });
  }

  /** @throws when the administrator was refused */
  async change(path: string, form: Fields): Promise<void> {
    const { result } = await this.tokens.ask(path, form);
    if (!result.status) throw new Error(`${path}: ${JSON.stringify(result)}`);
  }

  /** Limits of T1 in time, as seconds from now. */
  valid(limits: Readonly<Record<string, number>>): Promise<void> {
    const now = Math.floor(Date.now() / 1000);
    const times = Object.entries(limits).map(([name, seconds]) => [name, String(now + seconds)]);
    return this.change('/admin/setValidity', { 'tokens[]': 'T1', ...Object.fromEntries(times) });
  }

  /** Anna logs in. @throws when she is refused */
  async logIn(pass: string, more: Fields = {}): Promise<void> {
    const { result } = await this.post('check', { user: 'anna', pass, ...more });
    if (result.value !== true) throw new Error(`she is refused: ${JSON.stringify(result)}`);
  }

  /** A user is asked for the OTP. @returns the transaction */
  async challenge({ asking = {} }: TypeRow, user: string, pass: string): Promise<string> {
    const { detail } = await this.post('check', { user, pass, ...asking });
    const id = detail?.['transactionid'];
    if (typeof id !== 'string') throw new Error(`${user} is not asked`);
    this.messages.read();
    this.phones.show(detail ?? {});
    this.keys.show(detail ?? {});
    rememberQuestion(detail?.['challenge']);
    return id;
  }

  async expireChallenges(): Promise<void> {
    await this.tokens.database.query('UPDATE challenge SET expires_at = clock_timestamp()');
  }

  /** Challenges of T2, as they stand. */
  async otherChallenges(): Promise<readonly string[]> {
    const { rows } = await this.tokens.database.query<{ state: string; count: number }>(
      `SELECT state, received_count AS count FROM challenge WHERE serial = 'T2'`,
    );
    return rows.map(({ state, count }) => `${state}, ${count} answers`);
  }

  /** T1 has failed twice before. */
  async failTwice(): Promise<void> {
    await this.tokens.database.query(`UPDATE token SET failures = 2`);
  }

  stored(serial = 'T1'): Promise<StoredToken> {
    return this.tokens.stored(serial);
  }

  async post(endpoint: Endpoint, form: Fields): Promise<Reply> {
    return this.tokens.login(`/validate/${endpoint}`, form);
  }

  /** As anybody; whatever the endpoint answers a yes with. */
  async isAccepted(endpoint: Endpoint, form: Fields): Promise<boolean> {
    if (endpoint === 'simplecheck') {
      const { text } = await request(this.tokens.server.url)
        .post('/validate/simplecheck')
        .type('form')
        .send({ ...form });
      if (text !== ':-)' && text !== ':-(') throw new Error(`simplecheck says ${text}`);
      return text === ':-)';
    }
    const { value } = (await this.post(endpoint, form)).result;
    if (endpoint === 'check_t') return (value as { value: unknown }).value === true;
    if (endpoint === 'samlcheck') return (value as { auth?: unknown }).auth === true;
    return value === true;
  }

  async newestRecord(): Promise<Recorded | undefined> {
    const { rows } = await this.tokens.database.query<Recorded>(
      `SELECT succeeded, detail, info, serial, token_type AS "tokenType" FROM audit_record ORDER BY number DESC LIMIT 1`,
    );
    return rows[0];
  }
}
