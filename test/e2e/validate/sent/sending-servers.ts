import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type pg from 'pg';

import { changed } from '../../../faults/given-users.js';
import { type AdminAgent, type Fields, adminAgent } from '../../../support/clients/admin-agent.js';
import { givePolicies } from '../../../support/domain/given-policies.js';
import { type Installation, givenInstallation } from '../../../support/application/installation.js';
import { RFC_KEY_HEX } from '../../../support/clients/otp.js';
import { type RunningProcess, startProcess } from '../../../support/application/process.js';

export interface Answer {
  readonly result: { readonly status: boolean; readonly value: unknown };
  readonly id: unknown;
  readonly detail?: Readonly<Record<string, unknown>> & { readonly transactionid: string };
}

/** Of a passwd file: name, office, mobile, telephone, mail address. */
export type Gecos = string;

/** Two servers of one installation, with users whose passwords have one hash, and what tests look at of tokens whose OTPs are sent. */
export async function givenSendingServers(users: Readonly<Record<string, Gecos>>, hash = 'x') {
  const installation = await givenInstallation();
  const nodes = await Promise.all([startProcess(installation), startProcess(installation)]);
  const database = await installation.database.connect();
  const admin = await adminAgent(nodes[0].url, installation);
  await giveUsers(admin, installation, users, hash);
  await changed(admin, '/system/setConfig', { ChallengesPerToken: '100' });
  return new SendingServers(installation, nodes, database, admin);
}

export class SendingServers {
  constructor(
    readonly installation: Installation,
    readonly nodes: readonly RunningProcess[],
    readonly database: pg.Client,
    readonly admin: AdminAgent,
  ) {}

  async close(): Promise<void> {
    await this.database.end();
    await Promise.all(this.nodes.map((node) => node.stop()));
    await this.installation.remove();
  }

  giveProvider(type: string, name: string, className: string, config: object): Promise<void> {
    const text = JSON.stringify(config);
    return changed(this.admin, '/system/setProvider', {
      name,
      type,
      class: className,
      timeout: '5',
      config: text,
    });
  }

  policies(...actions: readonly string[]): Promise<void> {
    return givePolicies(
      this.database,
      actions.map((action) => ({ scope: 'authentication', action })),
    );
  }

  /** With the test key of the RFC, unless the type makes its own. */
  enrol(type: string, serial: string, form: Fields = {}): Promise<void> {
    const key: Fields = type === 'voice' ? {} : { otpkey: RFC_KEY_HEX };
    return changed(this.admin, '/admin/init', { type, serial, pin: 'pin', ...key, ...form });
  }

  async call(path: string, form: Fields, node = 0): Promise<Answer> {
    const response = await fetch(`${this.nodes[node % 2]?.url}/validate/${path}`, {
      method: 'POST',
      body: new URLSearchParams(form),
    });
    return (await response.json()) as Answer;
  }

  /** @returns the transaction's id */
  async trigger(form: Fields, node = 0): Promise<string> {
    const { result, detail } = await this.call('check', { pass: 'pin', ...form }, node);
    expect(result).toEqual({ status: true, value: false });
    if (!detail) throw new Error('no challenge');
    return detail.transactionid;
  }

  async accepts(form: Fields, node = 0): Promise<unknown> {
    return (await this.call('check', form, node)).result.value;
  }

  async tokenOf(serial: string) {
    const { rows } = await this.database.query(
      'SELECT counter::int, failures, info FROM token WHERE serial = $1',
      [serial],
    );
    return rows[0];
  }

  async challengesOf(serial: string): Promise<readonly string[]> {
    const { rows } = await this.database.query('SELECT state FROM challenge WHERE serial = $1 ORDER BY id', [
      serial,
    ]);
    return rows.map(({ state }) => state);
  }

  /** Of logins, the oldest first. */
  async records(serial: string) {
    const { rows } = await this.database.query(
      `SELECT detail, info, succeeded FROM audit_record
       WHERE serial = $1 AND action LIKE 'validate/%' ORDER BY number`,
      [serial],
    );
    return rows;
  }

  /** As if it had been asked an hour ago. */
  passTime(serial: string) {
    return this.database.query(
      `UPDATE challenge SET created_at = created_at - interval '1 hour' WHERE serial = $1`,
      [serial],
    );
  }
}

/** Users of a passwd file in the default realm `staff`. */
async function giveUsers(
  admin: AdminAgent,
  installation: Installation,
  users: Readonly<Record<string, Gecos>>,
  hash: string,
): Promise<void> {
  const fileName = join(installation.folder, 'passwd');
  const lines = Object.entries(users).map(
    ([login, gecos], place) => `${login}:${hash}:${1000 + place}:1000:${gecos}:/:/bin/false\n`,
  );
  await writeFile(fileName, lines.join(''));
  await changed(admin, '/system/setResolver', { name: 'file', type: 'passwdresolver', fileName });
  const resolvers = 'useridresolver.PasswdIdResolver.IdResolver.file';
  await changed(admin, '/system/setRealm', { realm: 'staff', resolvers });
  await changed(admin, '/system/setDefaultRealm', { realm: 'staff' });
}
