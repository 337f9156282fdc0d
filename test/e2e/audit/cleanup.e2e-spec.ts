import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { parse } from 'csv-parse/sync';
import type pg from 'pg';

import { adminAgent } from '../../support/clients/admin-agent.js';
import { auditSigner, giveRecords, loginRecord } from '../../support/audit/given-records.js';
import { type Installation, givenInstallation } from '../../support/application/installation.js';
import { type RunningProcess, startProcess } from '../../support/application/process.js';
import { CLI, twinlock } from '../../support/application/twinlock.js';

const PATIENCE_MS = 120_000;
const DAY_MS = 86_400_000;
/** More than are removed in one transaction. */
const OLD = 11_000;
const NEW = 700;

describe('npx twinlock audit cleanup, beside a running server', () => {
  let installation: Installation;
  let server: RunningProcess;
  let database: pg.Client;

  beforeEach(async () => {
    installation = await givenInstallation();
    server = await startProcess(installation);
    database = await installation.database.connect();
    const signer = await auditSigner(installation);
    const old = Array.from({ length: OLD }, (_, place) =>
      loginRecord({
        at: new Date(Date.now() - 40 * DAY_MS + place),
        user: 'old',
        action: place % 20 === 0 ? 'validate/check_status' : 'validate/check',
      }),
    );
    const recent = Array.from({ length: NEW }, () => loginRecord({ user: 'new' }));
    await giveRecords(database, signer, [...old, ...recent], 31);
  }, PATIENCE_MS);
  afterEach(async () => {
    await database.end();
    await server.stop();
    await installation.remove();
  });

  const run = (...args: string[]) => twinlock(installation.env, ['audit', ...args]);
  const counts = async () => {
    const { rows } = await database.query<{ user: string; count: number }>(
      `SELECT username AS user, count(*)::int AS count FROM audit_record WHERE username IN ('old', 'new') GROUP BY 1`,
    );
    return Object.fromEntries(rows.map(({ user, count }) => [user, count]));
  };
  const exportedFiles = async (folder: string) =>
    (await readdir(folder)).filter((name) => name.startsWith('SQLAuditExport.'));

  it(
    'removes what is older, exports it first, and leaves a trail that verifies and is searched',
    async () => {
      const folder = join(installation.folder, 'exported');
      const { code, err } = await run(
        'cleanup',
        '--delete-after-days',
        '30',
        '--export',
        '--exportdir',
        folder,
      );
      expect(err).toMatch(
        new RegExp(
          `^${OLD} entries cleaned up\\.\\n\\d+ entries left in database\\.\\nExported into .*\\.csv\\n$`,
        ),
      );
      expect(code).toBe(0);
      expect(await counts()).toEqual({ new: NEW });
      const [name = ''] = await exportedFiles(folder);
      const rows = parse(await readFile(join(folder, name), 'utf8'), { columns: true }) as Record<
        string,
        string
      >[];
      expect(rows.filter(({ user }) => user === 'old')).toHaveLength(OLD);
      await expect(run('verify')).resolves.toMatchObject({ code: 0 });
      const admin = await adminAgent(server.url, installation);
      const { body } = await admin.get('/audit/search', { rp: '3', qtype: 'user', query: 'new' }).expect(200);
      expect(body.total).toBe(NEW);
      expect(body.rows.map(({ cell }: { cell: unknown[] }) => cell[2])).toEqual(['OK', 'OK', 'OK']);
      const all = await admin.get('/audit/search', { rp: '1' }).expect(200);
      const { rows: stored } = await database.query('SELECT count(*)::int AS count FROM audit_record');
      // Its own record is not there yet.
      expect(stored).toEqual([{ count: all.body.total + 1 }]);
      await expect(run('cleanup', '--delete-after-days', '30')).resolves.toMatchObject({
        code: 0,
        err: expect.stringMatching(/^Nothing cleaned up\. \d+ entries in database\.\n$/),
      });
    },
    PATIENCE_MS,
  );

  it(
    'keeps so many of the newest, once there are more than the threshold',
    async () => {
      const total = async () =>
        (await database.query<{ count: number }>('SELECT count(*)::int AS count FROM audit_record')).rows[0]
          ?.count;
      const before = await total();
      const limits = ['--max-entries-to-keep', '500', '--cleanup-threshold'];
      await expect(run('cleanup', ...limits, '100000')).resolves.toMatchObject({
        code: 0,
        err: `Nothing cleaned up. ${before} entries in database.\n`,
      });
      const { code, err } = await run('cleanup', ...limits, '600');
      expect({ code, err }).toEqual({
        code: 0,
        err: expect.stringContaining(`${Number(before) - 500} entries cleaned up.`),
      });
      expect(err).toContain('No export was triggered.');
      expect((await counts())['old']).toBeUndefined();
      // 500, and the records of the removal.
      expect(await total()).toBeLessThan(510);
      await expect(run('verify')).resolves.toMatchObject({ code: 0 });
    },
    PATIENCE_MS,
  );

  it(
    'removes records of an action between others',
    async () => {
      const { code } = await run('cleanup', '--action', 'validate/check_s*', '--delete-after-days', '30');
      expect(code).toBe(0);
      expect(await counts()).toEqual({ old: OLD - OLD / 20, new: NEW });
      await expect(run('verify')).resolves.toMatchObject({ code: 0 });
    },
    PATIENCE_MS,
  );

  it(
    'verifies when it was killed on the way, and goes on',
    async () => {
      const env = { PATH: process.env['PATH'] ?? '', ...installation.env };
      const folder = join(installation.folder, 'exported');
      const args = ['audit', 'cleanup', '--delete-after-days', '30', '--export', '--exportdir', folder];
      const killed = spawn(process.execPath, [CLI, ...args], { env, stdio: 'ignore' });
      const ended = once(killed, 'exit');
      const isUnderWay = async () => Number((await counts())['old']) < OLD;
      while (killed.exitCode === null && !(await isUnderWay()));
      killed.kill('SIGKILL');
      await ended;
      await expect(run('verify')).resolves.toMatchObject({ code: 0 });
      await run(...args.slice(1));
      expect(await counts()).toEqual({ new: NEW });
      await expect(run('verify')).resolves.toMatchObject({ code: 0 });
      const texts = await Promise.all(
        (await exportedFiles(folder)).map((name) => readFile(join(folder, name), 'utf8')),
      );
      const places = texts.flatMap((text) =>
        (parse(text, { columns: true, skip_records_with_error: true }) as Record<string, string>[])
          .filter(({ user }) => user === 'old')
          .map(({ sequence }) => sequence),
      );
      expect(new Set(places).size).toBe(OLD);
    },
    PATIENCE_MS,
  );

  const copied = (lane: number, count: number, at: string) =>
    database.query(
      `INSERT INTO audit_record SELECT ${lane}, row_number() OVER (), 1, 1000000 + number, ${at}, action, succeeded, serial,
         token_type, 'forged', realm, administrator, detail, info, node, client, log_level, clearance_level, row_hash, chain,
         signature, heads
       FROM audit_record WHERE username = 'old' ORDER BY seq LIMIT ${count}`,
    );

  it(
    'counts what the chain covers, and no running numbers, lanes or times that somebody wrote',
    async () => {
      await copied(1, 600, "now() + interval '1 day'");
      await expect(run('cleanup', '--max-entries-to-keep', '500')).resolves.toMatchObject({ code: 0 });
      // 500 of them, less what the server and the copying have recorded.
      expect((await counts())['new']).toBeGreaterThan(450);
      expect((await counts())['old']).toBeUndefined();
    },
    PATIENCE_MS,
  );

  it(
    'removes nothing by count while some of what is to stay is not sound',
    async () => {
      await copied(1, 600, "now() + interval '1 day'");
      await database.query(
        `INSERT INTO audit_lane (id, seq, head, node, heads) VALUES (1, 600, '', 'x', '')`,
      );
      const { code, err } = await run('cleanup', '--max-entries-to-keep', '500');
      expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('of lane 1 is not sound') });
      expect(await counts()).toEqual({ old: OLD, new: NEW });
    },
    PATIENCE_MS,
  );

  it(
    'removes nothing of what was tampered with, and goes on with other lanes',
    async () => {
      const { rows } = await database.query<{ lane: string }>(
        `UPDATE audit_record SET detail = 'x' WHERE username = 'old' AND seq = 100 RETURNING lane`,
      );
      const at = new Date(Date.now() - 35 * DAY_MS);
      const other = Array.from({ length: 50 }, () => loginRecord({ at, user: 'other' }));
      await giveRecords(database, await auditSigner(installation), other);
      const { code, err } = await run('cleanup', '--delete-after-days', '30');
      expect({ code, err }).toEqual({
        code: 1,
        err: expect.stringContaining(`record 100 of lane ${rows[0]?.lane} is not sound (changed)`),
      });
      expect(err).toContain('50 entries cleaned up.');
      expect(await counts()).toEqual({ old: OLD, new: NEW });
      const { rowCount } = await database.query(`SELECT 1 FROM audit_record WHERE username = 'other'`);
      expect(rowCount).toBe(0);
    },
    PATIENCE_MS,
  );
});

describe('npx twinlock audit cleanup, called in the wrong way', () => {
  it.each([
    [[], 'say what goes: --max-entries-to-keep, --delete-after-days or --action'],
    [
      ['--delete-after-days', '3', '--max-entries-to-keep', '5'],
      '`--delete-after-days` can not be used alongside `--max-entries-to-keep` or `--cleanup-threshold`',
    ],
    [
      ['--max-entries-to-keep', '5', '--cleanup-threshold', '4'],
      '--cleanup-threshold must be greater than or equal to --max-entries-to-keep.',
    ],
  ])(
    'refuses %j',
    async (args, message) => {
      await expect(twinlock({}, ['audit', 'cleanup', ...args])).resolves.toEqual({
        code: 1,
        out: '',
        err: `Error: ${message}\n`,
      });
    },
    PATIENCE_MS,
  );
});
