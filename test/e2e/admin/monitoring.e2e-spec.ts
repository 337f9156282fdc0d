import { unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type pg from 'pg';

import { changed, enrol, givenUsers } from '../../faults/given-users.js';
import { type AdminAgent, type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { type RunningApplication, startApplication } from '../../support/application/application.js';
import { givePolicies } from '../../support/domain/given-policies.js';
import { envelopeOf, errorOf, newestRecord, valueOf } from './answers.js';

/** `/monitoring`: numbers for those who run the service. */

let server: RunningApplication;
let admin: AdminAgent;
let database: pg.Client;

const get = (path: string, query: Fields = {}) => admin.get(`/monitoring/${path}`, query);

beforeAll(async () => {
  server = await startApplication();
  admin = await adminAgent(server.url, server.installation);
  database = await server.installation.database.connect();
  await givenUsers(admin, server.installation, ['anna', 'bernd']);
  const resolvers = 'useridresolver.PasswdIdResolver.IdResolver.file';
  await changed(admin, '/system/setRealm', { realm: 'other', resolvers });
  await enrol(admin, 'A1', { user: 'anna' });
  await enrol(admin, 'A2', { user: 'anna' });
  await enrol(admin, 'B1', { user: 'bernd@other' });
  await enrol(admin, 'FREE1');
  await enrol(admin, 'FREE2');
  await changed(admin, '/admin/tokenrealm', { serial: 'A2', realms: 'staff,other' });
  await changed(admin, '/admin/tokenrealm', { serial: 'FREE1', realms: 'staff' });
  await changed(admin, '/admin/disable', { serial: 'B1' });
}, 60_000);

afterAll(async () => {
  await database?.end();
  await server?.stop();
});

beforeEach(() => givePolicies(database, []));

describe('/monitoring/tokens', () => {
  it('counts each token once in the summary, whatever realms it is in', async () => {
    await expect(valueOf(get('tokens'))).resolves.toEqual({
      Summary: { total: 4, 'total users': 1 },
      Realms: {
        linotp_admins: { total: 0, 'total users': 0 },
        other: { total: 2, 'total users': 1 },
        staff: { total: 3, 'total users': 1 },
      },
    });
    await expect(newestRecord(database)).resolves.toMatchObject({
      action: 'monitoring/tokens',
      succeeded: true,
    });
  });

  it('counts by any states, and tokens of no realm where they are asked for', async () => {
    const status = 'active,inactive, active&assigned,unassigned&active&unassigned,active&inactive';
    await expect(valueOf(get('tokens', { status, realms: '*' }))).resolves.toMatchObject({
      Summary: {
        total: 5,
        'total users': 1,
        active: 4,
        inactive: 1,
        'active&assigned': 2,
        'unassigned&active&unassigned': 2,
        'active&inactive': 0,
      },
      Realms: {
        '/:no realm:/': { total: 1, 'total users': 0, active: 1, inactive: 0, 'active&assigned': 0 },
      },
    });
    const { Realms } = (await valueOf(get('tokens', { realms: 'OTHER,nosuch' }))) as { Realms: object };
    expect(Object.keys(Realms)).toEqual(['other']);
  });

  it('says what it does not know', async () => {
    await expect(errorOf(get('tokens', { status: 'active,foo' }))).resolves.toEqual([
      `Unknown token_status 'foo'`,
      1,
    ]);
    await expect(errorOf(get('tokens', { status: 'active&' }))).resolves.toEqual([
      `Unknown token_status 'active&'`,
      1,
    ]);
    await expect(errorOf(get('tokens', { realms: 'foo' }))).resolves.toEqual([
      `ERR410: You do not have the rights to see these realms: ['foo']. Check the policies!`,
      1,
    ]);
  });

  it('shows tokens of no realm only to those with a right everywhere', async () => {
    await givePolicies(database, [{ scope: 'monitoring', action: 'tokens', realm: 'staff' }]);
    await expect(valueOf(get('tokens', { realms: '*' }))).resolves.toEqual({
      Summary: { total: 3, 'total users': 1 },
      Realms: { staff: { total: 3, 'total users': 1 } },
    });
    await expect(errorOf(get('tokens', { realms: '/:no realm:/,other' }))).resolves.toEqual([
      `ERR410: You do not have the rights to see these realms: ['/:no realm:/', 'other']. Check the policies!`,
      1,
    ]);
  });
});

describe('users with tokens', () => {
  it('are counted by realm and resolver, each once in all', async () => {
    await expect(valueOf(get('activeUsers', { realms: '*' }))).resolves.toEqual({
      Realms: {
        linotp_admins: { LinOTP_local_admins: 0 },
        other: { file: 1 },
        staff: { file: 1 },
        '/:no realm:/': {},
      },
      total: 1,
    });
    await changed(admin, '/admin/enable', { serial: 'B1' });
    await expect(valueOf(get('activeUsers'))).resolves.toMatchObject({
      Realms: { other: { file: 2 } },
      total: 2,
    });
    await changed(admin, '/admin/disable', { serial: 'B1' });
  });

  /** What a look at every token says, and what is kept beside them. */
  async function differences(): Promise<unknown[]> {
    const { rows } = await database.query(
      `SELECT realm, resolver, user_id, sum(tokens) AS difference FROM (
         SELECT realm, resolver, user_id, tokens FROM token_holder
         UNION ALL
         SELECT unnest(CASE realms WHEN '{}' THEN '{""}' ELSE realms END), owner_resolver, owner_user_id, -1
         FROM token WHERE active AND owner_resolver IS NOT NULL
       ) h GROUP BY 1, 2, 3 HAVING sum(tokens) <> 0 OR bool_or(tokens = 0)`,
    );
    return rows;
  }

  it('are right after every kind of change, and after one that is taken back', async () => {
    const steps = [
      `INSERT INTO token (serial, type, owner_resolver, owner_resolver_type, owner_user_id, realms, active, secret_sealed,
         digits, max_failures, look_ahead, sync_window)
       SELECT 'M' || n, 'totp', 'file', 'passwd', n % 10, CASE n % 3 WHEN 0 THEN '{}' WHEN 1 THEN '{staff}' ELSE
         '{staff,other}' END::text[], n % 4 > 0, '', 6, 10, 10, 1000 FROM generate_series(1, 100) n`,
      `UPDATE token SET active = NOT active WHERE id % 2 = 0`,
      `UPDATE token SET realms = '{other}' WHERE id % 5 = 0`,
      `UPDATE token SET owner_resolver = NULL, owner_resolver_type = NULL, owner_user_id = NULL WHERE id % 7 = 0`,
      `UPDATE token SET owner_user_id = '99' WHERE id % 11 = 0 AND owner_resolver IS NOT NULL`,
      `UPDATE token SET realms = array_remove(realms, 'other')`,
      `UPDATE token SET failures = failures + 1, counter = counter + 1`,
      `DELETE FROM token WHERE id % 3 = 0`,
      `UPDATE token SET active = true`,
    ];
    await database.query('BEGIN');
    for (const step of [...steps, 'TRUNCATE token']) {
      await database.query(step);
      await expect(differences()).resolves.toEqual([]);
    }
    await database.query('ROLLBACK');
    await expect(differences()).resolves.toEqual([]);
  });
});

describe('/monitoring/userinfo', () => {
  it('counts the users of each resolver, and names one that does not answer', async () => {
    const file = join(server.installation.folder, 'gone');
    await writeFile(file, 'eva:x:1:1:::\n');
    await changed(admin, '/system/setResolver', { name: 'gone', type: 'passwdresolver', fileName: file });
    await changed(admin, '/system/setRealm', {
      realm: 'other',
      resolvers:
        'useridresolver.PasswdIdResolver.IdResolver.file,useridresolver.PasswdIdResolver.IdResolver.gone',
    });
    await unlink(file);
    await expect(envelopeOf(get('userinfo'))).resolves.toMatchObject({
      result: {
        value: {
          Realms: { linotp_admins: { LinOTP_local_admins: 1 }, other: { file: 2 }, staff: { file: 2 } },
        },
      },
      detail: { unavailable: ['useridresolver.PasswdIdResolver.IdResolver.gone'] },
    });
  });
});

describe('the rest of /monitoring', () => {
  it('counts the configuration', async () => {
    await givePolicies(database, [{ scope: 'monitoring', action: '*' }]);
    const value = (await valueOf(get('config'))) as Record<string, number>;
    expect(value).toMatchObject({
      sync: true,
      ldapresolver: 0,
      sqlresolver: 1,
      policies: 1,
      realms: 3,
      synctime: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/),
    });
    const all = (await valueOf(admin.get('/system/getConfig'))) as object;
    expect(value['total']).toBe(Object.keys(all).length);
  });

  it('writes nothing when it is asked whether secrets are sealed', async () => {
    const version = async () =>
      (await database.query<{ version: string }>('SELECT version FROM configuration_version')).rows;
    const before = await version();
    await expect(valueOf(get('storageEncryption'))).resolves.toEqual({
      cryptmodul_type: 'DefaultSecurityModule',
      cryptmodul_name: 'Default',
      encryption: true,
    });
    await expect(version()).resolves.toEqual(before);
  });
});
