import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type AdminAgent, adminAgent } from '../../support/clients/admin-agent.js';
import { hotpAt } from '../../support/clients/otp.js';
import { type RunningProcess, startProcess } from '../../support/application/process.js';
import { countOf, figure } from '../figures.js';
import { openNode } from '../given-node.js';
import { enrol } from '../given-users.js';
import { LoginClient } from '../login-client.js';
import { LoginStream, expectSound } from '../login-stream.js';
import { ChangeStream } from './change-stream.js';
import { childrenOf, signal } from './process-tree.js';

const KILLS = countOf('TWINLOCK_EMBEDDED_KILLS', 3);
const PASSWORD = 'of-the-first-administrator';
const GATEWAYS = 8;
const WITHIN_MS = 90_000 + KILLS * 15_000;

/** What a power cut asks of the disk, beside what a kill shows. */
const DURABLE = { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on', data_checksums: 'on' };

describe('the embedded database', () => {
  let folder: string;
  let env: Readonly<Record<string, string>>;
  let server: RunningProcess;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'twinlock-embedded-'));
    // The database does not run as root, and has to find its files.
    await chmod(folder, 0o755);
    const passwordFile = join(folder, 'password');
    await writeFile(passwordFile, PASSWORD, { mode: 0o600 });
    env = {
      TWINLOCK_DATA: join(folder, 'data'),
      TWINLOCK_ADMIN_PASSWORD_FILE: passwordFile,
      TWINLOCK_LOG_LEVEL: 'fatal',
    };
    server = await startProcess({ env });
  }, WITHIN_MS);

  afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  }, WITHIN_MS);

  const killDatabase = async () => {
    const [line = ''] = (await readFile(join(folder, 'data/postgres/cluster/postmaster.pid'), 'utf8')).split(
      '\n',
    );
    const postmaster = Number(line);
    const children = await childrenOf(postmaster);
    signal([postmaster, ...children], 'SIGKILL');
  };

  const restart = async () => {
    const port = Number(new URL(server.url).port);
    server = await startProcess({ env }, {}, { port });
  };

  const kinds = [
    { what: 'the database', kill: killDatabase },
    {
      what: 'the server',
      kill: async () => {
        await server.kill();
        await restart();
      },
    },
    {
      what: 'both',
      kill: async () => {
        await Promise.all([killDatabase(), server.kill()]);
        await restart();
      },
    },
  ];

  const kindOf = (round: number) => kinds[round % kinds.length] ?? { what: '', kill: killDatabase };

  it(
    `has after each of ${KILLS} kills in mid-write all that was said, and spends nothing twice`,
    async () => {
      const admin: AdminAgent = await adminAgent(server.url, { password: PASSWORD });
      const client = new LoginClient(server.url);
      const serials = Array.from({ length: GATEWAYS }, (_, place) => `EMBEDDED${place}`);
      for (const serial of serials) await enrol(admin, serial);
      const login = (serial: string, counter: number) =>
        client.post('/validate/check_s', { serial, pass: hotpAt(counter) });
      const logins = new LoginStream(login, serials);
      const changes = new ChangeStream(admin, 'EMBEDDEDCHANGE');
      const back = new Map<string, number>();
      for (let round = 0; round < KILLS; round++) {
        await logins.has(50);
        const killed = performance.now();
        const { what, kill } = kindOf(round);
        await kill();
        await logins.has(20);
        back.set(what, Math.max(back.get(what) ?? 0, logins.longestGapFrom(killed)));
      }
      await Promise.all([logins.end(), changes.end()]);
      client.close();
      await server.stop();

      const node = await openNode({ env });
      const database = await node.connect();
      try {
        await expectSound(database, logins);
        await changes.expectKept(database);
        expect(await node.verifyAudit()).toMatchObject({ faults: [] });
      } finally {
        await database.end();
        await node.close();
      }
      const log = await readFile(join(folder, 'data/postgres/postgres.log'), 'utf8');
      expect(log).toContain('not properly shut down');
      figure(
        `${KILLS} kills of the embedded database, its server or both: ${logins.acceptancesOf.size} logins accepted once, ` +
          `${changes.acknowledged.length} changes kept, ${logins.lost} logins nobody was told of; ` +
          `accepted again within ${[...back].map(([what, seconds]) => `${seconds.toFixed(1)} s (${what})`).join(', ')}`,
      );
    },
    WITHIN_MS,
  );

  it('asks the disk to keep what it commits', async () => {
    const node = await openNode({ env });
    const database = await node.connect();
    try {
      const { rows } = await database.query<{ name: string; setting: string }>(
        'SELECT name, setting FROM pg_settings WHERE name = ANY($1)',
        [Object.keys(DURABLE)],
      );
      expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual(DURABLE);
    } finally {
      await database.end();
      await node.close();
    }
  });
});
