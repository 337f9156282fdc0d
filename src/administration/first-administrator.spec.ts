import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Invalid } from '@app/kernel';

import {
  AdministratorsInMemory,
  PlainPasswords,
} from '../../test/support/domain/administrators-in-memory.js';
import { ensureFirstAdministrator } from './first-administrator.js';

// What the random source below makes: byte 0 is the first letter of the alphabet.
const MADE_UP = 'a'.repeat(20);

describe('the first administrator', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'twinlock-first-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function run(options: {
    passwordFile?: string;
    isTerminal?: boolean;
    store?: AdministratorsInMemory;
    dataFolder?: string;
  }) {
    const store = options.store ?? new AdministratorsInMemory();
    const written: string[] = [];
    const logged: string[] = [];
    await ensureFirstAdministrator(store, new PlainPasswords(), {
      passwordFile: options.passwordFile ?? null,
      isTerminal: options.isTerminal ?? false,
      write: (text) => written.push(text),
      dataFolder: options.dataFolder ?? folder,
      log: (message) => logged.push(message),
      random: { bytes: (length) => new Uint8Array(length) },
    });
    const account = await store.find('admin');
    return { password: account?.passwordHash?.replace('plain:', ''), written, logged, store };
  }

  it('gets the password of the file, and it is shown nowhere', async () => {
    const passwordFile = join(folder, 'given');
    await writeFile(passwordFile, 'Test 123! \n');
    const { password, written, logged } = await run({ passwordFile, isTerminal: true });
    expect(password).toBe('Test 123! ');
    expect(written).toEqual([]);
    expect(logged).toEqual(["made the administrator 'admin'"]);
    await expect(readdir(folder)).resolves.toEqual(['given']);
  });

  it('gets a made-up password, shown on a terminal only', async () => {
    const { password, written, logged } = await run({ isTerminal: true });
    expect(password).toBe(MADE_UP);
    expect(written.join('')).toContain(MADE_UP);
    expect(logged.join('')).not.toContain(MADE_UP);
    await expect(readdir(folder)).resolves.toEqual([]);
  });

  it('gets a made-up password in a private file where nobody looks, and the log names the file', async () => {
    const { password, written, logged } = await run({});
    const file = join(folder, 'first-administrator-password');
    expect(password).toBe(MADE_UP);
    await expect(readFile(file, 'utf8')).resolves.toBe(`${MADE_UP}\n`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(written).toEqual([]);
    expect(logged.join('')).toContain(file);
    expect(logged.join('')).not.toContain(MADE_UP);
  });

  it('finds its password also in a data folder that was not there', async () => {
    const dataFolder = join(folder, 'not', 'there');
    await run({ dataFolder });
    await expect(readdir(dataFolder)).resolves.toEqual(['first-administrator-password']);
    expect((await stat(dataFolder)).mode & 0o777).toBe(0o700);
  });

  it('replaces what lies at the place of the file, and does not follow a link', async () => {
    const target = join(folder, 'elsewhere');
    await writeFile(target, 'untouched');
    await symlink(target, join(folder, 'first-administrator-password'));
    await run({});
    await expect(readFile(target, 'utf8')).resolves.toBe('untouched');
  });

  it('is not made where there is an administrator', async () => {
    const { store } = await run({ isTerminal: true });
    await store.setPassword('admin', 'plain:mine');
    const { password, written, logged } = await run({ store, isTerminal: true });
    expect({ password, written, logged }).toEqual({ password: 'mine', written: [], logged: [] });
  });

  it.each([
    ['is missing', null],
    ['is empty', '\n'],
    ['holds a weak password', 'secret\n'],
  ])(
    'is not made when the password file %s; the error names the variable and does not quote the file',
    async (_case, content) => {
      const passwordFile = join(folder, 'given');
      if (content !== null) await writeFile(passwordFile, content);
      const store = new AdministratorsInMemory();
      const error: unknown = await run({ passwordFile, store }).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(Invalid);
      expect(String(error)).toContain('TWINLOCK_ADMIN_PASSWORD_FILE');
      expect(String(error)).not.toContain('secret');
      await expect(store.list()).resolves.toEqual([]);
    },
  );
});
