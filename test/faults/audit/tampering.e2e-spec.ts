import type { FaultAt } from '@app/audit';

import { newestLines, reportJson } from '../../../src/cli/audit/verify-report.js';
import type { LaneRow } from '../../../src/persistence/audit/lane-row.js';
import type { RecordRow } from '../../../src/persistence/audit/record-row.js';
import { removeRecords } from '../../../src/persistence/audit/retention/remove-records.js';
import type { HeadSource } from '../../../src/persistence/audit/verify/witnesses.js';
import type { PrimaryClient } from '../../../src/persistence/database.js';
import { TrailWriter, giveOldLane, headsOf } from '../../support/audit/given-trail.js';
import { type Installation, givenInstallation } from '../../support/application/installation.js';
import { Dice } from '../../support/audit/dice.js';
import type { Expected, Untouched } from '../../support/audit/tampering/trail.js';
import { TAMPERINGS } from '../../support/audit/tamperings.js';
import { countOf, figure } from '../figures.js';
import { type Node, openNode } from '../given-node.js';

const TAMPERINGS_TRIED = countOf('TWINLOCK_TAMPERINGS', 500);
const SEED = countOf('TWINLOCK_SEED', 7);
const EACH_MS = 1_000;
const PATIENCE_MS = 60_000 + TAMPERINGS_TRIED * EACH_MS;

/** The whole of the trail, with everything that it may hold, tampered with at random in transactions that are rolled back. */
describe('a trail that was tampered with', () => {
  let installation: Installation;
  let node: Node;
  let database: PrimaryClient;
  let kept: HeadSource[];
  let untouched: Untouched;

  beforeAll(async () => {
    installation = await givenInstallation();
    node = await openNode(installation);
    database = await node.connect();
    await database.query('BEGIN');
    await givenTrail(database, node);
    await database.query('COMMIT');
    kept = [{ name: 'kept', heads: await headsOf(database) }];
    untouched = await readAll(database);
  }, PATIENCE_MS);

  afterAll(async () => {
    await database?.end();
    await node?.close();
    await installation?.remove();
  });

  it('is sound before', async () => {
    const { faults, records, newest } = await node.verifyOn(database, { kept });
    expect(faults).toEqual([]);
    expect(records).toBeGreaterThan(90);
    expect(newest).toMatchObject({ sources: ['kept'], unproven: 0 });
    const alone = await node.verifyOn(database);
    expect(alone.newest.sources).toEqual([]);
    expect(alone.newest.unnamed).toBeLessThan(alone.newest.unproven);
  });

  it('shows what was cut off by what other lanes name, where nothing is kept outside', async () => {
    let shown = 0;
    for (const { id } of untouched.lanes) {
      const first = untouched.rows.get(id)?.find(({ signature }) => signature !== null);
      if (!first) continue;
      await database.query('BEGIN');
      await database.query('DELETE FROM audit_record WHERE lane = $1 AND seq > $2', [id, first.seq]);
      await database.query('DELETE FROM audit_mark WHERE lane = $1 AND first_seq > $2', [id, first.seq]);
      await database.query('UPDATE audit_lane SET seq = $2, head = $3 WHERE id = $1', [
        id,
        first.seq,
        first.chain,
      ]);
      const { faults } = await node.verifyOn(database);
      await database.query('ROLLBACK');
      if (faults.some((fault) => names(fault, { lane: id, sequences: [first.seq + 1] }))) shown++;
    }
    expect(shown).toBe(untouched.lanes.length);
  });

  it('names what is stored as a time and is none, and goes on', async () => {
    const unending = [
      [`UPDATE audit_record SET at = 'infinity'`, 'changed'],
      [`UPDATE audit_record SET at = '-infinity'`, 'changed'],
      [`UPDATE audit_lane SET opened_at = 'infinity' WHERE heads IS NOT NULL`, 'unchained'],
    ] as const;
    for (const [change, fault] of unending) {
      await database.query('BEGIN');
      await database.query(change);
      const verification = await node.verifyOn(database);
      await database.query('ROLLBACK');
      expect(verification.faults.length).toBeGreaterThanOrEqual(untouched.lanes.length - 2);
      expect(new Set(verification.faults.map((one) => one.fault))).toContain(fault);
      expect(JSON.parse(reportJson(verification, 1, []))).toMatchObject({ sound: false });
      expect(() => newestLines(verification)).not.toThrow();
    }
  });

  it('believes no head that stands in a record whose hash does not cover it', async () => {
    const old = untouched.lanes.find(({ heads }) => heads === null);
    const other = untouched.lanes.find(({ id }) => id !== old?.id);
    await database.query('BEGIN');
    await database.query('UPDATE audit_record SET heads = $2 WHERE lane = $1', [
      old?.id,
      `${other?.id}:99999:${'ab'.repeat(32)}`,
    ]);
    const { faults } = await node.verifyOn(database, { kept });
    await database.query('ROLLBACK');
    expect(faults).toEqual([]);
  });

  it.each(Object.keys(TAMPERINGS))(
    'shows each time, with the record: %s',
    async (name) => {
      const dice = new Dice(SEED + name.length * 7919 + name.charCodeAt(0));
      const tamper = TAMPERINGS[name];
      if (!tamper) throw new Error('no such tampering');
      const rounds = Math.ceil(TAMPERINGS_TRIED / Object.keys(TAMPERINGS).length);
      let tried = 0;
      for (let round = 0; round < rounds; round++) {
        await database.query('BEGIN');
        const { what, expected } = await tamper(database, untouched, dice);
        const { faults } = await node.verifyOn(database, { kept, everySignature: round % 2 === 0 });
        await database.query('ROLLBACK');
        for (const one of expected) {
          tried++;
          // What was done is told beside what was found instead.
          const missed = faults.some((fault) => names(fault, one)) ? null : { round, what, one, faults };
          expect(missed).toBeNull();
        }
      }
      figure(`${name}: ${tried} of ${tried} found and named`);
      expect(tried).toBeGreaterThan(0);
    },
    PATIENCE_MS,
  );
});

