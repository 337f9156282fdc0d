import type pg from 'pg';

import { auditSigner, giveRecords, loginRecord } from '../../support/audit/given-records.js';
import { type Installation, givenInstallation } from '../../support/application/installation.js';
import { type RunningProcess, startProcess } from '../../support/application/process.js';
import { twinlock } from '../../support/application/twinlock.js';

const PATIENCE_MS = 120_000;
const DAY_MS = 86_400_000;
const RETENTION = { TWINLOCK_AUDIT_RETENTION_DAYS: '30', TWINLOCK_LOG_LEVEL: 'info' };

describe('nodes that remove old records by themselves', () => {
  let installation: Installation;
  let server: RunningProcess;
  let database: pg.Client;

  beforeEach(async () => {
    installation = await givenInstallation();
    server = await startProcess(installation);
    database = await installation.database.connect();
    const signer = await auditSigner(installation);
    for (const [user, days] of [
      ['older', 40],
      ['old', 35],
      ['new', 29],
    ] as const) {
      const at = new Date(Date.now() - days * DAY_MS);
      await giveRecords(
        database,
        signer,
        Array.from({ length: 50 }, () => loginRecord({ at, user })),
      );
    }
  }, PATIENCE_MS);
  afterEach(async () => {
    await database?.end();
    await server?.stop();
    await installation?.remove();
  });

  const users = async () => {
    const { rows } = await database.query<{ user: string }>(
      `SELECT DISTINCT username AS user FROM audit_record WHERE username LIKE 'old%' OR username = 'new' ORDER BY 1`,
    );
    return rows.map(({ user }) => user);
  };

  it(
    'do so beside others, and the trail verifies',
    async () => {
      const node = await startProcess(installation, RETENTION);
      await node.logged('old records of the audit trail were removed');
      await expect(node.stop()).resolves.toBe(0);
      await expect(users()).resolves.toEqual(['new']);
      await expect(twinlock(installation.env, ['audit', 'verify'])).resolves.toMatchObject({ code: 0 });
    },
    PATIENCE_MS,
  );

  it(
    'leave what is not sound, and say so',
    async () => {
      await database.query(`UPDATE audit_record SET detail = 'x' WHERE username = 'older' AND seq = 7`);
      const node = await startProcess(installation, RETENTION);
      await node.logged('old records of the audit trail are not sound, and stay');
      await expect(node.stop()).resolves.toBe(0);
      await expect(users()).resolves.toEqual(['new', 'older']);
    },
    PATIENCE_MS,
  );

  it(
    'do so one at a time',
    async () => {
      // As a node that is at it.
      await database.query('SELECT pg_advisory_lock($1, 1)', [0x7477]);
      const waiting = await startProcess(installation, RETENTION);
      await waiting.logged('another node is removing old records of the audit trail');
      await expect(waiting.stop()).resolves.toBe(0);
      await expect(users()).resolves.toEqual(['new', 'old', 'older']);
    },
    PATIENCE_MS,
  );
});
