import { setTimeout as pause } from 'node:timers/promises';

import { PostgresServer } from '../../faults/database/postgres-server.js';
import { ServedDatabase } from '../../faults/database/served-database.js';
import { figure } from '../../faults/figures.js';
import type { LoginStream } from '../../faults/login-stream.js';

const WITHIN_MS = 900_000;
const CONNECTIONS = [1, 8, 32];
const LOGINS = 1_500;
const ROUNDS = 5;
const ROUND_MS = 2_000;
const MODES = ['local', 'on', 'remote_apply'] as const;

/** What an accepted login writes and keeps, and what waiting for a standby costs beside not waiting for it. */
describe('a login', () => {
  let primary: PostgresServer;
  let standby: PostgresServer;
  let served: ServedDatabase;

  beforeAll(async () => {
    primary = await PostgresServer.start({ max_wal_size: '4GB', checkpoint_timeout: '1h' });
    standby = await primary.standby();
    served = await ServedDatabase.open(primary.asDatabase());
  }, WITHIN_MS);

  afterAll(async () => {
    await served?.close();
    await primary?.remove();
    await standby?.remove();
  }, WITHIN_MS);

  const written = async () => {
    const [row] = await primary.ask<{ wal: number }>(`SELECT pg_current_wal_insert_lsn() - '0/0' AS wal`);
    const database = await primary.connect();
    const { rows } = await database.query<{ kept: string; records: string; commits: string }>(
      `SELECT pg_total_relation_size('audit_record') + pg_total_relation_size('token') + pg_total_relation_size('audit_lane') AS kept,
         (SELECT count(*) FROM audit_record) AS records, (SELECT count(*) FROM audit_record WHERE signature IS NOT NULL) AS commits`,
    );
    await database.end();
    const [{ kept, records, commits } = { kept: 0, records: 0, commits: 0 }] = rows;
    return { wal: Number(row?.wal), kept: Number(kept), records: Number(records), commits: Number(commits) };
  };

  it(
    'writes to the log, and keeps in tables and indexes',
    async () => {
      for (const pages of ['off', 'on']) {
        await primary.set('full_page_writes', pages);
        for (const connections of CONNECTIONS) {
          const logins = await served.givenLogins(connections);
          await logins.has(connections * 5);
          await primary.ask('CHECKPOINT');
          const before = await written();
          await logins.has(LOGINS);
          const after = await written();
          await logins.end();
          const of = (name: 'wal' | 'kept') =>
            ((after[name] - before[name]) / (after.records - before.records)).toFixed(0);
          const batch = (after.records - before.records) / (after.commits - before.commits);
          figure(
            `${connections} connections, full_page_writes ${pages}: ${of('wal')} bytes of log and ${of('kept')} stored bytes a login, ` +
              `${batch.toFixed(1)} logins a commit`,
          );
        }
      }
    },
    WITHIN_MS,
  );

  it(
    'waits for the standby',
    async () => {
      const rates = new Map<string, number[]>();
      for (const connections of CONNECTIONS) {
        const logins = await served.givenLogins(connections);
        for (const mode of MODES) rates.set(`${connections} ${mode}`, []);
        for (let round = 0; round < ROUNDS; round++) {
          for (const mode of MODES) {
            await primary.set('synchronous_commit', mode);
            await logins.has(connections);
            rates.get(`${connections} ${mode}`)?.push(await rateOf(logins));
          }
        }
        await logins.end();
        const local = median(rates.get(`${connections} local`));
        const ratios = MODES.map(
          (mode) => `${mode} ${(median(rates.get(`${connections} ${mode}`)) / local).toFixed(2)}`,
        );
        figure(
          `${connections} connections, logins a second beside synchronous_commit=local: ${ratios.join(', ')}`,
        );
      }
    },
    WITHIN_MS,
  );
});

async function rateOf(logins: LoginStream): Promise<number> {
  const before = logins.acceptancesOf.size;
  const started = performance.now();
  await pause(ROUND_MS);
  return ((logins.acceptancesOf.size - before) * 1000) / (performance.now() - started);
}

function median(numbers: readonly number[] = []): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}
