import { createHash } from 'node:crypto';

import { LoginClient } from '../../faults/login-client.js';
import { type AdminAgent, type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { ADMINISTRATOR, givenInstallation } from '../../support/application/installation.js';
import { startProcess } from '../../support/application/process.js';
import type { Model } from './model.js';

export interface TownAnswer {
  readonly kind: 'accepted' | 'refused' | 'challenged' | 'failed';
  readonly text: string;
  /** Of a challenge: what answers it, by the serial of the token; `''` where only all of them together are told. */
  readonly asked: ReadonlyMap<string, string>;
}

export interface AdminAnswer {
  readonly status: number | null;
  readonly text: string;
  readonly result: { readonly status: boolean; readonly value: unknown } | null;
}

export interface StoredToken {
  readonly serial: string;
  readonly failures: number;
  readonly isEnabled: boolean;
  readonly counter: number;
}

interface ShownToken {
  readonly 'LinOtp.TokenSerialnumber': string;
  readonly 'LinOtp.FailCount': number;
  readonly 'LinOtp.Isactive': boolean;
  readonly 'LinOtp.Count': number;
}

const USERS = 3;

/** A part of a server that one walker has for itself: two realms, a few users, tokens, policies. */
export class Town {
  #run = 0;
  #policies: string[] = [];
  #settings: string[] = [];

  private constructor(
    readonly name: string,
    private readonly client: LoginClient,
    private readonly admin: AdminAgent,
    private readonly session: Session,
    /** Whether nobody else lives on this server: then settings may be changed, and a default realm is there. */
    readonly isAlone: boolean,
  ) {}

  static async found(name: string, server: Server, isAlone: boolean): Promise<Town> {
    const { client, admin, session } = server;
    const town = new Town(name, client, admin, session, isAlone);
    await town.#importUsers(['nobody']);
    for (const realm of [name, `${name}x`]) {
      await town.demand('/system/setRealm', {
        realm,
        resolvers: `useridresolver.SQLIdResolver.IdResolver.${name}`,
      });
    }
    if (isAlone) await town.demand('/system/setDefaultRealm', { realm: name });
    else await town.demand('/system/setConfig', { AutoResync: 'True' });
    return town;
  }

  /** Other users, no tokens, no policies: what went before is of no account. */
  async start(): Promise<Model> {
    this.#run++;
    const logins = Array.from({ length: USERS }, (_, place) => `${this.name}r${this.#run}u${place}`);
    const users = await this.#importUsers(logins);
    for (const name of this.#policies) await this.demand('/system/delPolicy', { name });
    for (const key of this.#settings) await this.demand('/system/delConfig', { key });
    this.#policies = [];
    this.#settings = [];
    return {
      realm: this.name,
      otherRealm: `${this.name}x`,
      defaultRealm: this.isAlone ? this.name : '',
      prefix: `${this.name.toUpperCase()}R${this.#run}T`,
      users,
      tokens: [],
      challenges: [],
      policies: new Map(),
      settings: new Map(this.isAlone ? [] : [['AutoResync', 'True']]),
      wrongPasswords: new Map(),
    };
  }

  async #importUsers(logins: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const users = new Map(logins.map((login) => [login, `secret of ${login}`]));
    const lines = [...users].map(([login, password]) => {
      // Cheap to check: the walks are about who is let in.
      const digest = createHash('sha1').update(password).digest('base64');
      return `${login},${login},,,,,,{SHA}${digest}`;
    });
    const { body } = await this.admin.upload(
      '/tools/import_users',
      { resolver: this.name },
      lines.join('\n'),
    );
    if (body?.result?.status !== true) throw new Error(`the users of ${this.name}: ${JSON.stringify(body)}`);
    return users;
  }

  /** @returns what the administrator was answered */
  async ask(path: string, form: Fields): Promise<AdminAnswer> {
    const { status, text, cookies } = await this.client.post(path, form, this.session.headers());
    this.session.take(cookies);
    return { status, text, result: readResult(text) };
  }

  /** @throws when the administrator was refused */
  async demand(path: string, form: Fields): Promise<void> {
    const { text, result } = await this.ask(path, form);
    if (result?.status !== true) throw new Error(`${path} ${JSON.stringify(form)}: ${text}`);
  }

  async setPolicy(action: string, form: Fields): Promise<void> {
    const name = `${this.name}_${action}`;
    this.#policies.push(name);
    await this.demand('/system/setPolicy', {
      name,
      realm: this.name,
      active: 'True',
      client: '*',
      time: '',
      ...form,
    });
  }

  async removePolicy(action: string): Promise<void> {
    const name = `${this.name}_${action}`;
    this.#policies = this.#policies.filter((policy) => policy !== name);
    await this.demand('/system/delPolicy', { name });
  }

  async set(key: string, value: string): Promise<void> {
    this.#settings.push(key);
    await this.demand('/system/setConfig', { [key]: value });
  }

  /** As anybody. */
  async post(path: string, form: Fields): Promise<TownAnswer> {
    const { status, text } = await this.client.post(path, form);
    if (status !== 200) return { kind: 'failed', text: `${status} ${text}`, asked: new Map() };
    return readAnswer(text);
  }

  /** Tokens whose serials begin like this, as they are stored. */
  async tokens(prefix: string): Promise<readonly StoredToken[]> {
    const shown = await Promise.all(
      [prefix, `lost${prefix}`].map((start) => this.ask('/admin/show', { serial: `${start}*` })),
    );
    const data = shown.flatMap(({ result }) => (result?.value as { data?: ShownToken[] } | null)?.data ?? []);
    return data.map((token) => ({
      serial: token['LinOtp.TokenSerialnumber'],
      failures: token['LinOtp.FailCount'],
      isEnabled: token['LinOtp.Isactive'],
      counter: token['LinOtp.Count'],
    }));
  }

  /** What the newest records say, for who wants to know why. */
  async newestRecords(): Promise<string> {
    const { text } = await this.ask('/audit/search', { rp: '4', page: '1', sortorder: 'desc' });
    const { rows } = JSON.parse(text) as { rows: readonly { cell: readonly unknown[] }[] };
    return rows.map(({ cell }) => cell.join(' | ')).join('\n');
  }

  /** Whoever calls has no session. */
  async strangerMay(path: string, form: Fields): Promise<boolean> {
    const { status, text } = await this.client.post(path, form);
    return status === 200 && readResult(text)?.status !== false;
  }
}

/** A server for towns. */
export interface Server {
  readonly client: LoginClient;
  readonly admin: AdminAgent;
  readonly session: Session;
  stop(): Promise<void>;
}

/** In a process of its own, as it is built: within the tests' own, each step takes several times as long. */
export async function startServer(): Promise<Server> {
  const installation = await givenInstallation();
  const { url, stop: end } = await startProcess(installation);
  const client = new LoginClient(url);
  const session = new Session();
  const { cookies } = await client.post('/admin/login', {
    username: ADMINISTRATOR,
    password: installation.password,
  });
  session.take(cookies);
  const stop = async () => {
    client.close();
    await end();
    await installation.remove();
  };
  return { client, admin: await adminAgent(url, installation), session, stop };
}

/** Cookies of an administrator. */
class Session {
  readonly #cookies = new Map<string, string>();

  take(cookies: readonly string[]): void {
    for (const cookie of cookies) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      this.#cookies.set(name, value);
    }
  }

  headers(): Fields {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    return { Cookie: cookie, 'X-CSRF-TOKEN': this.#cookies.get('csrf_access_token') ?? '' };
  }
}

function readResult(text: string): AdminAnswer['result'] {
  try {
    return (JSON.parse(text) as { result?: AdminAnswer['result'] }).result ?? null;
  } catch {
    return null;
  }
}

function readAnswer(text: string): TownAnswer {
  const isSimple = text.startsWith(':-');
  if (isSimple) {
    const [, id] = /^:-\( (\d+) /.exec(text) ?? [];
    if (text === ':-)') return { kind: 'accepted', text, asked: new Map() };
    if (id === undefined) return { kind: text === ':-(' ? 'refused' : 'failed', text, asked: new Map() };
    return { kind: 'challenged', text, asked: new Map([['', id]]) };
  }
  const { result, detail } = JSON.parse(text) as {
    result: { value?: unknown };
    detail?: {
      transactionid?: string;
      linotp_tokenserial?: string;
      challenges?: Record<string, { transactionid: string }>;
    };
  };
  const value = isObject(result.value) ? result.value['value'] : result.value;
  if (value === true) return { kind: 'accepted', text, asked: new Map() };
  if (detail?.transactionid === undefined) return { kind: 'refused', text, asked: new Map() };
  const several = Object.entries(detail.challenges ?? {});
  const asked = several.map(([serial, { transactionid }]) => [serial, transactionid] as const);
  const alone = [[detail.linotp_tokenserial ?? '', detail.transactionid]] as const;
  return { kind: 'challenged', text, asked: new Map(asked.length > 0 ? asked : alone) };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
