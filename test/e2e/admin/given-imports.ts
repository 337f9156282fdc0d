import type pg from 'pg';

import { type AdminAgent, type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { type RunningApplication, startApplication } from '../../support/application/application.js';
import { type GivenPolicy, givePolicies } from '../../support/domain/given-policies.js';

export const SEED = '3132333435363738393031323334353637383930';
/** Of the RFC's seed at counters 0, 1 and 5. */
export const [FIRST, SECOND, SIXTH] = ['755224', '287082', '254676'];
export const XML = 'text/xml; charset=utf-8';

/** For a suite: a server to which files of tokens are uploaded, with users of two realms; without tokens and policies before each test. */
export function givenImports() {
  let server: RunningApplication;
  let admin: AdminAgent;
  let database: pg.Client;

  beforeAll(async () => {
    server = await startApplication({
      env: { TWINLOCK_TOKEN_FILE_LIMIT: '9', TWINLOCK_TOKEN_FILE_TOKENS: '1500' },
    });
    admin = await adminAgent(server.url, server.installation);
    database = await server.installation.database.connect();
    for (const [resolver, realm, users] of [
      ['first', 'one', 'anna,1\nbert,2'],
      ['second', 'two', 'dora,1'],
    ] as const) {
      await admin
        .upload('/tools/import_users', { resolver, passwords_in_plaintext: 'true' }, users)
        .expect(200);
      await admin
        .post('/system/setRealm', { realm, resolvers: `useridresolver.SQLIdResolver.IdResolver.${resolver}` })
        .expect(200);
    }
    await admin.post('/system/setDefaultRealm', { realm: 'one' }).expect(200);
  }, 60_000);

  afterAll(async () => {
    await database?.end();
    await server?.stop();
  });

  beforeEach(async () => {
    await database.query('DELETE FROM token');
    await givePolicies(database, []);
  });

  const give = (...policies: GivenPolicy[]) => givePolicies(database, policies);
  const line = (serial: string, ...more: readonly string[]) => [serial, SEED, ...more].join(',');

  async function load(text: string | Buffer, form: Fields = {}) {
    const { text: answer, headers } = await admin
      .upload('/admin/loadtokens', { type: 'oathcsv', ...form }, text)
      .expect(200);
    return { answer, type: headers['content-type'] };
  }

  const success = (count: number, skipped = '') => ({
    type: XML,
    answer: `<?xml version="1.0" encoding="UTF-8"?>
<jsonrpc version="2.0">
    <result>
        <status>True</status>
        <value>${count} tokens were imported from the users file.</value>
    </result>
    <version>LinOTP 3.4.4</version>
    <id>1</id>
<options><imported>${count}</imported>${skipped}</options>
</jsonrpc>`,
  });
  const failure = (message: string) => ({
    type: XML,
    answer: expect.stringContaining(`<code>-311</code>
            <message>${message}</message>`) as string,
  });
  const denial = (code: number, message: string) => ({
    type: 'application/json',
    answer: expect.stringMatching(
      new RegExp(`"code": ${code},\\n +"message": "${message.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}"`),
    ) as string,
  });

  async function tokens() {
    const { rows } = await database.query(
      `SELECT serial, type, active, realms, owner_user_id AS owner, counter::int, digits, hash FROM token ORDER BY serial`,
    );
    return rows as Record<string, unknown>[];
  }

  async function records(): Promise<Record<string, unknown>[]> {
    const { rows } = await database.query(
      `SELECT succeeded, serial, token_type, username, realm, info, administrator FROM audit_record
     WHERE action = 'admin/loadtokens' ORDER BY number`,
    );
    return rows as Record<string, unknown>[];
  }

  async function logsIn(form: Fields): Promise<unknown> {
    const answer = await admin.post('/validate/check', form);
    return (answer.body as { result: { value: unknown } }).result.value;
  }

  return {
    get server() {
      return server;
    },
    get admin() {
      return admin;
    },
    get database() {
      return database;
    },
    give,
    line,
    load,
    success,
    failure,
    denial,
    tokens,
    records,
    logsIn,
  };
}
