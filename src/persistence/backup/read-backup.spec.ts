import { text } from 'node:stream/consumers';
import { Readable } from 'node:stream';

import { BACKUP_FORMAT, type BackupEnd, type BackupHead } from './backup-format.js';
import { BackupReader } from './read-backup.js';

const HEAD: BackupHead = {
  format: BACKUP_FORMAT,
  product: 'Twinlock 1',
  at: '2026-01-02T03:04:05.678Z',
  migrations: ['First1'],
  keys: ['0123abcd'],
  tables: [
    { name: 'token', columns: ['id', 'serial'] },
    { name: 'setting', columns: ['key'] },
  ],
};
const END: BackupEnd = { end: true, rows: { token: 2, setting: 0 }, sequences: { 'token.id': 2 } };
// A row may hold the letters of the mark, escaped as COPY escapes them, or at its end.
const ROWS = '1\ta\\\\.\n2\t\\\\.\n';
const WHOLE = `${JSON.stringify(HEAD)}\n${ROWS}\\.\n\\.\n${JSON.stringify(END)}\n`;

/** In pieces of so many bytes. */
function reader(content: string, size: number): BackupReader {
  const bytes = Buffer.from(content);
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, place) =>
    bytes.subarray(place * size, (place + 1) * size),
  );
  return new BackupReader(Readable.from([Buffer.alloc(0), ...pieces]) as AsyncIterable<Buffer>);
}

async function readAll(backup: BackupReader) {
  const head = await backup.head();
  const rows: string[] = [];
  for (const table of head.tables) rows.push(await text(Readable.from(backup.rows(table))));
  return { head, rows, end: await backup.end() };
}

describe('reading a backup', () => {
  it.each([1, 2, 3, 7, 64, 100_000])('gives back what is in it, in pieces of %i bytes', async (size) => {
    expect(await readAll(reader(WHOLE, size))).toEqual({ head: HEAD, rows: [ROWS, ''], end: END });
  });

  it('refuses what ends anywhere before its end', async () => {
    for (let length = 0; length < WHOLE.length; length++) {
      await expect(readAll(reader(WHOLE.slice(0, length), 16))).rejects.toThrow(/not whole|no backup/);
    }
  });

  it.each([
    { what: 'a head that is none', content: '{}\n', says: 'no backup of the format' },
    {
      what: 'a head without tables',
      content: `{"format":"${BACKUP_FORMAT}"}\n`,
      says: 'its head is damaged',
    },
    {
      what: 'an end that is none',
      content: WHOLE.replace('"end":true', '"end":1'),
      says: 'its end is missing',
    },
    { what: 'more behind its end', content: `${WHOLE}\n`, says: 'something follows its end' },
  ])('refuses $what', async ({ content, says }) => {
    await expect(readAll(reader(content, 16))).rejects.toThrow(says);
  });
});
