import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { parse } from 'csv-parse/sync';
import type pg from 'pg';

import { auditSigner, giveRecords, loginRecord } from '../../support/audit/given-records.js';
import { type Installation, givenInstallation } from '../../support/application/installation.js';
import { type RunningProcess, startProcess } from '../../support/application/process.js';
import { twinlock } from '../../support/application/twinlock.js';

const MANY = 6_000;
const START = Date.UTC(2026, 2, 1);
const HOUR_MS = 3_600_000;
const PATIENCE_MS = 60_000;

describe('npx twinlock audit export, beside a running server', () => {
  let installation: Installation;
  let server: RunningProcess;
  let database: pg.Client;

  beforeAll(async () => {
    installation = await givenInstallation();
    server = await startProcess(installation);
    database = await installation.database.connect();
    const records = Array.from({ length: MANY }, (_, place) =>
      loginRecord({
        at: new Date(START + place * HOUR_MS),
        user: place % 100 === 0 ? '=cmd("x")' : `user${place % 50}`,
        succeeded: place % 2 === 0,
        client: '198.51.100.7',
      }),
    );
    await giveRecords(database, await auditSigner(installation), records);
  }, PATIENCE_MS);
  afterAll(async () => {
    await database?.end();
    await server?.stop();
    await installation?.remove();
  });

  const exported = (...args: string[]) => twinlock(installation.env, ['audit', 'export', ...args]);
  const file = (name: string) => join(installation.folder, name);

  it(
    'writes all records as JSON lines, with what their hash covers',
    async () => {
      const { code, out, err } = await exported('--format', 'jsonl');
      expect(code).toBe(0);
      const { rows } = await database.query<{
        number: string;
        row_hash: Buffer;
        chain: Buffer;
        username: string;
      }>('SELECT number, row_hash, chain, username FROM audit_record ORDER BY number');
      const objects = out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(objects.map(({ number, rowHash, chain, user }) => [number, rowHash, chain, user])).toEqual(
        rows.map((row) => [
          Number(row.number),
          row.row_hash.toString('hex'),
          row.chain.toString('hex'),
          row.username,
        ]),
      );
      expect(err).toContain(`${rows.length} records exported.`);
    },
    PATIENCE_MS,
  );

  it(
    'writes those of a time to a file that only its owner reads',
    async () => {
      const range = ['--from', '2026-03-02', '--until', '2026-03-11T12:00:00Z'];
      const { code, out, err } = await exported('--output', file('march.csv'), ...range);
      expect({ code, out, err }).toEqual({ code: 0, out: '', err: '228 records exported.\n' });
      const rows = parse(await readFile(file('march.csv'), 'utf8'), { columns: true }) as Record<
        string,
        string
      >[];
      expect(rows).toHaveLength(228);
      expect(rows.at(0)?.['date']).toBe('2026-03-02T00:00:00.000Z');
      expect(rows.at(-1)?.['date']).toBe('2026-03-11T11:00:00.000Z');
      expect(rows.map(({ user }) => user)).toContain(`'=cmd("x")`);
      expect((await stat(file('march.csv'))).mode & 0o777).toBe(0o600);
      expect((await readdir(installation.folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
    },
    PATIENCE_MS,
  );

  it.each([
    [['--user', 'user7'], 120],
    [['--user', 'user7', '--failed'], 120],
    [['--user', 'user8', '--failed'], 0],
    [['--user', 'user1*', '--client', '198.51.100.*'], 1_320],
    [['--action', 'admin/*', '--client', '198.51.100.7'], 0],
  ])(
    'writes those of %j',
    async (filters, count) => {
      const { code, out } = await exported('--format', 'jsonl', ...filters);
      expect(code).toBe(0);
      expect(out.split('\n')).toHaveLength(count + 1);
    },
    PATIENCE_MS,
  );

  it(
    'goes on where the last one ended, also with what was committed late under a lower number',
    async () => {
      const resumed = async (...more: string[]) => {
        const { code, out, err } = await exported(
          '--format',
          'jsonl',
          '--resume',
          file('position.json'),
          ...more,
        );
        const users = out.split('\n').filter((line) => line !== '');
        return { code, err, users: users.map((line) => (JSON.parse(line) as { user: string }).user) };
      };
      const signer = await auditSigner(installation);
      const late = await installation.database.connect();
      try {
        await late.query('BEGIN');
        await giveRecords(late, signer, [loginRecord({ user: 'late' }), loginRecord({ user: 'late too' })]);
        await giveRecords(database, signer, [loginRecord({ user: 'in time' })]);
        const first = await resumed();
        expect(first.code).toBe(0);
        expect(first.users).toContain('in time');
        expect(first.users).not.toContain('late');
        await expect(resumed()).resolves.toMatchObject({ code: 0, users: [] });
        await late.query('COMMIT');
      } finally {
        await late.end();
      }
      await expect(resumed('--user', 'late*')).resolves.toMatchObject({ users: ['late', 'late too'] });
      await giveRecords(database, signer, [loginRecord({ user: 'next' })]);
      await expect(resumed()).resolves.toMatchObject({ users: ['next'] });
      expect((await stat(file('position.json'))).mode & 0o777).toBe(0o600);
      await writeFile(file('other.json'), '{"format":"other"}');
      await expect(exported('--resume', file('other.json'))).resolves.toMatchObject({
        code: 1,
        out: '',
        err: expect.stringContaining('nothing is exported'),
      });
    },
    PATIENCE_MS,
  );

  it(
    'takes the place of no file',
    async () => {
      const path = file('admin-password');
      await expect(exported('--output', path)).resolves.toEqual({
        code: 1,
        out: '',
        err: `Error: ${path} cannot be written: it exists already\n`,
      });
      await expect(exported('--output', file('missing/x.csv'))).resolves.toMatchObject({ code: 1, out: '' });
    },
    PATIENCE_MS,
  );

  it(
    'refuses what is no time',
    async () => {
      await expect(exported('--from', 'yesterday')).resolves.toMatchObject({
        code: 2,
        err: expect.stringContaining("option '--from <time>' argument 'yesterday' is invalid"),
      });
    },
    PATIENCE_MS,
  );
});
