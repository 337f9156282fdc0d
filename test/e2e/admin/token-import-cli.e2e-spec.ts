import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import type pg from 'pg';

import { adminAgent } from '../../support/clients/admin-agent.js';
import { type RunningApplication, startApplication } from '../../support/application/application.js';

const CLI = new URL('../../../dist/src/cli.js', import.meta.url).pathname;
const SEED = '3132333435363738393031323334353637383930';
const PATIENCE_MS = 60_000;

let server: RunningApplication;
let database: pg.Client;
let folder: string;

beforeAll(async () => {
  server = await startApplication();
  database = await server.installation.database.connect();
  folder = await mkdtemp(join(tmpdir(), 'twinlock-import-'));
  const admin = await adminAgent(server.url, server.installation);
  const users = { resolver: 'people', passwords_in_plaintext: 'true' };
  await admin.upload('/tools/import_users', users, 'anna,1').expect(200);
  await admin
    .post('/system/setRealm', { realm: 'one', resolvers: 'useridresolver.SQLIdResolver.IdResolver.people' })
    .expect(200);
}, PATIENCE_MS);

afterAll(async () => {
  await database?.end();
  await server?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

beforeEach(() => database.query('DELETE FROM token'));

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

/** Beside the running server. */
async function importTokens(args: readonly string[], stdin = '') {
  const child = spawn(process.execPath, [CLI, 'tokens', 'import', ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...server.installation.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(stdin);
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { code: code as number | null, out, err };
}

const serials = async () => {
  const { rows } = await database.query<{ serial: string }>('SELECT serial FROM token ORDER BY serial');
  return rows.map(({ serial }) => serial);
};

describe('twinlock tokens import', () => {
  it(
    'imports beside a running server, tells what it left out, and leaves a record',
    async () => {
      const path = await file('mine.csv', `A,${SEED},,,,,anna,one\nB,${SEED}\nC\n`);
      const done = await importTokens([path, '--type', 'oathcsv', '--realm', 'ONE', '--progress']);
      expect(done).toMatchObject({
        code: 0,
        out: expect.stringMatching(
          /^2 tokens imported \(2 new, 0 overwritten, 1 lines left out\) in \d+\.\d s \(\d+\/s\)\n$/,
        ),
        err: expect.stringMatching(/^2 of 2 tokens \(\d+\/s\)\nLeft out: line 3: there is no seed\n$/),
      });
      const { rows } = await database.query(
        'SELECT serial, active, realms, owner_user_id FROM token ORDER BY serial',
      );
      expect(rows).toEqual([
        { serial: 'A', active: true, realms: ['one'], owner_user_id: '1' },
        { serial: 'B', active: true, realms: ['one'], owner_user_id: null },
      ]);
      const records = await database.query(
        `SELECT succeeded, serial, info, administrator FROM audit_record WHERE action = 'tokens/import'`,
      );
      expect(records.rows).toEqual([
        {
          succeeded: true,
          serial: 'A, B',
          info: 'oathcsv, mine.csv (imported: 2)',
          administrator: expect.stringMatching(/@console$/),
        },
      ]);
    },
    PATIENCE_MS,
  );

  it(
    'names every line that is wrong, and imports nothing',
    async () => {
      const path = await file('wrong.csv', `A,${SEED}\nB,geheim\nC,${SEED},nosuch\n`);
      expect(await importTokens([path, '--type', 'oathcsv'])).toEqual({
        code: 1,
        out: '',
        err:
          'line 2: The provided token seed contains non-hexadecimal characters\n' +
          "line 3: token type 'nosuch' is not supported\n" +
          'Error: nothing was imported: 2 in wrong.csv are wrong\n',
      });
      expect(await serials()).toEqual([]);
    },
    PATIENCE_MS,
  );

  it(
    'overwrites only when it is told to, and changes nothing in a dry run',
    async () => {
      const path = await file('again.csv', `A,${SEED}\nB,${SEED}\n`);
      const dry = await importTokens([path, '--type', 'oathcsv', '--dry-run', '--disabled']);
      expect(dry).toMatchObject({
        code: 0,
        out: expect.stringContaining('2 tokens would be imported (2 new'),
      });
      expect(await serials()).toEqual([]);
      expect((await importTokens([path, '--type', 'oathcsv', '--disabled'])).code).toBe(0);
      const refused = await importTokens([path, '--type', 'oathcsv']);
      expect(refused).toMatchObject({
        code: 1,
        err: expect.stringContaining('line 1: token A exists already'),
      });
      const renewed = await importTokens([path, '--type', 'oathcsv', '--overwrite', '--enabled']);
      expect(renewed).toMatchObject({ code: 0, out: expect.stringContaining('0 new, 2 overwritten') });
      const { rows } = await database.query('SELECT DISTINCT active FROM token');
      expect(rows).toEqual([{ active: true }]);
    },
    PATIENCE_MS,
  );

  it(
    'takes secrets from files and from standard input, and never as an argument',
    async () => {
      const value = (content: string) =>
        `<EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/><CipherData><CipherValue>${content}</CipherValue></CipherData>`;
      const pskc = await file(
        'password.xml',
        `<KeyContainer xmlns="urn:ietf:params:xml:ns:keyprov:pskc"><EncryptionKey><DerivedKey><KeyDerivationMethod Algorithm="x#pbkdf2"><PBKDF2-params><Salt><Specified>Ej7/PEpyEpw=</Specified></Salt><IterationCount>1000</IterationCount><KeyLength>16</KeyLength></PBKDF2-params></KeyDerivationMethod></DerivedKey></EncryptionKey>
<MACMethod Algorithm="x#hmac-sha1"><MACKey>${value('2GTTnLwM3I4e5IO5FkufoOEiOhNj91fhKRQBtBJYluUDsPOLTfUvoU2dStyOwYZx')}</MACKey></MACMethod>
<KeyPackage><Key Id="P1" Algorithm="x:hotp"><AlgorithmParameters/><Data><Secret><EncryptedValue>${value('oTvo+S22nsmS2Z/RtcoF8Hfh+jzMe0RkiafpoDpnoZTjPYZu6V+A4aEn032yCr4f')}</EncryptedValue><ValueMAC>LP6xMvjtypbfT9PdkJhBZ+D6O4w=</ValueMAC></Secret></Data></Key></KeyPackage></KeyContainer>`,
      );
      const password = await file('password', 'qwerty\n');
      const wrong = await importTokens([pskc, '--type', 'pskc', '--stdin'], 'another\n');
      expect(wrong).toMatchObject({
        code: 1,
        err: expect.stringContaining('line 3: The MAC value for P1 does not fit'),
      });
      expect(wrong.err).not.toContain('another');
      expect(
        await importTokens([pskc, '--type', 'pskc', '--pskc-password-file', password, '--dry-run']),
      ).toMatchObject({ code: 0 });
      expect(await importTokens([pskc, '--type', 'pskc', '--stdin'], 'qwerty\n')).toMatchObject({ code: 0 });
      expect(await serials()).toEqual(['P1']);
      const both = await importTokens([pskc, '--type', 'pskc', '--stdin', '--pskc-password-file', password]);
      expect(both.code).toBe(2);
    },
    PATIENCE_MS,
  );

  it(
    'says what it cannot work with',
    async () => {
      expect(await importTokens([join(folder, 'nosuch'), '--type', 'dpw'])).toMatchObject({
        code: 1,
        err: expect.stringContaining('nosuch cannot be read'),
      });
      expect((await importTokens(['x', '--type', 'nosuch'])).code).toBe(2);
      expect((await importTokens(['x'])).code).toBe(2);
      expect((await importTokens(['x', '--type', 'dat', '--start-date', 'soon'])).code).toBe(2);
      const path = await file('realm.csv', `A,${SEED}\n`);
      expect(await importTokens([path, '--type', 'oathcsv', '--realm', 'nosuch'])).toMatchObject({
        code: 1,
        err: 'Error: tokens cannot be imported into realm nosuch\n',
      });
    },
    PATIENCE_MS,
  );
});
