import type pg from 'pg';

import { type Installation, givenInstallation } from '../../support/application/installation.js';
import { type Node, openNode, wrongLogin } from '../given-node.js';

/** A lane that was followed by another one, and what its successor still knows when somebody cuts it. */
describe('a cut in a lane that has a successor', () => {
  let installation: Installation;
  let node: Node;
  let database: pg.Client;
  /** Lanes that have successors, each for one test. */
  let lanes: { id: string; seq: number }[];

  beforeAll(async () => {
    installation = await givenInstallation();
    node = await openNode(installation);
    database = await installation.database.connect();
    const token = await node.enrol();
    // Lanes are dropped and followed by others whenever their connection ends.
    for (let round = 0; round < 6; round++) {
      for (let login = 0; login < 3; login++) await node.committer.commit(wrongLogin(token));
      await database.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE 'WITH locked%'`,
      );
    }
    await node.committer.commit(wrongLogin(token));
    const { rows } = await database.query<{ id: string; seq: number }>(
      `SELECT p.id, p.seq::int FROM audit_lane l JOIN audit_lane p ON p.id = l.predecessor WHERE l.seq > 0 AND p.seq > 1`,
    );
    lanes = rows;
  });

  afterAll(async () => {
    await database?.end();
    await node?.close();
    await installation?.remove();
  });

  const faults = async () => (await node.verifyAudit()).faults;
  const nextLane = () => {
    const lane = lanes.pop();
    if (!lane) throw new Error('no lane has a successor');
    return lane;
  };

  it('is none as long as nobody cuts', async () => {
    expect(await faults()).toEqual([]);
  });

  it('shows when the last record is removed together with the head', async () => {
    const lane = nextLane();
    await database.query('DELETE FROM audit_record WHERE lane = $1 AND seq = $2', [lane.id, lane.seq]);
    await database.query(
      `UPDATE audit_lane l SET seq = $2, head = (SELECT chain FROM audit_record r WHERE r.lane = l.id AND r.seq = $2)
       WHERE id = $1`,
      [lane.id, lane.seq - 1],
    );
    expect(await faults()).toContainEqual(
      expect.objectContaining({ lane: lane.id, sequence: lane.seq, fault: 'cut' }),
    );
  });

  it('shows when the lane is removed as a whole', async () => {
    const lane = nextLane();
    await database.query('DELETE FROM audit_record WHERE lane = $1', [lane.id]);
    await database.query('DELETE FROM audit_lane WHERE id = $1', [lane.id]);
    expect(await faults()).toContainEqual(
      expect.objectContaining({ lane: lane.id, sequence: 1, through: lane.seq, fault: 'lane-missing' }),
    );
  });
});
