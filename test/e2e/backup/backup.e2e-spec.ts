import { copyFile, cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { BACKED_UP } from '../../../src/persistence/backup/backup-format.js';
import { changed, enrol, givenUsers } from '../../faults/given-users.js';
import { LoginLoad } from '../../faults/keys/login-load.js';
import { LoginClient } from '../../faults/login-client.js';
import { type Installation, givenInstallation } from '../../support/application/installation.js';
import { type RunningProcess, startProcess } from '../../support/application/process.js';
import { twinlock } from '../../support/application/twinlock.js';
import { type AdminAgent, adminAgent } from '../../support/clients/admin-agent.js';
import { hotpAt, totpAt } from '../../support/clients/otp.js';

// Seven processes, one after the other for the most part.
const WITHIN_MS = 300_000;
const BUSY = ['B1', 'B2'];

/** Void after a restore, or made anew of the rest. */
const LEFT_OUT = [
  'migrations',
  'token_tally',
  'token_holder',
  'challenge',
  'user_session',
  'legacy_session',
  'revoked_session',
];

/** What has to be in both databases, word for word. */
const SAME = [
  'setting',
  'resolver',
  'realm',
  'realm_resolver',
  'policy',
  'administrator',
  'provider',
  'resolver_secret',
];

describe('a backup that is made while users log in, and restored into an empty database', () => {
  let folder: string;
  let source: Installation;
  let target: Installation;
  let before: RunningProcess;
  let after: RunningProcess;
  let admin: AdminAgent;
  /** A challenge that was open at the backup. */
  let transaction = '';
  /** Of an administrator. */
  let session = '';
  let usedTotp: string[] = [];
  /** Of the busy tokens: next counters when the first server ended. */
  let reached: readonly number[] = [];
  let answers: Awaited<ReturnType<LoginLoad['end']>>['answers'] = [];
  let restored: Awaited<ReturnType<typeof twinlock>>;

  const rowsOf = async ({ database }: Installation, statement: string) => {
    const client = await database.connect();
    try {
      return (await client.query<Record<string, unknown>>(statement)).rows;
    } finally {
      await client.end();
    }
  };
  const tally = (installation: Installation) =>
    rowsOf(
      installation,
      `SELECT type, active, realms, sum(tokens)::int AS tokens FROM token_tally GROUP BY 1, 2, 3 HAVING sum(tokens) <> 0 ORDER BY 1`,
    );

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'twinlock-backup-'));
    [source, target] = await Promise.all([givenInstallation(), givenInstallation()]);
    const keyFile = join(folder, 'backup.key');
    const [started, made] = await Promise.all([
      startProcess(source),
      twinlock(source.env, ['backup-key', keyFile]),
    ]);
    before = started;
    admin = await adminAgent(before.url, source);
    await givenUsers(admin, source, ['anna', 'bert']);
    for (const serial of BUSY) await enrol(admin, serial, { pin: 'pin' });
    await enrol(admin, 'ASKED', { user: 'anna', pin: 'pin' });
    await changed(admin, '/admin/init', { type: 'totp', serial: 'T1', otpkey: '00'.repeat(20), pin: 'pin' });
    await changed(admin, '/system/setConfig', { hidden: 'a secret', 'hidden.type': 'password' });
    await changed(admin, '/system/setPolicy', {
      name: 'asks',
      scope: 'authentication',
      realm: 'staff',
      action: 'challenge_response=*',
    });
    await changed(admin, '/system/setPolicy', {
      name: 'elsewhere',
      scope: 'authentication',
      realm: 'nowhere',
      action: 'forward_server=radius://127.0.0.1:1/?secret=shared',
    });
    session = await sessionCookie(before.url, source.password);
    expect(await statusWith(before.url, session)).toBe(200);
    const gateway = new LoginClient(before.url);
    const totp = async (steps: number) => {
      const otp = totpAt(new Date(), { keyHex: '00'.repeat(20), steps });
      expect((await gateway.post('/validate/check_s', { serial: 'T1', pass: `pin${otp}` })).isAccepted).toBe(
        true,
      );
      usedTotp = [...usedTotp, otp];
    };
    await totp(0);
    const asked = await gateway.post('/validate/check', { user: 'anna', pass: 'pin' });
    transaction = /"transactionid": "(\d+)"/.exec(asked.text)?.[1] ?? '';

    const load = new LoginLoad(before.url, BUSY);
    const backup = ['backup', join(folder, 'backup.age'), '--recipient', made.out.trim()];
    const backedUp = await twinlock(source.env, backup);
    if (backedUp.code !== 0) throw new Error(backedUp.err);
    ({ answers, counters: reached } = await load.end());
    await totp(1);
    gateway.close();
    await before.stop();

    await copyFile(join(source.folder, 'keyring.json'), join(target.folder, 'keyring.json'));
    // The machine is the same, as often: it remembers what came after the backup.
    await cp(join(source.folder, 'audit-heads'), join(target.folder, 'audit-heads'), { recursive: true });
    const margin = String(Math.max(...reached));
    restored = await twinlock(target.env, [
      'restore',
      join(folder, 'backup.age'),
      '--identity',
      keyFile,
      '--counter-margin',
      margin,
    ]);
    if (restored.code !== 0) throw new Error(restored.err);
    after = await startProcess(target);
  }, WITHIN_MS);

  afterAll(async () => {
    await after?.stop();
    await Promise.all([source?.remove(), target?.remove()]);
    if (folder) await rm(folder, { recursive: true });
  }, WITHIN_MS);

  it('refuses no login meanwhile', () => {
    expect(answers.filter(({ expected, isAccepted }) => expected !== isAccepted)).toEqual([]);
    expect(Math.min(...reached)).toBeGreaterThan(0);
  });

  it('has every table, unless it is void afterwards', async () => {
    const tables = await rowsOf(
      source,
      `SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
    );
    expect(tables.map(({ tablename }) => tablename)).toEqual([...BACKED_UP, ...LEFT_OUT].toSorted());
  });

  it('brings the configuration, users and tokens back as they were', async () => {
    for (const table of SAME) {
      const statement = `SELECT to_jsonb(t) AS row FROM ${table} t ORDER BY 1`;
      expect([table, await rowsOf(target, statement)]).toEqual([table, await rowsOf(source, statement)]);
    }
    const tokens = `SELECT serial, secret_sealed, pin_sealed, active, owner_user_id, realms FROM token ORDER BY 1`;
    expect(await rowsOf(target, tokens)).toEqual(await rowsOf(source, tokens));
    expect(await tally(target)).toEqual(await tally(source));
    const agent = await adminAgent(after.url, source);
    const { body } = await agent.get('/admin/userlist', { realm: 'staff', username: '*' });
    expect(body.result.value.map(({ username }: { username: string }) => username).toSorted()).toEqual([
      'anna',
      'bert',
    ]);
  });

  it('refuses HOTP values that were used before the backup or since, and accepts the next beyond the margin', async () => {
    const gateway = new LoginClient(after.url);
    const accepts = async (serial: string, counter: number) =>
      (await gateway.post('/validate/check_s', { serial, pass: `pin${hotpAt(counter)}` })).isAccepted;
    const stored = await rowsOf(
      target,
      `SELECT serial, counter::int FROM token WHERE serial LIKE 'B%' ORDER BY serial`,
    );
    for (const [place, { serial, counter }] of stored.entries()) {
      const next = Number(counter);
      expect(next).toBeGreaterThanOrEqual(reached[place] ?? Number.NaN);
      const refused = [0, (reached[place] ?? 0) - 1, reached[place] ?? 0, next - 1].filter(
        (each) => each < next,
      );
      for (const used of refused) expect([used, await accepts(String(serial), used)]).toEqual([used, false]);
      expect(await accepts(String(serial), next)).toBe(true);
      expect(await accepts(String(serial), next)).toBe(false);
    }
    gateway.close();
  });

  it('refuses TOTP values that were used before the backup or since, and those of now', async () => {
    const gateway = new LoginClient(after.url);
    const now = [0, 1].map((steps) => totpAt(new Date(), { keyHex: '00'.repeat(20), steps }));
    for (const otp of [...usedTotp, ...now]) {
      expect(await gateway.post('/validate/check_s', { serial: 'T1', pass: `pin${otp}` })).toMatchObject({
        status: 200,
        isAccepted: false,
      });
    }
    gateway.close();
  });

  it('voids challenges and sessions', async () => {
    expect(transaction).toMatch(/^\d+$/);
    expect(await rowsOf(source, 'SELECT DISTINCT root FROM challenge')).toEqual([{ root: transaction }]);
    const gateway = new LoginClient(after.url);
    const [{ counter } = { counter: 0 }] = await rowsOf(
      target,
      `SELECT counter::int FROM token WHERE serial = 'ASKED'`,
    );
    const answer = { transactionid: transaction, pass: hotpAt(Number(counter)) };
    expect(await gateway.post('/validate/check_t', answer)).toMatchObject({ isAccepted: false });
    expect(await gateway.post('/validate/check', { user: 'anna', pass: `pin${answer.pass}` })).toMatchObject({
      isAccepted: true,
    });
    gateway.close();
    expect(await statusWith(after.url, session)).toBe(401);
  });

  it('goes on with the trail, which verifies and says what happened', async () => {
    const { code, out } = await twinlock(target.env, ['audit', 'verify', '--json']);
    expect(code).toBe(0);
    const found = JSON.parse(out) as { sound: boolean; restores: { info: string }[] };
    const [, at = 'none'] = /restored as of (\S+):/.exec(restored.out) ?? [];
    expect(found).toMatchObject({
      sound: true,
      restores: [{ info: expect.stringContaining(`backup of ${at}; `) }],
    });
    const open = await rowsOf(
      target,
      `SELECT count(*)::int AS lanes FROM audit_lane WHERE closed_at IS NULL AND opened_at < '${at}'`,
    );
    expect(open).toEqual([{ lanes: 0 }]);
    expect(restored.err).toMatch(/^Moved heads of the audit trail, .* to .*before-restore-/m);
    const records = await rowsOf(source, `SELECT info FROM audit_record WHERE action = 'backup'`);
    expect(records).toEqual([{ info: expect.stringMatching(`^snapshot of ${at}: 4 tokens, `) }]);
  });

  it('shows nothing of what is in it', async () => {
    const file = await readFile(join(folder, 'backup.age'));
    expect(file.toString('latin1')).toMatch(/^age-encryption\.org\/v1\n/);
    for (const text of ['anna', 'ASKED', 'twinlock-backup']) expect(file.includes(text)).toBe(false);
    const log = `${restored.out}${restored.err}`;
    expect(log).not.toContain('AGE-SECRET-KEY');
  });
});

async function sessionCookie(url: string, password: string): Promise<string> {
  const body = new URLSearchParams({ username: 'admin', password });
  const answer = await fetch(`${url}/admin/login`, { method: 'POST', body });
  const cookies = answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0] ?? '');
  return cookies.find((cookie) => cookie.startsWith('access_token_cookie=')) ?? '';
}

async function statusWith(url: string, cookie: string): Promise<number> {
  return (await fetch(`${url}/admin/show`, { headers: { cookie } })).status;
}
