import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import pg from 'pg';

import { findBinaries } from './binaries.js';
import { clusterIn, passwordFileIn, prepareCluster } from './cluster.js';
import { identityFor } from './database-folder.js';
import {
  attachEmbeddedPostgres,
  EmbeddedPostgresError,
  type EmbeddedServer,
  type EmbeddedTarget,
  startEmbeddedPostgres,
} from './embedded-postgres.js';
import { Postmaster, readPidFile } from './postmaster.js';
import { findProcess } from './process-table.js';
import { ServerLog } from './server-log.js';
import { openSocketFolder } from './socket-folder.js';

const RELAXED = { fsync: 'off' };

/** A cluster takes a second to make: one for all of these, each of which leaves it stopped and in order. */
describe('the embedded PostgreSQL', () => {
  let base: string;
  let folder: string;
  const servers: EmbeddedServer[] = [];
  const bystanders: ChildProcess[] = [];
  const warnings: string[] = [];

  beforeAll(async () => {
    base = mkdtempSync(join(tmpdir(), 'tw-pg-'));
    chmodSync(base, 0o755);
    folder = join(base, 'data', 'postgres');
    const { target, stop } = await start();
    await query(target, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await stop();
  }, 60_000);
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop();
    for (const bystander of bystanders.splice(0)) bystander.kill('SIGKILL');
    warnings.length = 0;
  });
  afterAll(() => {
    rmSync(base, { recursive: true, force: true });
  });

  async function start(where = folder): Promise<EmbeddedServer> {
    const server = await startEmbeddedPostgres({
      folder: where,
      settings: RELAXED,
      log: (_, message) => warnings.push(message),
    });
    servers.push(server);
    return server;
  }

  const postmasterPid = async () => (await readPidFile(clusterIn(folder)))?.pid ?? 0;
  const mode = (path: string) => statSync(path).mode & 0o777;

  it('is a PostgreSQL 18 that keeps its data from one start to the next', async () => {
    const { target } = await start();
    expect(await query(target, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    const [version] = await query(target, 'SHOW server_version');
    expect(version).toMatchObject({ server_version: expect.stringMatching(/^18\./) });
    expect(await query(target, 'SHOW data_checksums')).toEqual([{ data_checksums: 'on' }]);
  });

  it('lets nobody in but who has the password, by a socket in a closed folder', async () => {
    const { target } = await start();
    expect(await query(target, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '' }]);
    expect(mode(target.host)).toBe(0o700);
    expect(mode(passwordFileIn(folder))).toBe(0o600);
    for (const user of ['twinlock', 'postgres']) {
      await expect(query({ ...target, user, password: () => 'guess' }, 'SELECT 1')).rejects.toMatchObject({
        code: '28P01',
      });
    }
  });

  it('gives the application a role that is no superuser', async () => {
    const { target } = await start();
    const [role] = await query(
      target,
      'SELECT rolsuper, rolcreaterole FROM pg_roles WHERE rolname = current_user',
    );
    expect(role).toEqual({ rolsuper: false, rolcreaterole: false });
  });

  it('orders text by code point and knows Unicode’s letters, whatever the machine’s locale', async () => {
    const { target } = await start();
    const [row] = await query(
      target,
      `SELECT 'Z' < 'a' AS ordered, lower('ÄÖÅ') AS lowered, 'ä' ~ '^\\w$' AS known`,
    );
    expect(row).toEqual({ ordered: true, lowered: 'äöå', known: true });
  });

  it('stops when it is told, and once', async () => {
    const { target, stop } = await start();
    const pid = await postmasterPid();
    await Promise.all([stop(), stop()]);
    await expect(query(target, 'SELECT 1')).rejects.toThrow();
    expect(await findProcess(pid, clusterIn(folder))).toBe('gone');
    expect(readdirSync(folder).filter((name) => name.endsWith('.sock'))).toEqual([]);
  });

  it('can be used by another process while it runs', async () => {
    expect(await attachEmbeddedPostgres(folder)).toBeNull();
    const { target, stop } = await start();
    const attached = await attachEmbeddedPostgres(folder);
    expect(attached?.target).toMatchObject({ host: target.host, user: target.user });
    expect(await query(attached?.target ?? target, 'SELECT answer FROM kept')).toHaveLength(1);
    await stop();
    expect(await attachEmbeddedPostgres(folder)).toBeNull();
    expect(await attachEmbeddedPostgres(join(base, 'nowhere'))).toBeNull();
  });

  it('is started once on a folder', async () => {
    const { target } = await start();
    await expect(start()).rejects.toThrow(`in use by process ${process.pid}`);
    expect(await query(target, 'SELECT answer FROM kept')).toHaveLength(1);
  });

  it('comes back by itself, at the same place, when it is killed', async () => {
    const { target } = await start();
    const pid = await postmasterPid();
    process.kill(pid, 'SIGKILL');
    expect(await eventually(target, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    expect(await postmasterPid()).not.toBe(pid);
    expect(warnings).toContain('the embedded database ended unexpectedly and is started again');
  });

  it('starts after a crash that left its files', async () => {
    const { stop, target } = await start();
    await query(target, 'CREATE TABLE IF NOT EXISTS committed AS SELECT 1 AS n');
    const leftPidFile = readFileSync(join(clusterIn(folder), 'postmaster.pid'), 'utf8');
    await stop();
    writeFileSync(join(clusterIn(folder), 'postmaster.pid'), leftPidFile);

    expect(await query((await start()).target, 'SELECT n FROM committed')).toEqual([{ n: 1 }]);
  });

  it.each([
    ['a zombie', async () => (await givenZombie()).zombie],
    ['another program', async () => (await givenZombie()).parent],
  ])('starts where the pid file names %s', async (_, pid) => {
    const { stop } = await start();
    const left = readFileSync(join(clusterIn(folder), 'postmaster.pid'), 'utf8');
    await stop();
    const text = left.replace(/^\d+/, String(await pid()));
    writeFileSync(join(clusterIn(folder), 'postmaster.pid'), text);
    writeFileSync(join(folder, 'run', '.s.PGSQL.5432.lock'), text);
    own(join(clusterIn(folder), 'postmaster.pid'));

    await expect(query((await start()).target, 'SELECT 1')).resolves.toHaveLength(1);
  });

  it('stops the server that a killed process left behind, and starts its own', async () => {
    const orphan = await givenOrphan();
    const { target } = await start();
    expect(orphan.isRunning).toBe(false);
    expect(await postmasterPid()).not.toBe(orphan.pid);
    expect(await query(target, 'SELECT answer FROM kept')).toHaveLength(1);
    expect(warnings).toEqual([expect.stringContaining(`${orphan.pid}`)]);
  });

  it('sets a new password where its file was lost', async () => {
    const before = readFileSync(passwordFileIn(folder), 'utf8');
    rmSync(passwordFileIn(folder));
    expect(await query((await start()).target, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
    expect(readFileSync(passwordFileIn(folder), 'utf8')).not.toBe(before);
  });

  it('says so when the password is another database’s, and leaves no server behind', async () => {
    const before = readFileSync(passwordFileIn(folder));
    writeFileSync(passwordFileIn(folder), 'another\n');
    await expect(start()).rejects.toThrow(`${passwordFileIn(folder)} is not the password`);
    expect(await readPidFile(clusterIn(folder))).toBeNull();
    writeFileSync(passwordFileIn(folder), before);
    await start();
  });

  it('leaves a database of another release alone', async () => {
    const version = join(clusterIn(folder), 'PG_VERSION');
    writeFileSync(version, '17\n');
    await expect(start()).rejects.toThrow('is of PostgreSQL 17');
    writeFileSync(version, '18\n');
    await start();
  });

  it('shows the server’s own words when it does not start', async () => {
    const configuration = join(clusterIn(folder), 'postgresql.auto.conf');
    const before = readFileSync(configuration);
    writeFileSync(configuration, 'no_such_setting = 1\n');
    await expect(start()).rejects.toThrow(/no_such_setting/);
    writeFileSync(configuration, before);
    await start();
  });

  it('leaves nothing that looks like a database when its making is interrupted', async () => {
    const place = join(base, 'interrupted');
    mkdirSync(place, { mode: 0o711 });
    const identity = await identityFor(clusterIn(place));
    const binaries = await findBinaries(identity, place);
    await expect(prepareCluster(place, { ...binaries, postgres: '/bin/false' }, identity)).rejects.toThrow(
      EmbeddedPostgresError,
    );
    expect(existsSync(clusterIn(place))).toBe(false);

    await prepareCluster(place, binaries, identity);
    // Beside a copy of the programs, where this checkout is out of the database's reach.
    const made = readdirSync(place).filter((name) => !name.startsWith('programs-'));
    expect(made.toSorted()).toEqual(['cluster', 'password']);
  }, 60_000);

  it('takes a short folder for its socket where its own is too deep', async () => {
    const deep = join(base, 'x'.repeat(100));
    const { target, stop } = await start(deep);
    expect(Buffer.byteLength(target.host)).toBeLessThan(86);
    expect(mode(target.host)).toBe(0o700);
    expect((await attachEmbeddedPostgres(deep))?.target.host).toBe(target.host);
    await stop();
    expect(existsSync(target.host)).toBe(false);
  }, 60_000);

  /** A server that nobody owns: what a Node process leaves when it is killed. */
  async function givenOrphan(): Promise<Postmaster> {
    const identity = await identityFor(clusterIn(folder));
    const binaries = await findBinaries(identity, folder);
    const log = new ServerLog(join(folder, 'postgres.log'));
    const orphan = await Postmaster.start({
      program: binaries.postgres,
      cluster: clusterIn(folder),
      socketFolder: await openSocketFolder(folder, identity),
      identity,
      settings: RELAXED,
      log,
    });
    log.close();
    return orphan;
  }

  async function givenZombie(): Promise<{ zombie: number; parent: number }> {
    const parent = spawn('sh', ['-c', 'true & echo $!; exec sleep 61'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    bystanders.push(parent);
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    return { zombie: Number(String(line)), parent: parent.pid ?? 0 };
  }

  /** As root, the database's files are its user's. */
  function own(file: string): void {
    const { uid, gid } = statSync(clusterIn(folder));
    chownSync(file, uid, gid);
    chmodSync(file, 0o600);
  }
});

async function query(target: EmbeddedTarget, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ ...target });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query(statement)).rows as unknown[];
  } finally {
    await client.end();
  }
}

/** Asks again until the server is back; the suite's own time limit ends it. */
async function eventually(target: EmbeddedTarget, statement: string): Promise<unknown[]> {
  for (;;) {
    try {
      return await query(target, statement);
    } catch {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