function names(fault: FaultAt, { lane, sequences }: Expected): boolean {
  if (fault.lane !== String(lane)) return false;
  return sequences.some((sequence) => fault.sequence <= sequence && sequence <= fault.through);
}

/**
 * Lanes of both formats, one that follows another, batches of all sizes, heads of others within records, whole and with
 * gaps; and how all of it was at two moments before.
 */
async function givenTrail(database: PrimaryClient, { keys: { audit: signer } }: Node): Promise<void> {
  const writer = new TrailWriter(database, signer);
  await giveOldLane(database, signer, 1001, [1, 3, 2, 1, 5, 1]);
  let first = await writer.open();
  let second = await writer.open();
  first = await writer.write(first, [1, 4, 2, 1]);
  second = await writer.write(second, [2, 2, 6, 1]);
  await keepState(database, 'early');
  let third = await writer.open(first);
  third = await writer.write(third, [3, 1, 1, 5, 2]);
  second = await writer.write(second, [1, 1, 4]);
  let fourth = await writer.open();
  fourth = await writer.write(fourth, [4, 4, 4, 4, 4]);
  const byKind = { lane: fourth.id, after: 0, through: 20 };
  await removeRecords(database, signer, byKind, ({ sequence }) => [5, 9, 10, 11, 16].includes(sequence));
  let fifth = await writer.open();
  fifth = await writer.write(fifth, [3, 3, 3, 3]);
  const byAge = { lane: fifth.id, after: 0, through: 7 };
  await removeRecords(database, signer, byAge, ({ sequence }) => sequence <= 7);
  await keepState(database, 'late');
  for (const lane of [second, third, fourth, fifth]) await writer.write(lane, [2, 1, 3]);
}

async function keepState(database: PrimaryClient, name: string): Promise<void> {
  await database.query(`CREATE SCHEMA ${name}`);
  for (const table of ['audit_record', 'audit_lane', 'audit_mark']) {
    await database.query(`CREATE TABLE ${name}.${table} AS SELECT * FROM public.${table}`);
  }
}

async function readAll(database: PrimaryClient): Promise<Untouched> {
  const lanes = await database.query<LaneRow>('SELECT * FROM audit_lane ORDER BY id');
  const records = await database.query<RecordRow>('SELECT * FROM audit_record ORDER BY lane, seq');
  const marks = await database.query<{ lane: number; first_seq: number }>(
    'SELECT lane, first_seq FROM audit_mark ORDER BY 1, 2',
  );
  const rows = new Map(lanes.rows.map(({ id }) => [id, records.rows.filter(({ lane }) => lane === id)]));
  return { lanes: lanes.rows, rows, marks: marks.rows };
}
