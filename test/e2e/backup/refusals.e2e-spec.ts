import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';

import { type Opening, backups, newIdentity, openRestore } from '../../../src/composition/backup.js';
import { readSettings } from '../../../src/config/settings.js';
import type { BackupHead } from '../../../src/persistence/backup/backup-format.js';
import { decrypted, encrypted } from '../../../src/persistence/backup/encryption.js';
import { MIGRATIONS } from '../../../src/persistence/data-source.js';
import { DatabaseAddress } from '../../../src/persistence/database.js';
import { openNode } from '../../faults/given-node.js';
import { type Installation, givenInstallation } from '../../support/application/installation.js';
import { createDatabase } from '../../support/database/database.js';

const WITHIN_MS = 300_000;

/** The plain text of a backup, changed by somebody who can encrypt as well. */
type Change = (head: BackupHead, lines: string[]) => void;

describe('a restore', () => {
  let folder: string;
  let source: Installation;
  let identity = '';
  let recipient = '';
  let whole: Buffer;
  /** Its schema has a table. */
  let occupied: Awaited<ReturnType<typeof createDatabase>>;
  /** No test puts anything into it. */
  let empty: Awaited<ReturnType<typeof createDatabase>>;
  let filled: Awaited<ReturnType<typeof createDatabase>>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'twinlock-restore-'));
    [source, empty, filled, occupied] = await Promise.all([
      givenInstallation(),
      createDatabase(),
      createDatabase(),
      createDatabase(),
    ]);
    ({ identity, recipient } = await newIdentity());
    const node = await openNode(source);
    await node.enrol({ counter: 7, lookAhead: 10 });
    const settings = readSettings(source.env);
    const { write } = backups(node, new DatabaseAddress(settings.databaseServers ?? []));
    const pieces: Buffer[] = [];
    const target = new Writable({
      write(piece: Buffer, _encoding, done) {
        pieces.push(piece);
        done();
      },
    });
    const sealing = { kind: 'recipients', recipients: [recipient] } as const;
    await write(target, { sealing, onRows: () => undefined, signal: new AbortController().signal });
    await node.close();
    whole = Buffer.concat(pieces);
    const client = await occupied.connect();
    await client.query('CREATE TABLE somebody (id int)');
    await client.end();
  }, WITHIN_MS);

  afterAll(async () => {
    await Promise.all([source?.remove(), empty?.drop(), filled?.drop(), occupied?.drop()]);
    if (folder) await rm(folder, { recursive: true });
  });

  const own = (): Opening => ({ kind: 'identities', identities: [identity] });

  async function restore(file: Buffer, opening = own(), env: Record<string, string> = {}) {
    const path = join(folder, 'given.age');
    await writeFile(path, file);
    const settings = readSettings({
      ...source.env,
      DATABASE_URL: empty.url,
      TWINLOCK_AUDIT_HEADS: join(folder, 'none'),
      ...env,
    });
    const backup = await openRestore(settings, () => undefined, path, opening);
    try {
      return await backup.run({ margin: 20, administrator: 'me@console', onRows: () => undefined });
    } finally {
      await backup.close();
    }
  }

  async function changed(change: Change): Promise<Buffer> {
    const text = (await buffer(Readable.from(await decrypted(Readable.from([whole]), own())))).toString(
      'utf8',
    );
    const [first = '', ...lines] = text.split('\n');
    const head = JSON.parse(first) as BackupHead;
    change(head, lines);
    const plain = Buffer.from([JSON.stringify(head), ...lines].join('\n'));
    const pieces = Readable.from([plain.subarray(0, 99), plain.subarray(99)]) as AsyncIterable<Buffer>;
    return buffer(await encrypted(pieces, { kind: 'recipients', recipients: [recipient] }));
  }

  const tablesIn = async ({ connect }: typeof empty) => {
    const client = await connect();
    try {
      return (await client.query(`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`)).rows;
    } finally {
      await client.end();
    }
  };

  it.each<{ readonly what: string; readonly file: () => Buffer | Promise<Buffer>; readonly says: RegExp }>([
    { what: 'lacks its last byte', file: () => whole.subarray(0, -1), says: /altered, or it is not whole/ },
    {
      what: 'has a byte changed',
      file: () => flipped(whole, whole.length - 40),
      says: /altered, or it is not whole/,
    },
    { what: 'has its head changed', file: () => flipped(whole, 60), says: /does not open/ },
    { what: 'is something else', file: () => Buffer.from('something else'), says: /does not open/ },
    { what: 'is empty', file: () => Buffer.alloc(0), says: /does not open/ },
    {
      what: 'is of a newer release',
      file: () => changed((head) => void (head.migrations as string[]).push('Later1899000000000')),
      says: /a newer release made it \(Twinlock .*Later1899000000000\)/,
    },
    {
      what: 'is of another format',
      file: () => changed((head) => void Object.assign(head, { format: 'twinlock-backup-2' })),
      says: /no backup of the format twinlock-backup-1/,
    },
    {
      what: 'is sealed with a key that the keyring lacks',
      file: () => changed((head) => void (head.keys as string[]).push('00000000')),
      says: /the keyring does not fit it: it lacks key 00000000/,
    },
    {
      what: 'has a table that is not known',
      file: () => changed((head) => void Object.assign(head.tables[0] ?? {}, { name: 'pg_authid' })),
      says: /does not know: pg_authid/,
    },
    {
      what: 'has a token of a type that is not known',
      file: () => changed((_head, lines) => replace(lines, '\thotp\t', '\tlater\t')),
      says: /tokens of a type that this release does not know: later/,
    },
    {
      what: 'ends within a table',
      file: () => changed((_head, lines) => void lines.splice(4)),
      says: /not whole/,
    },
    {
      what: 'lacks its end',
      file: () => changed((_head, lines) => void lines.splice(-2, 1)),
      says: /not whole: a line is cut off/,
    },
    {
      what: 'goes on behind its end',
      file: () => changed((_head, lines) => void lines.push('more')),
      says: /something follows its end/,
    },
  ])('refuses a file that $what, and leaves nothing behind', async ({ file, says }) => {
    await expect(restore(await file())).rejects.toThrow(says);
    expect(await tablesIn(empty)).toEqual([]);
  });

  it('refuses a file of which a row is missing', async () => {
    const file = await changed((_head, lines) => {
      const at = lines.findIndex((line) => line.includes('\thotp\t'));
      expect(at).toBeGreaterThan(0);
      lines.splice(at, 1);
    });
    await expect(restore(file)).rejects.toThrow('table token is not whole');
    expect(await tablesIn(empty)).toEqual([]);
  });

  it('refuses another key and a wrong passphrase', async () => {
    const { identity: other } = await newIdentity();
    await expect(restore(whole, { kind: 'identities', identities: [other] })).rejects.toThrow(
      'the key is wrong',
    );
    await expect(restore(whole, { kind: 'passphrase', passphrase: 'wrong' })).rejects.toThrow(
      'the passphrase is wrong',
    );
    await expect(restore(whole, { kind: 'identities', identities: ['no key'] })).rejects.toThrow(
      'no secret key of age',
    );
  });

  it('refuses where the keyring is missing, or is another one', async () => {
    const missing = { TWINLOCK_KEYRING_FILE: join(folder, 'missing.json') };
    await expect(restore(whole, own(), missing)).rejects.toThrow('there is no keyring at');
    const other = join(folder, 'other.json');
    const key = Buffer.alloc(32, 7).toString('base64');
    await writeFile(other, JSON.stringify({ version: 1, keys: [{ id: '0123abcd', key }] }), { mode: 0o600 });
    await expect(restore(whole, own(), { TWINLOCK_KEYRING_FILE: other })).rejects.toThrow(
      'the keyring does not fit it',
    );
    expect(await tablesIn(empty)).toEqual([]);
  });

  it('refuses a database that is not empty, and changes nothing in it', async () => {
    await expect(restore(whole, own(), { DATABASE_URL: occupied.url })).rejects.toThrow(
      'the database is not empty (public.somebody is there)',
    );
    expect(await tablesIn(occupied)).toEqual([{ tablename: 'somebody' }]);
  });

  it('brings a backup of an older schema to the schema of now', async () => {
    const last = new (MIGRATIONS.at(-1) ?? Object)() as { readonly name: string };
    const older = await changed((head) => {
      expect((head.migrations as string[]).pop()).toBe(last.name);
    });
    const { rows, changedTokens } = await restore(older, own(), { DATABASE_URL: filled.url });
    expect([rows['token'], changedTokens]).toEqual([1, 1]);
    const client = await filled.connect();
    const { rows: applied } = await client.query<{ name: string }>('SELECT name FROM migrations ORDER BY id');
    expect(applied.map(({ name }) => name)).toEqual(MIGRATIONS.map((Migration) => new Migration().name));
    const { rows: tokens } = await client.query('SELECT counter FROM token');
    expect(tokens).toEqual([{ counter: '27' }]);
    await client.end();
    // A node takes it as it is: nothing is left to be made or migrated, and ids go on.
    const node = await openNode(source, { DATABASE_URL: filled.url });
    const enrolled = await node.enrol({ serial: 'NEXT' });
    expect(await node.load('NEXT')).toMatchObject({ id: enrolled.id });
    expect(await node.verifyAudit()).toMatchObject({ faults: [], restores: [{}] });
    await node.close();
  });
});

function flipped(file: Buffer, at: number): Buffer {
  const changed = Buffer.from(file);
  changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
  return changed;
}

function replace(lines: string[], text: string, by: string): void {
  const at = lines.findIndex((line) => line.includes(text));
  lines[at] = (lines[at] ?? '').replace(text, by);
}
