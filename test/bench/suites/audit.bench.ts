import { setTimeout as delay } from 'node:timers/promises';

import type { AuditRecord } from '@app/audit';
import pg from 'pg';

import { columnTypes } from '../../../src/persistence/database.js';
import { figure } from '../../faults/figures.js';
import { type AdminAgent, type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { auditSigner, loginRecord, makeRecords } from '../../support/audit/given-records.js';
import { type Installation, givenInstallation } from '../../support/application/installation.js';
import { type RunningProcess, startProcess } from '../../support/application/process.js';
import { twinlock } from '../../support/application/twinlock.js';
import { quantile } from '../gateway/load-process.js';

/** `npm run bench -- audit --records 10000000`. */
const RECORDS = Number(process.env['TWINLOCK_BENCH_RECORDS'] ?? 10_000_000);
const DAYS = 100;
const DAY_MS = 86_400_000;
const STEP_MS = (DAYS * DAY_MS) / RECORDS;
/** A fifth: two million of ten. */
const KEPT_DAYS = 80;
const PAGES = 60;
const USERS = 100_000;
const TOKENS = 100;
const LOGINS_PER_SECOND = 50;
const HOURS_MS = 6 * 3_600_000;

const userAt = (place: number) => `user${(place * 7_919) % USERS}`;
const serialAt = (place: number) => `OATH${String((place * 7_919) % USERS).padStart(8, '0')}`;

/** As many logins as in life, and a few changes among them; in order of time. */
function recordAt(place: number, start: number): AuditRecord {
  const at = new Date(start + place * STEP_MS);
  if (place % 200 === 0) {
    const administrator = 'admin@linotp_admins (LinOTP_local_admins)';
    return loginRecord({ at, action: 'admin/init', serial: serialAt(place), user: '', administrator });
  }
  return loginRecord({
    at,
    action: place % 5 === 0 ? 'validate/check_s' : 'validate/check',
    succeeded: place % 10 !== 0,
    serial: serialAt(place),
    user: userAt(place),
    realm: `realm${place % 7}`,
    detail: "user 'someone'@'realm' successfully authenticated.",
    client: `10.0.${place % 4}.${place % 200}`,
  });
}

describe(`${RECORDS} records of the audit trail`, () => {
  let installation: Installation;
  let server: RunningProcess;
  let admin: AdminAgent;
  const start = Date.now() - DAYS * DAY_MS;

  beforeAll(async () => {
    installation = await givenInstallation();
    server = await startProcess(installation);
    admin = await adminAgent(server.url, installation);
    for (let token = 0; token < TOKENS; token++) {
      await admin.post('/admin/init', { serial: `S${token}`, type: 'spass', pin: 'pin' });
    }
    const database = new pg.Client({ connectionString: installation.database.url, types: columnTypes });
    await database.connect();
    const started = performance.now();
    const signer = await auditSigner(installation);
    await makeRecords(database, signer, RECORDS, (place) => recordAt(place, start));
    await database.query('VACUUM ANALYZE audit_record');
    const seconds = (performance.now() - started) / 1000;
    const { rows } = await database.query(
      `SELECT pg_size_pretty(pg_table_size('audit_record')) AS records, pg_size_pretty(pg_indexes_size('audit_record')) AS indexes`,
    );
    figure(
      `${RECORDS} records made, chained and signed, in ${seconds.toFixed(0)} s: ${JSON.stringify(rows[0])}`,
    );
    await database.end();
  }, 3_600_000);

  afterAll(async () => {
    await server?.stop();
    await installation?.remove();
  });

  async function measured(title: string, path: string, asks: (round: number) => Fields): Promise<void> {
    const times: number[] = [];
    let total: unknown;
    for (let round = -3; round < PAGES; round++) {
      const before = performance.now();
      const { text } = await admin.get(path, asks(Math.abs(round) * 1_237));
      if (round >= 0) times.push(performance.now() - before);
      total = /"(?:total|totalRecords)": (\d+)/.exec(text)?.[1];
    }
    const cells = [0.5, 0.95].map((share) => quantile(times, share).toFixed(1).padStart(8));
    figure(
      `${path.padEnd(18)} ${title.padEnd(34)} p50 ${cells[0]} ms  p95 ${cells[1]} ms  of ${String(total)}`,
    );
  }

  it('shows pages', async () => {
    const page = { rp: '15', page: '1', sortorder: 'desc' };
    const legacy = (title: string, asks: (round: number) => Fields) =>
      measured(title, '/audit/search', (round) => ({ ...page, ...asks(round) }));
    const dayOf = (round: number) => new Date(start + (round % DAYS) * DAY_MS).toISOString().slice(0, 10);
    await legacy('the newest', () => ({}));
    await legacy('a user', (round) => ({ user: userAt(round) }));
    await legacy('a serial', (round) => ({ serial: serialAt(round) }));
    await legacy('a day', (round) => ({ date: `${dayOf(round)}%` }));
    await legacy('a user on a day', (round) => ({ user: userAt(round), date: `${dayOf(round)}%` }));
    await legacy('an action: 0.5 % of all', () => ({ action: 'admin/init' }));
    await legacy('an action: 79 % of all', () => ({ action: 'validate/check' }));
    await legacy('an administrator', () => ({ administrator: "'admin@%" }));
    await legacy('failures of a realm', (round) => ({ realm: `realm${round % 7}`, success: '0' }));
    await legacy('the last page', () => ({ page: String(Math.floor(RECORDS / 15)) }));
    await legacy('a page in the middle', () => ({ page: String(Math.floor(RECORDS / 30)) }));
    await measured('a user', '/api/v2/auditlog/', (round) => ({ user: userAt(round) }));
    await measured('a day', '/api/v2/auditlog/', (round) => ({ timestamp: `${dayOf(round)}*` }));
  }, 1_800_000);

  it(
    'removes a fifth of them beside logins',
    async () => {
      const alone = await logins(delay(15_000, undefined));
      const started = performance.now();
      const removal = twinlock(installation.env, [
        'audit',
        'cleanup',
        '--delete-after-days',
        String(KEPT_DAYS),
      ]);
      const beside = await logins(removal);
      const { code, err } = await removal;
      const seconds = (performance.now() - started) / 1000;
      const shown = (times: readonly number[]) =>
        `p50 ${quantile(times, 0.5).toFixed(1)} ms, p99 ${quantile(times, 0.99).toFixed(1)} ms of ${times.length}`;
      figure(`logins at ${LOGINS_PER_SECOND}/s alone: ${shown(alone)}; beside a cleanup: ${shown(beside)}`);
      figure(`cleanup: ${err.split('\n')[0]} in ${seconds.toFixed(0)} s`);
      expect(code).toBe(0);
    },
    HOURS_MS,
  );

  /** At a steady rate, whatever they take, until `end`. @returns their times, in milliseconds */
  async function logins(end: Promise<unknown>): Promise<number[]> {
    const times: number[] = [];
    const over = new AbortController();
    void end.finally(() => over.abort());
    const running = new Set<Promise<void>>();
    const first = performance.now();
    for (let count = 0; !over.signal.aborted; count++) {
      const due = first + (count * 1000) / LOGINS_PER_SECOND;
      await delay(Math.max(0, due - performance.now()));
      const login = fetch(`${server.url}/validate/check_s?serial=S${count % TOKENS}&pass=pin`)
        .then((answer) => answer.text())
        .then((text) => {
          if (!text.includes('"value": true')) throw new Error(text);
          // From when it was due: what had to wait counts.
          times.push(performance.now() - due);
        });
      running.add(login);
      void login.finally(() => running.delete(login));
    }
    await Promise.all(running);
    return times;
  }
});
