import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { sealedSecretsIn } from '@app/realms';
import type pg from 'pg';

import { Keyring } from '../../../src/keyring/keyring.js';
import { KeyringPolicySecrets } from '../../../src/keyring/keyring-policy-secrets.js';
import { readKeyring } from '../../../src/keyring/keyring-file.js';
import { SEALED_TABLES, sealedPlace } from '../../../src/persistence/keys/sealed-values.js';
import { type Installation, givenInstallation } from '../../support/application/installation.js';
import { type RunningProcess, startProcess } from '../../support/application/process.js';
import { CLI, twinlock } from '../../support/application/twinlock.js';
import { adminAgent } from '../../support/clients/admin-agent.js';
import { hotpAt } from '../../support/clients/otp.js';
import { somebodyWaits } from '../../support/database/lock-waits.js';
import { givenHotpToken, pinOf } from '../../support/domain/given-token.js';
import { countOf, figure, timesText } from '../figures.js';
import { CONTEXT, openNode } from '../given-node.js';
import { changed } from '../given-users.js';
import { type LoginAnswer, LoginClient } from '../login-client.js';
import { LoginLoad } from './login-load.js';

const TOKENS = countOf('TWINLOCK_ROTATED_TOKENS', 600);
const KILLS = countOf('TWINLOCK_ROTATION_KILLS', 1);
const USERS = 2;
const AT_ONCE = 5_000;
const WITHIN_MS = 300_000 + TOKENS * 10;

const serialOf = (place: number) => `K${String(place).padStart(6, '0')}`;

