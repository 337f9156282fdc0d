import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { adminAgent } from '../../support/clients/admin-agent.js';
import { type Installation, givenInstallation } from '../../support/application/installation.js';
import { type RunningProcess, startProcess } from '../../support/application/process.js';
import { twinlock } from '../../support/application/twinlock.js';

// A test runs several commands, each a process with a connection of its own.
const PATIENCE_MS = 60_000;

/** Past the application. */
async function rowsOf({ database }: Installation, statement: string): Promise<Record<string, unknown>[]> {
  const client = await database.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

describe('the command line beside a running server', () => {
  let installation: Installation;
  let server: RunningProcess;

  beforeAll(async () => {
    installation = await givenInstallation();
    server = await startProcess(installation);
  }, PATIENCE_MS);
  afterAll(async () => {
    await server?.stop();
    await installation?.remove();
  });

  const run = (args: readonly string[], stdin?: string) => twinlock(installation.env, args, stdin);
  const localAdmins = (args: readonly string[], stdin?: string) => run(['local-admins', ...args], stdin);
  const logIn = (username: string, password: string) =>
    adminAgent(server.url, installation, { username, password });
  const states = async () =>
    (await localAdmins(['list', '--format', '{username}: {state}'])).out.trim().split('\n');
  const query = (statement: string) => rowsOf(installation, statement);

  it('finds everything initialised', async () => {
    await expect(run(['init'])).resolves.toMatchObject({
      code: 0,
      out: '',
      err: 'All was there already: nothing was done.\n',
    });
  });

  it(
    'adds an administrator, who logs in with the password that was set',
    async () => {
      const added = await localAdmins([
        'add',
        'anna',
        '--givenname',
        'Anna',
        '--surname',
        'Eins',
        '--phone',
        '12',
      ]);
      expect(added).toMatchObject({ code: 0, out: '' });
      await expect(localAdmins(['add', 'anna'])).resolves.toMatchObject({
        code: 1,
        err: 'Error: User anna already exists\n',
      });
      await expect(logIn('anna', 'Geheim123')).rejects.toThrow('login refused');

      const set = await localAdmins(['password', 'anna', '--stdin'], 'Geheim123\n');
      expect(set).toMatchObject({ code: 0, out: '' });
      expect(set.err).not.toContain('Geheim123');
      await (await logIn('anna', 'Geheim123')).get('/admin/show').expect(200);

      await localAdmins(['modify', 'anna', '--phone', '', '--email', 'anna@example.test']);
      const { out } = await localAdmins(['list', '--long']);
      expect(out.split('\n')).toEqual(['admin::::', 'anna:Anna Eins:anna@example.test::', '']);
    },
    PATIENCE_MS,
  );

  it('records what it changes, and who did it', async () => {
    const records = await query(
      `SELECT action, username, administrator FROM audit_record WHERE action LIKE 'local-admins/%' ORDER BY at`,
    );
    expect(records.map((record) => record['action'])).toEqual([
      'local-admins/add',
      'local-admins/password',
      'local-admins/modify',
    ]);
    for (const record of records) {
      expect(record).toMatchObject({ username: 'anna', administrator: expect.stringMatching(/.@console$/) });
    }
  });

  it(
    'ends the sessions of whom it disables',
    async () => {
      const agent = await logIn('anna', 'Geheim123');
      await agent.get('/admin/show').expect(200);
      await expect(localAdmins(['disable', 'anna'])).resolves.toMatchObject({ code: 0 });
      await agent.get('/admin/show').expect(401);
      await expect(logIn('anna', 'Geheim123')).rejects.toThrow('login refused');

      await expect(localAdmins(['enable', 'anna'])).resolves.toMatchObject({ code: 0 });
      await (await logIn('anna', 'Geheim123')).get('/admin/show').expect(200);
      await agent.get('/admin/show').expect(401);
    },
    PATIENCE_MS,
  );

  it(
    'removes whom it is told to, after asking',
    async () => {
      const refusals = [await localAdmins(['remove', 'anna'], 'n\n'), await localAdmins(['remove', 'anna'])];
      for (const { code, err } of refusals) {
        expect(code).toBe(1);
        expect(err).toBe('Are you sure you want to remove the account? [y/N]: \nAborted!\n');
      }
      await expect(localAdmins(['remove', 'nobody'])).resolves.toMatchObject({
        code: 1,
        err: 'Error: User nobody does not exist\n',
      });
      await expect(states()).resolves.toContain('anna: enabled');
      await expect(localAdmins(['remove', 'anna'], 'y\n')).resolves.toMatchObject({ code: 0 });
      await expect(states()).resolves.toEqual(['admin: enabled']);
    },
    PATIENCE_MS,
  );

  it(
    'keeps the last administrator, unless it is forced',
    async () => {
      await localAdmins(['add', 'eva']);
      for (const change of [
        ['disable', 'admin'],
        ['remove', 'admin', '--yes'],
      ]) {
        const { code, err } = await localAdmins(change);
        expect(code).toBe(1);
        expect(err).toContain('last enabled administrator');
      }
      await expect(states()).resolves.toEqual(['admin: enabled', 'eva: no password']);
      await expect(localAdmins(['disable', 'admin', '--force'])).resolves.toMatchObject({ code: 0 });
      await expect(states()).resolves.toEqual(['admin: disabled', 'eva: no password']);
      await localAdmins(['enable', 'admin']);
    },
    PATIENCE_MS,
  );

  it(
    'puts the local administrators back into their realm',
    async () => {
      await expect(localAdmins(['enable'])).resolves.toMatchObject({
        code: 0,
        err: 'LinOTP_local_admins is in linotp_admins already.\n',
      });
      await query(`DELETE FROM realm_resolver; UPDATE configuration_version SET version = version + 1`);
      await expect(logIn('admin', installation.password)).rejects.toThrow('login refused');
      await expect(localAdmins(['enable'])).resolves.toMatchObject({ code: 0 });
      await logIn('admin', installation.password);
    },
    PATIENCE_MS,
  );

  it(
    'makes no administrator where the last one was removed',
    async () => {
      await localAdmins(['remove', 'eva', '--yes']);
      await localAdmins(['remove', 'admin', '--yes', '--force']);
      await expect(localAdmins(['list'])).resolves.toEqual({ code: 0, out: '', err: '' });
    },
    PATIENCE_MS,
  );
});

describe('the command line without a server', () => {
  let installation: Installation;
  beforeEach(async () => {
    installation = await givenInstallation();
  });
  afterEach(() => installation.remove());

  const run = (args: readonly string[], stdin?: string) => twinlock(installation.env, args, stdin);

  it(
    'makes nothing of an empty database but with init, and that once',
    async () => {
      const files = await readdir(installation.folder);
      for (const { args, refused } of [
        { args: ['local-admins', 'list'], refused: 1 },
        { args: ['audit', 'verify'], refused: 3 },
      ]) {
        const { code, err } = await run(args);
        expect(code).toBe(refused);
        expect(err).toContain('twinlock init');
      }
      const tables = `SELECT tablename FROM pg_tables WHERE schemaname = 'public'`;
      await expect(rowsOf(installation, tables)).resolves.toEqual([]);
      await expect(readdir(installation.folder)).resolves.toEqual(files);

      const first = await run(['init']);
      expect(first).toMatchObject({ code: 0, out: '' });
      expect(first.err).toMatch(/keyring.*\n.*schema.*\n.*administrator 'admin'/);
      expect(first.err).not.toContain(installation.password);
      const second = await run(['init']);
      expect(second.err).toContain('nothing was done');
      await expect(run(['local-admins', 'list'])).resolves.toMatchObject({ code: 0, out: 'admin\n' });
    },
    PATIENCE_MS,
  );

  it(
    'finds what was done to the audit trail',
    async () => {
      await run(['init']);
      await run(['local-admins', 'add', 'anna']);
      await run(['local-admins', 'modify', 'anna', '--phone', '1']);
      const sound = await run(['audit', 'verify']);
      expect(sound).toMatchObject({ code: 0, out: expect.stringMatching(/ 2 records .*: sound\n$/) });
      expect(sound.err).toContain('No record is newer.');

      const [row] = await rowsOf(
        installation,
        `UPDATE audit_record SET username = 'eva' WHERE action = 'local-admins/add' RETURNING lane, seq`,
      );
      const changed = await run(['-q', 'audit', 'verify']);
      expect(changed).toMatchObject({ code: 1, err: '' });
      expect(changed.out).toMatch(
        new RegExp(
          `^lane ${String(row?.['lane'])}, record ${String(row?.['seq'])}, number \\d+ of .*: changed: `,
        ),
      );

      await rowsOf(
        installation,
        `UPDATE audit_record SET username = 'anna' WHERE action = 'local-admins/add'`,
      );
      await expect(run(['audit', 'verify'])).resolves.toMatchObject({ code: 0 });
      await rowsOf(installation, `DELETE FROM audit_record WHERE action = 'local-admins/modify'`);
      const cut = await run(['audit', 'verify']);
      expect(cut).toMatchObject({ code: 1, out: expect.stringContaining('missing') });
    },
    PATIENCE_MS,
  );
});

describe('the command line with the embedded database', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'twinlock-cli-'));
    // As root, the database runs as somebody else, who has to get in.
    await chmod(folder, 0o755);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it(
    'starts it where nobody does, and shares it with a running server',
    async () => {
      const env = { TWINLOCK_DATA: join(folder, 'data'), TWINLOCK_LOG_LEVEL: 'warn' };
      await expect(twinlock(env, ['local-admins', 'list'])).resolves.toMatchObject({ code: 1, out: '' });
      await expect(readdir(folder)).resolves.toEqual([]);

      await expect(twinlock(env, ['init'])).resolves.toMatchObject({ code: 0 });
      await twinlock(env, ['local-admins', 'password', 'admin', '--stdin'], 'Geheim123\n');
      const installation = await givenInstallation();
      const server = await startProcess(installation, { ...env, DATABASE_URL: '' });
      try {
        const login = { username: 'admin', password: 'Geheim123' };
        const agent = await adminAgent(server.url, installation, login);
        await expect(twinlock(env, ['local-admins', 'add', 'anna'])).resolves.toMatchObject({ code: 0 });
        await expect(twinlock(env, ['audit', 'verify'])).resolves.toMatchObject({ code: 0 });
        await agent.get('/admin/show').expect(200);
        await expect(server.stop()).resolves.toBe(0);
      } finally {
        await server.kill();
        await installation.remove();
      }
      await expect(twinlock(env, ['local-admins', 'list'])).resolves.toMatchObject({ out: 'admin\nanna\n' });
    },
    PATIENCE_MS,
  );
});

