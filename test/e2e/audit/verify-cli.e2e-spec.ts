import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type pg from 'pg';

import { type Installation, givenInstallation } from '../../support/application/installation.js';
import { type RunningProcess, startProcess } from '../../support/application/process.js';
import { twinlock } from '../../support/application/twinlock.js';

const PATIENCE_MS = 120_000;

/** What an operator does with the trail, and what somebody who can write to the whole database cannot hide from it. */
describe('the audit trail on the command line', () => {
  let installation: Installation;
  let server: RunningProcess | undefined;
  let database: pg.Client;
  const file = (name: string) => join(installation.folder, name);
  const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    twinlock({ ...installation.env, ...env }, args);
  const fail = (count: number) =>
    Promise.all(
      Array.from({ length: count }, () =>
        fetch(`${server?.url}/validate/check_s?serial=NONE&pass=x`, { method: 'POST' }),
      ),
    );

  beforeAll(async () => {
    installation = await givenInstallation();
    database = await installation.database.connect();
    server = await startProcess(installation);
    await fail(20);
  }, PATIENCE_MS);

  afterAll(async () => {
    await database?.end();
    await server?.kill();
    await installation?.remove();
  });

  it(
    'is verified beside a serving node, and says what of its end is proven',
    async () => {
      const { code, out } = await run(['audit', 'verify', '--json']);
      expect(code).toBe(0);
      expect(JSON.parse(out)).toMatchObject({
        sound: true,
        records: 20,
        faults: [],
        keys: [expect.stringMatching(/^[0-9a-f]{16}$/)],
        newest: { sources: [], unproven: 20 },
      });
      expect((await run(['audit', 'verify'])).err).toContain('the newest minute is unproven');
    },
    PATIENCE_MS,
  );

  it(
    'is verified with exported keys, and no secret',
    async () => {
      const keys = await run(['audit', 'keys']);
      expect(keys.out).toContain('BEGIN PUBLIC KEY');
      await writeFile(file('keys.json'), keys.out);
      const away = { TWINLOCK_KEYRING_FILE: file('nowhere.json') };
      await expect(run(['audit', 'verify'], away)).resolves.toMatchObject({ code: 3 });
      await expect(run(['audit', 'verify', '--public-keys', file('keys.json')], away)).resolves.toMatchObject(
        {
          code: 0,
          out: expect.stringContaining(': sound'),
        },
      );
      const strange = keys.out.replace(/MCowBQYDK2VwAyEA.{4}/, 'MCowBQYDK2VwAyEAAAAA');
      await writeFile(file('strange.json'), strange);
      await expect(
        run(['audit', 'verify', '--public-keys', file('strange.json')], away),
      ).resolves.toMatchObject({ code: 1, out: expect.stringContaining('forged') });
      await writeFile(file('broken.json'), '{"format":"other"}');
      await expect(
        run(['audit', 'verify', '--public-keys', file('broken.json')], away),
      ).resolves.toMatchObject({ code: 3, err: expect.stringContaining('broken.json') });
    },
    PATIENCE_MS,
  );

  it(
    'shows by a checkpoint, and by what the node kept, that an old state was put back',
    async () => {
      const tables = ['audit_record', 'audit_lane'];
      for (const table of tables) await database.query(`CREATE TABLE old_${table} AS SELECT * FROM ${table}`);
      await fail(10);
      const checkpoint = await run(['audit', 'checkpoint']);
      expect(checkpoint.code).toBe(0);
      await writeFile(file('checkpoint.json'), checkpoint.out);
      const proven = await run(['audit', 'verify', '--checkpoint', file('checkpoint.json')]);
      expect(proven).toMatchObject({ code: 0, err: expect.stringContaining('No record is newer') });

      await expect(server?.stop()).resolves.toBe(0);
      server = undefined;
      const sound = await run(['audit', 'verify']);
      expect(sound).toMatchObject({ code: 0, err: expect.stringContaining('audit-heads') });
      expect(sound.err).toContain('No record is newer');
      await expect(run(['audit', 'verify', '--require-heads'])).resolves.toMatchObject({ code: 0 });

      for (const table of tables) {
        await database.query(`TRUNCATE ${table}`);
        await database.query(`INSERT INTO ${table} SELECT * FROM old_${table}`);
      }
      const kept = await run(['audit', 'verify']);
      expect(kept).toMatchObject({ code: 1, out: expect.stringMatching(/: cut: .*audit-heads/) });

      // Without the files of heads nothing in the database tells.
      await rename(file('audit-heads'), file('elsewhere'));
      await expect(run(['audit', 'verify'])).resolves.toMatchObject({ code: 0 });
      await expect(run(['audit', 'verify', '--require-heads', '10'])).resolves.toMatchObject({
        code: 4,
        out: expect.stringContaining(': sound'),
        err: expect.stringContaining('Not proven: '),
      });
      await expect(run(['audit', 'verify', '--heads', file('elsewhere')])).resolves.toMatchObject({
        code: 1,
      });
      const again = await run(['audit', 'verify', '--checkpoint', file('checkpoint.json')]);
      expect(again).toMatchObject({ code: 1, out: expect.stringMatching(/: cut: .*the checkpoint of 20/) });
      await rename(file('elsewhere'), file('audit-heads'));
    },
    PATIENCE_MS,
  );

  it(
    'takes no checkpoint that was changed, and makes none of a head that is not sound',
    async () => {
      const text = await readFile(file('checkpoint.json'), 'utf8');
      await writeFile(file('changed.json'), text.replace(/"sequence": (\d)/, '"sequence": 1$1'));
      await expect(run(['audit', 'verify', '--checkpoint', file('changed.json')])).resolves.toMatchObject({
        code: 3,
        err: expect.stringContaining('its signature does not fit'),
      });
      await database.query('UPDATE audit_lane SET seq = seq - 1 WHERE seq > 5');
      await expect(run(['audit', 'checkpoint'])).resolves.toMatchObject({ code: 1, out: '' });
      await database.query('UPDATE audit_lane SET seq = seq + 1 WHERE seq >= 5');
    },
    PATIENCE_MS,
  );

  it(
    'is missed by a node that starts on it, which says so; and one that cannot keep heads serves all the same',
    async () => {
      server = await startProcess(installation);
      await server.logged('the audit trail lacks records that it had');
      await server.stop();

      await rm(file('audit-heads'), { recursive: true });
      await writeFile(file('a-file'), '');
      server = await startProcess(installation, { TWINLOCK_AUDIT_HEADS: join(file('a-file'), 'below') });
      await server.logged('cannot be kept outside the database');
      await fail(1);
      await expect(server.stop()).resolves.toBe(0);

      await mkdir(file('mounted'));
      server = await startProcess(installation, { TWINLOCK_AUDIT_HEADS: file('mounted') });
      await fail(1);
      await server.stop();
      server = undefined;
      expect(await readdir(file('mounted'))).toHaveLength(1);
    },
    PATIENCE_MS,
  );
});
