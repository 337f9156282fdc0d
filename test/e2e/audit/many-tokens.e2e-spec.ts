import type pg from 'pg';

import { changed, enrol } from '../../faults/given-users.js';
import { type AdminAgent, adminAgent } from '../../support/clients/admin-agent.js';
import { type RunningApplication, startApplication } from '../../support/application/application.js';
import { twinlock } from '../../support/application/twinlock.js';

const SEED = '3132333435363738393031323334353637383930';
/** More than are written in one statement. */
const MANY = 1_300;
const PATIENCE_MS = 60_000;

/** A change of more tokens than one record can name. */
describe('records of many tokens', () => {
  let server: RunningApplication;
  let admin: AdminAgent;
  let database: pg.Client;

  beforeAll(async () => {
    server = await startApplication();
    admin = await adminAgent(server.url, server.installation);
    database = await server.installation.database.connect();
    for (const resolver of ['first', 'second']) {
      await admin
        .upload('/tools/import_users', { resolver, passwords_in_plaintext: 'true' }, 'anna,1\nbert,2')
        .expect(200);
    }
    const resolvers =
      'useridresolver.SQLIdResolver.IdResolver.first,useridresolver.SQLIdResolver.IdResolver.second';
    await changed(admin, '/system/setRealm', { realm: 'one', resolvers });
    await changed(admin, '/system/setDefaultRealm', { realm: 'one' });
  }, PATIENCE_MS);
  afterAll(async () => {
    await database?.end();
    await server?.stop();
  });
  beforeEach(() => database.query('DELETE FROM token'));

  /** Its newest record, as an auditor finds it. */
  async function found(serial: string): Promise<unknown[]> {
    const { body } = await admin
      .get('/audit/search', { serial, rp: '1', page: '1', sortname: 'number', sortorder: 'desc' })
      .expect(200);
    return body.rows[0]?.cell ?? [];
  }

  it(
    'name each token of an import, in an unbroken chain',
    async () => {
      const lines = Array.from(
        { length: MANY },
        (_, place) => `MANY${place},${SEED},hotp,6,,,${place === 7 ? 'anna' : ''},`,
      );
      const form = { type: 'oathcsv', targetrealm: 'one' };
      expect((await admin.upload('/admin/loadtokens', form, lines.join('\n'))).text).toContain(
        '<status>True',
      );
      for (const serial of ['MANY0', 'MANY777', `MANY${MANY - 1}`]) {
        expect(await found(serial)).toEqual(
          expect.arrayContaining([
            'OK',
            'admin/loadtokens',
            '1',
            serial,
            'HMAC',
            'one',
            `tokennum = ${MANY}`,
          ]),
        );
      }
      expect(await found('MANY7')).toContain('anna');
      const { rows } = await database.query(
        `SELECT count(*)::int AS count, max(seq - batch_start)::int AS longest FROM audit_record WHERE action = 'admin/loadtokens'`,
      );
      expect(rows).toEqual([{ count: MANY + 1, longest: 31 }]);
      await expect(twinlock(server.installation.env, ['audit', 'verify'])).resolves.toMatchObject({
        code: 0,
      });
    },
    PATIENCE_MS,
  );

  const SERIALS = ['ALONGSERIAL1', 'ALONGSERIAL2', 'ALONGSERIAL3'];

  it.each([
    ['/admin/disable', { serial: 'ALONG*' }],
    ['/admin/remove', { user: 'anna', realm: 'one' }],
    ['/tools/migrate_resolver', { from: 'first', to: 'second' }],
  ])('name each token that %s changes', async (path, form) => {
    for (const serial of SERIALS)
      await enrol(admin, serial, { user: 'anna', realm: 'one', resConf: 'first' });
    await database.query(`UPDATE token SET owner_resolver = 'first', owner_user_id = '1'`);
    await admin.post(path, form).expect(200);
    for (const serial of SERIALS) {
      expect(await found(serial)).toEqual(expect.arrayContaining(['OK', path.slice(1), '1', serial]));
    }
  });
});