describe('the usage of the command line', () => {
  const env = {
    TWINLOCK_DATA: '/nowhere/that/is',
    DATABASE_URL: 'postgres://twinlock:geheim1@127.0.0.1:1/x',
  };

  it.each([
    '--help',
    'help local-admins',
    'init --help',
    'serve --help',
    'local-admins password --help',
    'config show --help',
    'audit verify --help',
  ])('is told by %s', async (line) => {
    const { code, out, err } = await twinlock(env, line.split(' '));
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^Usage: twinlock/);
  });

  it.each([
    { args: [], problem: 'Usage: twinlock' },
    { args: ['local-admins'], problem: 'Usage: twinlock local-admins' },
    { args: ['nosuch'], problem: 'unknown command' },
    { args: ['--nosuch'], problem: 'unknown option' },
    { args: ['local-admins', 'list', '--nosuch'], problem: 'unknown option' },
    { args: ['local-admins', 'list', '--long', '--format', 'x'], problem: 'cannot be used with' },
    { args: ['local-admins', 'add'], problem: 'missing required argument' },
    { args: ['local-admins', 'add', 'a', '--phone', '1\t2'], problem: 'control characters' },
    { args: ['local-admins', 'modify', 'a'], problem: 'nothing to change' },
  ])('is broken by $args', async ({ args, problem }) => {
    const { code, out, err } = await twinlock(env, args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(problem);
  });

  it.each([
    { args: ['local-admins', 'password', 'admin', '--password', 'geheim1'] },
    { args: ['local-admins', 'password', 'admin', 'geheim1'] },
  ])('is broken by a password on the command line, which is not shown: $args', async ({ args }) => {
    const { code, err } = await twinlock(env, args);
    expect(code).toBe(2);
    expect(err).not.toContain('geheim1');
  });

  it('is no reason to show a password of the settings', async () => {
    const shown = await twinlock(env, ['config', 'show', '-m']);
    expect(shown).toMatchObject({ code: 0, out: expect.stringContaining('DATABASE_URL=postgres://') });
    const failed = await twinlock(env, ['-v', 'local-admins', 'list']);
    expect(failed).toMatchObject({ code: 1, err: expect.stringContaining('ECONNREFUSED') });
    expect(JSON.stringify([shown, failed])).not.toContain('geheim1');
  });

  it('ends with 2 when a setting cannot be used, and names it', async () => {
    const { code, err } = await twinlock({ ...env, TWINLOCK_PORT: 'geheim1' }, ['local-admins', 'list']);
    expect(code).toBe(2);
    expect(err).toMatch(/^Error: TWINLOCK_PORT/);
    expect(err).not.toContain('geheim1');
  });
});
