import type pg from 'pg';

import { AuditNotSound } from '../../../src/persistence/audit/retention/audit-not-sound.js';
import {
  type NumberedRecord,
  type Removal,
  removeRecords,
} from '../../../src/persistence/audit/retention/remove-records.js';
import type { PrimaryClient } from '../../../src/persistence/database.js';
import { type Node, CONTEXT, openNode } from '../../faults/given-node.js';
import { type Installation, givenInstallation } from '../../support/application/installation.js';

const KINDS = ['validate/check', 'admin/init', 'audit/search'];

/** What retention leaves of a lane, and what a verification makes of it. */
describe('records that are removed', () => {
  let installation: Installation;
  let node: Node;
  let database: pg.Client;
  let lane: { readonly id: number; readonly seq: number };

  beforeAll(async () => {
    installation = await givenInstallation();
    node = await openNode(installation);
    database = await installation.database.connect();
    // Of many sizes of batches, in the chain of one lane or the other.
    for (let round = 0; round < 12; round++) {
      const records = Array.from({ length: 1 + ((round * 7) % 11) }, (_, place) =>
        node.committer.append(
          { ...CONTEXT, action: KINDS[(round + place) % KINDS.length] ?? '' },
          { succeeded: true },
        ),
      );
      await Promise.all(records);
    }
    const { rows } = await database.query<{ id: string; seq: string }>(
      'SELECT id, seq FROM audit_lane ORDER BY seq DESC LIMIT 1',
    );
    lane = { id: Number(rows[0]?.id), seq: Number(rows[0]?.seq) };
  });

  afterAll(async () => {
    await database?.end();
    await node?.close();
    await installation?.remove();
  });

  // Each in a transaction of its own on a state that the others do not see.
  let client: PrimaryClient;
  beforeEach(async () => {
    client = await node.connect();
    await client.query('BEGIN');
  });
  afterEach(async () => {
    await client.query('ROLLBACK');
    await client.end();
  });

  const remove = (
    isRemoved: (record: NumberedRecord) => boolean,
    after = 0,
    through = lane.seq,
  ): Promise<Removal> => removeRecords(client, node.keys.audit, { lane: lane.id, after, through }, isRemoved);
  const faults = async () => (await node.verifyOn(client)).faults;
  const count = async (table: string) => {
    const { rows } = await client.query<{ count: number }>(
      `SELECT count(*) AS count FROM ${table} WHERE lane = $1`,
      [lane.id],
    );
    return rows[0]?.count;
  };

  it.each<[string, (record: NumberedRecord) => boolean]>([
    ['none', () => false],
    ['all', () => true],
    ['the first', ({ sequence }) => sequence === 1],
    ['the last', ({ sequence }) => sequence === lane.seq],
    ['the older half', ({ sequence }) => sequence * 2 < lane.seq],
    ['a kind of actions', ({ action }) => action === KINDS[0]],
    ['two kinds of actions', ({ action }) => action !== KINDS[2]],
    ['all with a signature', ({ signature }) => signature !== null],
    ['all without one', ({ signature }) => signature === null],
  ])('leave a chain that verifies when they are %s', async (_which, isRemoved) => {
    const before = await count('audit_record');
    const { removed, through } = await remove(isRemoved);
    expect(through).toBe(lane.seq);
    expect(removed.every(isRemoved)).toBe(true);
    expect(await count('audit_record')).toBe((before ?? 0) - removed.length);
    const { rows } = await client.query<{ removed: string }>(
      'SELECT coalesce(sum(removed), 0) AS removed FROM audit_mark',
    );
    expect(Number(rows[0]?.removed)).toBe(removed.length);
    expect(await faults()).toEqual([]);
  });

  it('go stretch by stretch, and touching gaps become one', async () => {
    let after = 0;
    while (after < lane.seq) ({ through: after } = await remove(() => true, after, after + 2));
    expect(await count('audit_record')).toBe(0);
    expect(await count('audit_mark')).toBe(1);
    expect(await faults()).toEqual([]);
  });

  it('may go kind by kind, and a stretch may begin and end anywhere', async () => {
    for (const kind of KINDS) {
      for (let after = lane.seq - 3; after >= 0; after -= 3) {
        await remove(({ action }) => action === kind, after, after + 5);
      }
      expect(await faults()).toEqual([]);
    }
    await remove(() => true);
    expect(await count('audit_mark')).toBe(1);
    expect(await faults()).toEqual([]);
  });

  it('are not removed when the stretch was tampered with', async () => {
    await client.query(`UPDATE audit_record SET username = 'x' WHERE lane = $1 AND seq = 5`, [lane.id]);
    const refused = remove(() => true);
    await expect(refused).rejects.toThrow(AuditNotSound);
    await expect(refused).rejects.toMatchObject({ fault: { sequence: 5, fault: 'changed' } });
    expect(await count('audit_record')).toBe(lane.seq);
    expect(await count('audit_mark')).toBe(0);
  });

  it('are not removed beside others that are missing', async () => {
    await client.query('DELETE FROM audit_record WHERE lane = $1 AND seq = 5', [lane.id]);
    for (const after of [0, 4, 5]) {
      await expect(remove(() => true, after)).rejects.toMatchObject({
        fault: { sequence: 5, fault: 'missing' },
      });
    }
  });

  it('are found when they come back, and others when they go', async () => {
    const { removed } = await remove(({ sequence }) => sequence > 3 && sequence < 9);
    expect(removed.map(({ sequence }) => sequence)).toEqual([4, 5, 6, 7, 8]);
    await client.query(
      `INSERT INTO audit_record SELECT lane, 6, 6, number + 100000, at, action, succeeded, serial, token_type, username,
         realm, administrator, detail, info, node, client, log_level, clearance_level, row_hash, chain, signature, heads
       FROM audit_record WHERE lane = $1 AND seq = 3`,
      [lane.id],
    );
    expect(await faults()).toMatchObject([{ sequence: 6, fault: 'inserted' }]);
    await client.query('DELETE FROM audit_record WHERE lane = $1 AND seq IN (6, 9)', [lane.id]);
    expect(await faults()).toMatchObject([{ sequence: 9, through: 9, fault: 'missing' }]);
  });

  it.each([
    ['UPDATE audit_mark SET signature = decode(repeat($$00$$, 64), $$hex$$)', 'mark-forged'],
    ['UPDATE audit_mark SET gaps = gaps || gaps, removed = 2 * removed', 'mark-forged'],
    ['UPDATE audit_mark SET removed = removed - 1', 'mark-forged'],
    ['UPDATE audit_mark SET last_seq = last_seq + 1', 'mark-forged'],
    ['UPDATE audit_mark SET first_seq = first_seq - 1', 'mark-forged'],
    ['INSERT INTO audit_mark SELECT lane, 20, 22, gaps, removed, signature FROM audit_mark', 'mark-forged'],
    ['DELETE FROM audit_mark', 'missing'],
  ])('are found when somebody else says so: %s', async (tampering, fault) => {
    await remove(({ sequence }) => sequence > 3 && sequence < 9);
    await client.query(tampering);
    expect(await faults()).toMatchObject([{ lane: String(lane.id), fault }]);
  });
});
