import type pg from 'pg';

import { givenUsers } from '../../faults/given-users.js';
import { type Installation, givenInstallation } from '../../support/application/installation.js';
import { type RunningProcess, startProcess } from '../../support/application/process.js';
import { type AdminAgent, type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { givePolicies } from '../../support/domain/given-policies.js';

export const WITHIN_MS = 60_000;
export const PROMPT = 'Please enter your otp value: ';

export interface Answer {
  readonly result: { readonly status: boolean; readonly value: unknown };
  readonly id: number;
  readonly detail?: Readonly<Record<string, unknown>> & { readonly transactionid: string };
}

/** For a suite: two servers that share a PostgreSQL, with users whose tokens ask by their PIN. */
export function givenAskingServers() {
  let installation: Installation;
  let nodes: readonly RunningProcess[] = [];
  let admin: AdminAgent;
  let database: pg.Client;

  beforeAll(async () => {
    installation = await givenInstallation();
    nodes = await Promise.all([startProcess(installation), startProcess(installation)]);
    database = await installation.database.connect();
    admin = await adminAgent(nodes[0]?.url ?? '', installation);
    await givenUsers(admin, installation, [
      'anna',
      'bernd',
      'carla',
      'dirk',
      'emil',
      'frida',
      'gerd',
      'hans',
    ]);
    await givePolicies(database, [
      { scope: 'authentication', action: 'challenge_response=hmac totp motp pw' },
    ]);
  }, WITHIN_MS);

  afterAll(async () => {
    await database?.end();
    await Promise.all(nodes.map((node) => node.stop()));
    await installation?.remove();
  }, WITHIN_MS);

  async function call(path: string, form: Fields, node = 0): Promise<Answer> {
    const response = await fetch(`${nodes[node % 2]?.url}/validate/${path}`, {
      method: 'POST',
      body: new URLSearchParams(form),
    });
    expect(response.status).toBe(200);
    return (await response.json()) as Answer;
  }

  const accepts = async (path: string, form: Fields, node = 0) => {
    const { value } = (await call(path, form, node)).result;
    return typeof value === 'object' ? (value as { value: unknown }).value : value;
  };

  async function trigger(user: string, pass: string, node = 0): Promise<string> {
    const { result, detail } = await call('check', { user, pass }, node);
    expect(result).toEqual({ status: true, value: false });
    if (!detail) throw new Error('no challenge');
    return detail.transactionid;
  }

  const failuresOf = async (serial: string): Promise<number> =>
    (await database.query('SELECT failures FROM token WHERE serial = $1', [serial])).rows[0]?.failures;
  const newest = async () =>
    (await database.query('SELECT * FROM audit_record ORDER BY number DESC LIMIT 1')).rows[0];
  const expire = (root: string) =>
    database.query('UPDATE challenge SET expires_at = clock_timestamp() WHERE root = $1', [root]);

  return {
    get installation() {
      return installation;
    },
    get nodes() {
      return nodes;
    },
    get admin() {
      return admin;
    },
    get database() {
      return database;
    },
    call,
    accepts,
    trigger,
    failuresOf,
    newest,
    expire,
  };
}
