import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { Dice } from '../../support/audit/dice.js';
import { adminAgent } from '../../support/clients/admin-agent.js';
import { hotpAt } from '../../support/clients/otp.js';
import { type Installation, givenInstallation } from '../../support/application/installation.js';
import { startProcess } from '../../support/application/process.js';
import { CLI, twinlock } from '../../support/application/twinlock.js';
import { somebodyWaits } from '../../support/database/lock-waits.js';
import { countOf, figure } from '../figures.js';
import { enrol } from '../given-users.js';
import { LoginClient } from '../login-client.js';

/** `npm test` kills one where it is certain to be in the middle of it. */
const IS_LONG = process.env['TWINLOCK_FIGURES'] === '1';
const KILLS = countOf('TWINLOCK_RESTORE_KILLS', 10);
const SEED = countOf('TWINLOCK_SEED', 7);
const WITHIN_MS = 240_000 + KILLS * 30_000;
const TOKENS = 40;
const MARGIN = '5';
const POLL_MS = 10;

type Env = Installation['env'];

describe('a restore that is killed (kill -9)', () => {
  let folder: string;
  let source: Installation;
  let file: string;
  let keyFile: string;
  /** Of an undisturbed one. */
  let usualMs = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'twinlock-killed-restore-'));
    // The embedded database does not run as root.
    await chmod(folder, 0o755);
    source = await givenInstallation();
    [file, keyFile] = [join(folder, 'backup.age'), join(folder, 'backup.key')];
    const { out } = await twinlock(source.env, ['backup-key', keyFile]);
    const node = await startProcess(source);
    const admin = await adminAgent(node.url, source);
    for (let place = 0; place < TOKENS; place++) await enrol(admin, `R${place}`);
    const written = await twinlock(source.env, ['backup', file, '--recipient', out.trim()]);
    expect(written).toMatchObject({ code: 0 });
    await node.stop();
  }, WITHIN_MS);

  afterAll(async () => {
    await source?.remove();
    if (folder) await rm(folder, { recursive: true, force: true });
  }, WITHIN_MS);

  const restoring = ['restore', '--counter-margin', MARGIN];
  const commandLine = () => [...restoring, file, '--identity', keyFile];
  const restore = (env: Env) => twinlock(env, commandLine());

  /** As `restore`, and left to run. */
  function begin(env: Env): ChildProcess {
    return spawn(process.execPath, [CLI, ...commandLine()], {
      env: { PATH: process.env['PATH'] ?? '', ...env },
      stdio: 'ignore',
    });
  }

  /** @returns whether it was still running */
  async function kill(child: ChildProcess): Promise<boolean> {
    if (child.exitCode !== null) return false;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    const [, by] = await ended;
    return by === 'SIGKILL';
  }

  /** The keyring and the heads of the source's machine. */
  async function prepare(target: string): Promise<void> {
    await copyFile(join(source.folder, 'keyring.json'), join(target, 'keyring.json'));
    await cp(join(source.folder, 'audit-heads'), join(target, 'audit-heads'), { recursive: true });
  }

  /** It serves, knows every token, takes what was not used, and its trail is sound. */
  async function expectWhole(env: Env): Promise<void> {
    const node = await startProcess({ env });
    const client = new LoginClient(node.url);
    try {
      for (const place of [0, TOKENS - 1]) {
        const login = (counter: number) =>
          client.post('/validate/check_s', { serial: `R${place}`, pass: hotpAt(counter) });
        expect((await login(0)).isAccepted).toBe(false);
        expect((await login(Number(MARGIN))).isAccepted).toBe(true);
      }
      expect(await twinlock(env, ['audit', 'verify'])).toMatchObject({ code: 0 });
    } finally {
      client.close();
      await node.stop();
    }
  }

  /** What a killed one left behind: another restore makes it whole, and until then no server takes it for anything. */
  async function expectRecovery(env: Env, isUnfinished: boolean): Promise<void> {
    if (isUnfinished) {
      const why = await startProcess({ env }).then(
        async (node) => `it started, and ended with ${await node.stop()}`,
        (error: unknown) => String(error),
      );
      expect(why).toContain('a restore into this database did not get to its end');
    }
    expect(await restore(env)).toMatchObject({ code: 0, out: expect.stringContaining(`${TOKENS} tokens`) });
    await expectWhole(env);
  }

  async function tablesOf({ database }: Installation): Promise<string[]> {
    const client = await database.connect();
    try {
      const { rows } = await client.query<{ name: string }>(
        `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
      );
      return rows.map(({ name }) => name);
    } finally {
      await client.end();
    }
  }

  it(
    'in the middle of its transaction leaves nothing that a server would start on, and can be done again',
    async () => {
      const target = await givenInstallation();
      const holder = await target.database.connect();
      const watcher = await target.database.connect();
      try {
        await prepare(target.folder);
        // The first that it makes waits for this one, which it cannot see.
        await holder.query('BEGIN; CREATE TABLE migrations ()');
        const child = begin(target.env);
        await somebodyWaits(watcher, once(child, 'exit'));
        expect(await kill(child)).toBe(true);
        await holder.query('ROLLBACK');
        expect(await tablesOf(target)).toEqual(['unfinished_restore']);
        await expectRecovery(target.env, true);
        expect(await restore(target.env)).toMatchObject({
          code: 1,
          err: expect.stringContaining('the database is not empty'),
        });
      } finally {
        await Promise.all([holder.end(), watcher.end()]);
        await target.remove();
      }
    },
    WITHIN_MS,
  );

  const long = IS_LONG ? it : () => undefined;

  long(
    `at any moment leaves all of it or nothing, ${KILLS} times`,
    async () => {
      const dice = new Dice(SEED);
      const left = { untouched: 0, unfinished: 0, whole: 0 };
      for (let round = 0; round <= KILLS; round++) {
        const target = await givenInstallation();
        try {
          await prepare(target.folder);
          const started = performance.now();
          const child = begin(target.env);
          if (round === 0) {
            // How long one takes.
            expect(await once(child, 'exit')).toEqual([0, null]);
            usualMs = performance.now() - started;
            continue;
          }
          // Before that Node loads.
          await pause(usualMs / 3 + dice.roll((usualMs * 2) / 3));
          await kill(child);
          // What it asked last is ended by the database, sooner or later: until then it may yet be committed.
          const database = await target.database.connect();
          const others = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`;
          while ((await database.query(others)).rowCount !== 0) await pause(POLL_MS);
          await database.end();
          const tables = await tablesOf(target);
          const isWhole = tables.includes('token');
          const isUnfinished = tables.includes('unfinished_restore');
          expect(isWhole && isUnfinished).toBe(false);
          if (isWhole) await expectWhole(target.env);
          else {
            expect(tables).toEqual(isUnfinished ? ['unfinished_restore'] : []);
            await expectRecovery(target.env, isUnfinished);
          }
          left[isWhole ? 'whole' : isUnfinished ? 'unfinished' : 'untouched']++;
        } finally {
          await target.remove();
        }
      }
      figure(
        `${KILLS} restores killed within ${(usualMs / 1000).toFixed(1)} s: ${left.untouched} had not begun, ${left.unfinished} unfinished (no server starts on it), ${left.whole} whole; all of them whole in the end`,
      );
    },
    WITHIN_MS,
  );

  long(
    `into a new embedded database at any moment can be done again, ${Math.ceil(KILLS / 3)} times`,
    async () => {
      const dice = new Dice(SEED);
      let took = 0;
      for (let round = 0; round <= Math.ceil(KILLS / 3); round++) {
        const data = join(folder, `data${round}`);
        await mkdir(data);
        await prepare(data);
        const env = {
          TWINLOCK_DATA: data,
          TWINLOCK_ADMIN_PASSWORD_FILE: join(source.folder, 'admin-password'),
          TWINLOCK_LOG_LEVEL: 'warn',
        };
        const started = performance.now();
        const child = begin(env);
        if (round === 0) {
          expect(await once(child, 'exit')).toEqual([0, null]);
          took = performance.now() - started;
        } else {
          await pause(took / 4 + dice.roll((took * 3) / 4));
          await kill(child);
          const again = await restore(env);
          const isThere = again.err.includes('the database is not empty');
          expect([again.code, isThere]).toEqual(isThere ? [1, true] : [0, false]);
        }
        await expectWhole(env);
      }
      figure(
        `restores into a new embedded database, killed ${Math.ceil(KILLS / 3)} times within ${(took / 1000).toFixed(1)} s: whole in the end`,
      );
    },
    WITHIN_MS,
  );
});