describe('a rotation of the keyring’s keys, while nodes serve', () => {
  let installation: Installation;
  let node: RunningProcess;
  /** It has a copy of the keyring, which gets the new key late. */
  let late: RunningProcess;
  let database: pg.Client;
  /** By the token that the late node was asked for. */
  let drawn = 1;
  let older = '';
  let newer = '';

  const keyringFile = () => join(installation.folder, 'keyring.json');
  const lateFile = () => join(installation.folder, 'late.json');
  const keys = (...args: readonly string[]) => twinlock(installation.env, ['keys', ...args]);
  const keyIds = async () => (await readKeyring(keyringFile()))?.keyIds ?? [];

  beforeAll(async () => {
    installation = await givenInstallation();
    const filling = await openNode(installation);
    for (let first = 0; first < TOKENS; first += AT_ONCE) {
      const places = Array.from({ length: Math.min(AT_ONCE, TOKENS - first) }, (_, place) => first + place);
      const pin = pinOf('pin');
      const tokens = places.map((place) => givenHotpToken({ serial: serialOf(place), pin }));
      await filling.tokenAdministration.change(CONTEXT, async (change) => ({
        result: await change.insertAll(tokens),
        facts: { succeeded: true },
      }));
    }
    await filling.close();
    await copyFile(keyringFile(), lateFile());
    [node, late] = await Promise.all([
      startProcess(installation),
      startProcess(installation, { TWINLOCK_KEYRING_FILE: lateFile() }),
    ]);
    database = await installation.database.connect();
    const admin = await adminAgent(node.url, installation);
    await changed(admin, '/system/setConfig', { hidden: 'a secret', 'hidden.type': 'password' });
    await changed(admin, '/system/setResolver', {
      name: 'ldap',
      type: 'ldapresolver',
      LDAPURI: 'ldap://127.0.0.1:1',
      LDAPBASE: 'dc=example',
      BINDDN: 'cn=x',
      BINDPW: 'a secret',
      LOGINNAMEATTRIBUTE: 'uid',
      LDAPSEARCHFILTER: '(uid=*)',
      LDAPFILTER: '(uid=%s)',
      USERINFO: '{"username": "uid"}',
    });
    await changed(admin, '/system/setProvider', {
      name: 'gateway',
      type: 'sms',
      class: 'HttpSMSProvider',
      timeout: '5',
      config: JSON.stringify({ URL: 'http://127.0.0.1:1/' }),
    });
    await changed(admin, '/system/setPolicy', {
      name: 'elsewhere',
      scope: 'authentication',
      realm: 'nowhere',
      action: 'forward_server=radius://127.0.0.1:1/?secret=shared',
    });
    [older = ''] = await keyIds();
  }, WITHIN_MS);

  afterAll(async () => {
    await database?.end();
    await Promise.all([node?.stop(), late?.stop()]);
    await installation?.remove();
  }, WITHIN_MS);

  const sealedWith = async (keyId: string) => {
    const { rows } = await database.query<{ count: string }>(
      `SELECT count(*) FROM token WHERE substr(secret_sealed, 2, 4) = $1`,
      [Buffer.from(keyId, 'hex')],
    );
    return Number(rows[0]?.count);
  };

  /** Ends the rotation within the batch that holds this token: its statement waits for the row. */
  async function killAt(place: number): Promise<void> {
    const holder = await installation.database.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT 1 FROM token WHERE serial = $1 FOR UPDATE', [serialOf(place)]);
    const rotation = spawn(process.execPath, [CLI, 'keys', 'rotate'], {
      env: { PATH: process.env['PATH'] ?? '', ...installation.env },
      stdio: 'ignore',
    });
    const ended = once(rotation, 'exit');
    await waitsForRow(ended);
    rotation.kill('SIGKILL');
    await ended;
    await holder.query('ROLLBACK');
    await holder.end();
  }

  /** Somebody changes the PIN of a token between the moment at which the rotation reads its row, and that at which it writes it. */
  async function rotatedBesideNewPin(place: number, pin: string) {
    const keyring = await readKeyring(keyringFile());
    keyring?.sealWith(older);
    const changing = await installation.database.connect();
    const { rows } = await changing.query<{ id: string }>('SELECT id FROM token WHERE serial = $1', [
      serialOf(place),
    ]);
    const sealed = pinOf(pin).use((bytes) =>
      keyring?.seal({ table: 'token', row: rows[0]?.id ?? '', column: 'pin_sealed' }, bytes),
    );
    await changing.query('BEGIN');
    await changing.query('UPDATE token SET pin_sealed = $1 WHERE serial = $2', [sealed, serialOf(place)]);
    const rotation = keys('rotate');
    await waitsForRow(rotation);
    await changing.query('COMMIT');
    await changing.end();
    return rotation;
  }

  /** Until the rotation has read the row that is held. */
  const waitsForRow = (rotation: Promise<unknown>) =>
    somebodyWaits(database, rotation, '%UPDATE token t SET secret_sealed%');

  it(
    `keeps logins right through ${KILLS} kills of it, loses no counter, and leaves nothing under the old key`,
    async () => {
      const added = await keys('add');
      expect(added).toMatchObject({ code: 0 });
      newer = added.out.trim();
      expect(await keyIds()).toEqual([older, newer]);
      const load = new LoginLoad(
        node.url,
        Array.from({ length: USERS }, (_, place) => serialOf(place)),
      );
      const started = performance.now();
      const left: number[] = [];
      for (let kill = 1; kill <= KILLS; kill++) {
        // Beyond the tokens that log in, whose batch is done by then: none of them waits for the row that is held.
        await killAt(Math.floor((TOKENS * kill) / (KILLS + 1)) + 1);
        left.push(await sealedWith(older));
        expect(left.at(-1)).toBeGreaterThan(0);
      }
      const done = await rotatedBesideNewPin(TOKENS - 1, 'new pin');
      expect(done).toMatchObject({ code: 0 });
      expect(done.err).toContain('Nothing is sealed with an older key any more');
      const seconds = (performance.now() - started) / 1000;
      const { answers, counters } = await load.end();

      figure(
        `${TOKENS} tokens in ${seconds.toFixed(1)} s, ${KILLS} kills; then under the old key: ${left.join(', ')}`,
      );
      figure(
        `${answers.length} logins meanwhile: ${timesText(answers.map(({ milliseconds }) => milliseconds))}`,
      );
      const wrong = answers.filter(({ expected, isAccepted }) => expected !== isAccepted);
      expect(wrong).toEqual([]);
      const { rows } = await database.query<{ serial: string; counter: string; failures: number }>(
        'SELECT serial, counter, failures FROM token WHERE counter > 0 ORDER BY serial',
      );
      expect(rows.map(({ serial, counter }) => [serial, Number(counter)])).toEqual(
        counters.map((counter, place) => [serialOf(place), counter]),
      );
      const token = serialOf(TOKENS - 1);
      const gateway = new LoginClient(node.url);
      const login = (pin: string) =>
        gateway.post('/validate/check_s', { serial: token, pass: `${pin}${hotpAt(0)}` });
      expect((await login('pin')).isAccepted).toBe(false);
      expect((await login('new pin')).isAccepted).toBe(true);
      gateway.close();
    },
    WITHIN_MS,
  );

  it(
    'has a node refuse what it has no key for, and take the key up once it is there',
    async () => {
      const gateway = new LoginClient(late.url);
      const login = (counter: number) =>
        gateway.post('/validate/check_s', { serial: serialOf(USERS), pass: `pin${hotpAt(counter)}` });
      const { status, isAccepted } = await login(0);
      expect([status, isAccepted]).toEqual([503, false]);
      expect((await fetch(`${late.url}/readyz`)).status).toBe(503);
      await copyFile(keyringFile(), lateFile());
      let answer: LoginAnswer;
      do answer = await login(0);
      while (answer.status === 503);
      expect(answer.isAccepted).toBe(true);
      expect((await login(0)).isAccepted).toBe(false);
      gateway.close();
    },
    WITHIN_MS,
  );

  it(
    'retires the older key: everything opens with the newer one alone',
    async () => {
      expect(await keys('retire', '--yes')).toMatchObject({ code: 0 });
      expect(await keyIds()).toEqual([newer]);
      const keyring = await readKeyring(keyringFile());
      if (!keyring) throw new Error('no keyring');
      expect(await opened(keyring)).toMatchObject({
        token: 2 * TOKENS,
        setting: 1,
        resolver_secret: 1,
        provider: 1,
        policy: 1,
      });
      const status = await keys('status');
      expect(status).toMatchObject({ code: 0, out: expect.stringMatching(`^${newer}  seals, `) });
      expect(status.out.trim().split('\n')).toHaveLength(1);
    },
    WITHIN_MS,
  );

  it(
    'leaves a sound trail that tells of it',
    async () => {
      const { rows } = await database.query<{ action: string; info: string }>(
        `SELECT action, info FROM audit_record WHERE action LIKE 'keys/%' ORDER BY number`,
      );
      expect(rows.map(({ action }) => action)).toEqual([
        'keys/add',
        'keys/rotate',
        'keys/rotate',
        'keys/retire',
      ]);
      expect(rows[1]?.info).toBe(`key ${newer} seals from now on, after ${older}`);
      expect(rows[2]?.info).toMatch(
        new RegExp(`^\\d+ values sealed with key ${newer}; none is left under another$`),
      );
      expect(await twinlock(installation.env, ['audit', 'verify'])).toMatchObject({ code: 0 });
    },
    WITHIN_MS,
  );

  it.each([
    {
      how: 'wrong',
      file: '{"version":1,"keys":[{"id":"0123abcd","key":"' + Buffer.alloc(32, 7).toString('base64') + '"}]}',
      says: 'does not fit this database',
    },
    { how: 'removed', file: null, says: 'there is no keyring at' },
  ])(
    'refuses to start where the keyring is $how, and does not touch nodes that run',
    async ({ file, says }) => {
      const elsewhere = join(installation.folder, 'other.json');
      await rm(elsewhere, { force: true });
      if (file !== null) await writePrivate(elsewhere, file);
      const started = await twinlock({ ...installation.env, TWINLOCK_KEYRING_FILE: elsewhere }, ['serve']);
      expect(started.code).toBe(1);
      expect(started.out + started.err).toContain(says);
      // The node that runs loses its file, and is told to read it again: it keeps the keys that it has.
      const kept = await readFile(keyringFile());
      if (file === null) await rm(keyringFile());
      else await writePrivate(keyringFile(), file);
      process.kill(node.pid, 'SIGHUP');
      const gateway = new LoginClient(node.url);
      if (file === null) await node.logged('the keyring is not sound');
      const next = { serial: serialOf(USERS), pass: `pin${hotpAt(drawn++)}` };
      expect((await gateway.post('/validate/check_s', next)).isAccepted).toBe(true);
      expect((await gateway.post('/validate/check_s', next)).isAccepted).toBe(false);
      gateway.close();
      await writePrivate(keyringFile(), kept);
    },
    WITHIN_MS,
  );

  /** Every sealed value of the database, whatever column it is in, by the table. @throws SealBroken */
  async function opened(keyring: Keyring): Promise<Record<string, number>> {
    const columns = await database.query<{ named: string }>(
      `SELECT table_name || '.' || column_name AS named FROM information_schema.columns
       WHERE table_schema = 'public' AND column_name LIKE '%sealed' ORDER BY 1`,
    );
    const known = SEALED_TABLES.flatMap(({ table, columns: names }) =>
      names.map((name) => `${table}.${name}`),
    );
    expect(columns.rows.map(({ named }) => named)).toEqual(known.toSorted());
    const counts: Record<string, number> = {};
    for (const sealed of SEALED_TABLES) {
      const { table, row, columns: names } = sealed;
      const { rows } = await database.query<Record<string, Buffer | string | null>>(
        `SELECT ${row}::text AS place, ${names.join(', ')} FROM ${table}`,
      );
      for (const found of rows) {
        for (const name of names) {
          const value = found[name];
          if (!(value instanceof Buffer)) continue;
          keyring.open(sealedPlace(sealed, String(found['place']), name), value);
          counts[table] = (counts[table] ?? 0) + 1;
        }
      }
    }
    const secrets = new KeyringPolicySecrets(keyring);
    const policies = await database.query<{ action: string }>('SELECT action FROM policy');
    for (const { server, sealed } of policies.rows.flatMap(({ action }) =>
      sealedSecretsIn(action, secrets),
    )) {
      if (secrets.open(server, sealed)) counts['policy'] = (counts['policy'] ?? 0) + 1;
    }
    return counts;
  }
});

async function writePrivate(path: string, content: string | Buffer): Promise<void> {
  await writeFile(path, content, { mode: 0o600 });
}
