import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type pg from 'pg';

import { changed } from '../../faults/given-users.js';
import { type AdminAgent, type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { type GivenPolicy, givePolicies } from '../../support/domain/given-policies.js';
import { type Installation, givenInstallation } from '../../support/application/installation.js';
import { type RunningProcess, startProcess } from '../../support/application/process.js';
import { type UserAgent, userAgent } from '../../support/clients/user-agent.js';

// `password`, as spec/system-api §4.5 gives it.
const HASH =
  '$6$abcdefgh$yVfUwsw5T.JApa8POvClA1pQ5peiq97DUNyXCZN5IrF.BMSkiaLQ5kvpuEm/VQ1Tvh/KV2TcaWh8qinoW5dhA1';
export const PASSWORD = 'password';

/** The right to enrol each type that users can. */
export const EVERY_TYPE = 'HMAC TOTP MOTP PW DPW SPASS SMS EMAIL'
  .split(' ')
  .map((kind) => `enroll${kind}`)
  .join(', ');

/** As they stand in a passwd file: name, office, mobile, telephone, mail address. */
const USERS = {
  anna: 'Anna,,+49 170 1,+49 30 1,anna@example.test',
  bernd: 'Bernd,,,,bernd@example.test',
} as const;
export type Person = keyof typeof USERS;

export interface Envelope {
  readonly result: {
    readonly status: boolean;
    readonly value?: unknown;
    readonly error?: { readonly code: number; readonly message: string };
  };
  readonly id: number | null;
  readonly detail?: Readonly<Record<string, unknown>> & { readonly serial: string };
}

/** Two servers of one installation, and users in the default realm `staff` who log in to them. */
export class SelfServiceScene {
  private constructor(
    readonly installation: Installation,
    readonly nodes: readonly RunningProcess[],
    readonly database: pg.Client,
    readonly admin: AdminAgent,
  ) {}

  static async start(): Promise<SelfServiceScene> {
    const installation = await givenInstallation();
    const nodes = await Promise.all([startProcess(installation), startProcess(installation)]);
    const database = await installation.database.connect();
    const admin = await adminAgent(nodes[0].url, installation);
    const fileName = join(installation.folder, 'passwd');
    const lines = Object.entries(USERS).map(
      ([login, gecos], place) => `${login}:${HASH}:${1000 + place}:1000:${gecos}:/:/bin/false\n`,
    );
    await writeFile(fileName, lines.join(''));
    await changed(admin, '/system/setResolver', { name: 'file', type: 'passwdresolver', fileName });
    const resolvers = 'useridresolver.PasswdIdResolver.IdResolver.file';
    for (const realm of ['staff', 'other']) await changed(admin, '/system/setRealm', { realm, resolvers });
    await changed(admin, '/system/setDefaultRealm', { realm: 'staff' });
    return new SelfServiceScene(installation, nodes, database, admin);
  }

  async stop(): Promise<void> {
    await this.database.end();
    await Promise.all(this.nodes.map((node) => node.stop()));
    await this.installation.remove();
  }

  /** No token, no challenge, no policy but these. */
  async begin(...actions: readonly string[]): Promise<void> {
    await this.database.query('DELETE FROM token');
    await this.database.query('DELETE FROM challenge');
    await this.database.query('DELETE FROM login_throttle');
    await this.allow(...actions);
  }

  /** Of scope `selfservice`. */
  allow(...actions: readonly string[]): Promise<void> {
    return this.give(...actions.map((action) => ({ scope: 'selfservice', action })));
  }

  give(...policies: readonly GivenPolicy[]): Promise<void> {
    return givePolicies(this.database, policies);
  }

  as(person: Person, node = 0): Promise<UserAgent> {
    return userAgent(this.url(node), person, PASSWORD);
  }

  /** Enrols a token. */
  async enrolled(form: object, person: Person = 'anna'): Promise<Envelope> {
    const user = await this.as(person);
    return doneOf(user.post('/userservice/enroll', form));
  }

  /** The error that it is refused with. */
  async refused(form: object, person: Person = 'anna') {
    const user = await this.as(person);
    return errorOf(user.post('/userservice/enroll', form));
  }

  /** What `/validate/check` says. */
  async check(form: Fields, node = 0): Promise<Envelope> {
    const answer = await fetch(`${this.url(node)}/validate/check`, {
      method: 'POST',
      body: new URLSearchParams(form),
    });
    return (await answer.json()) as Envelope;
  }

  async accepts(user: Person, pass: string, more: Fields = {}): Promise<unknown> {
    return (await this.check({ user, pass, ...more })).result.value;
  }

  /** What is stored of a token; `undefined`: there is none. */
  async stored(serial: string): Promise<Record<string, unknown> | undefined> {
    const { rows } = await this.database.query(
      `SELECT type, active, owner_user_id AS owner, realms, counter::int, failures, description, digits, hash, paths,
         info, revision::int
       FROM token WHERE serial = $1`,
      [serial],
    );
    return rows[0];
  }

  async serials(): Promise<readonly string[]> {
    const { rows } = await this.database.query('SELECT serial FROM token ORDER BY serial');
    return rows.map(({ serial }) => serial);
  }

  /** The newest record of a function of the self-service. */
  async record(name: string): Promise<Record<string, unknown>> {
    const { rows } = await this.database.query(
      `SELECT action, succeeded, serial, token_type, username, realm, detail, info
       FROM audit_record WHERE action = $1 ORDER BY number DESC LIMIT 1`,
      [`userservice/${name}`],
    );
    return rows[0];
  }

  private url(node: number): string {
    const { url } = this.nodes[node % this.nodes.length] ?? {};
    if (url === undefined) throw new Error('no node runs');
    return url;
  }
}

/** Code and message of an error, with the `id` of its envelope. */
export async function errorOf(answer: PromiseLike<{ readonly body: unknown }>) {
  const { result, id } = (await answer).body as Envelope;
  expect(result.status).toBe(false);
  return { ...result.error, id };
}

/** The envelope of an answer that went well. */
export async function doneOf(answer: PromiseLike<{ readonly body: unknown }>): Promise<Envelope> {
  const envelope = (await answer).body as Envelope;
  expect(envelope.result).toEqual({ status: true, value: expect.anything() });
  return envelope;
}
