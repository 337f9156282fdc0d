import { figure } from '../../faults/figures.js';
import { type Node, openNode } from '../../faults/given-node.js';
import { loginRecord } from '../../support/audit/given-records.js';
import { type Installation, givenInstallation } from '../../support/application/installation.js';
import { chainBatch } from '../../../src/persistence/lanes/chain-batch.js';
import { RECORD_COLUMNS } from '../../../src/persistence/lanes/chain-batch.js';
import type { OpenLane } from '../../../src/persistence/lanes/lane-ledger.js';
import { LaneLedger } from '../../../src/persistence/lanes/lane-ledger.js';
import { DatabaseAddress, type PrimaryClient } from '../../../src/persistence/database.js';
import { HeadRegister } from '../../../src/persistence/heads/head-register.js';

const RECORDS = Number(process.env['TWINLOCK_BENCH_RECORDS'] ?? 500_000);
const AT_ONCE = 2_000;
const ROUNDS = 3;
const PATIENCE_MS = 3_600_000;

/** How fast a trail is verified: of batches as they are under load, and of logins that came one by one. */
describe('verifying the audit trail', () => {
  let installation: Installation;
  let node: Node;
  let database: PrimaryClient;

  beforeEach(async () => {
    installation = await givenInstallation();
    node = await openNode(installation);
    database = await node.connect();
  }, PATIENCE_MS);
  afterEach(async () => {
    await database?.end();
    await node?.close();
    await installation?.remove();
  });

  it.each([12, 1])(
    'in batches of %i',
    async (size) => {
      const ledger = new LaneLedger(new DatabaseAddress([{}]), 'bench', new HeadRegister());
      const lane = await ledger.open(database, null);
      await fill(database, node, lane, RECORDS, size);
      await database.query('VACUUM ANALYZE audit_record');
      for (const everySignature of [false, true]) {
        const rates: number[] = [];
        for (let round = 0; round < ROUNDS; round++) {
          const cpu = process.cpuUsage();
          const start = performance.now();
          const { faults, records } = await node.verifyOn(database, { everySignature });
          const seconds = (performance.now() - start) / 1000;
          const { user, system } = process.cpuUsage(cpu);
          expect(faults).toEqual([]);
          rates.push(records / seconds);
          const own = ((user + system) / records).toFixed(1);
          figure(
            `batches of ${size}${everySignature ? ', every signature' : ''}: ${Math.round(records / seconds)} records/s, ${own} us of CPU each`,
          );
        }
      }
      const { heapUsed, rss } = process.memoryUsage();
      figure(
        `memory: ${Math.round(heapUsed / 2 ** 20)} MiB of heap, ${Math.round(rss / 2 ** 20)} MiB in all`,
      );
    },
    PATIENCE_MS,
  );
});

async function fill(
  database: PrimaryClient,
  { keys: { audit: signer } }: Node,
  lane: OpenLane,
  records: number,
  size: number,
): Promise<void> {
  let { head } = lane;
  const names = RECORD_COLUMNS.map(([name]) => name).join(', ');
  const arrays = RECORD_COLUMNS.map(([, type], place) => `$${place + 2}::${type}[]`).join(', ');
  while (head.sequence < records) {
    const columns = RECORD_COLUMNS.map((): unknown[] => []);
    while ((columns[0]?.length ?? 0) < AT_ONCE) {
      const some = Array.from({ length: size }, (_, place) =>
        loginRecord({
          serial: `OATH${head.sequence + place}`,
          user: `user-${head.sequence % 5000}`,
          detail: 'wrong otp pin',
        }),
      );
      const batch = chainBatch(lane.id, head, some, signer);
      batch.columns.forEach((values, place) => columns[place]?.push(...values));
      ({ head } = batch);
    }
    await database.query(
      `INSERT INTO audit_record (lane, ${names}) SELECT $1, ${names} FROM unnest(${arrays}) AS r(${names}) ORDER BY seq`,
      [lane.id, ...columns],
    );
  }
  await database.query('UPDATE audit_lane SET seq = $2, head = $3 WHERE id = $1', [
    lane.id,
    head.sequence,
    head.chain,
  ]);
}
