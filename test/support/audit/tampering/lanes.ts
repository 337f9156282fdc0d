import { laneStart } from '../../../../src/persistence/audit/lane-row.js';
import { type Tamper, rowsOf } from './trail.js';

export const truncate: Tamper = async (database, trail, dice) => {
  const ends = trail.lanes.flatMap((lane) => {
    const rows = rowsOf(trail, lane.id);
    return rows.slice(0, -1).filter(({ signature }) => signature !== null);
  });
  const end = dice.pick(ends);
  await database.query('DELETE FROM audit_record WHERE lane = $1 AND seq > $2', [end.lane, end.seq]);
  await database.query('DELETE FROM audit_mark WHERE lane = $1 AND first_seq > $2', [end.lane, end.seq]);
  await database.query('UPDATE audit_lane SET seq = $2, head = $3 WHERE id = $1', [
    end.lane,
    end.seq,
    end.chain,
  ]);
  return { what: `cut behind ${end.seq}`, expected: [{ lane: end.lane, sequences: [end.seq + 1] }] };
};

export const removeLane: Tamper = async (database, trail, dice) => {
  const { id } = dice.pick(trail.lanes.filter(({ seq }) => seq > 0));
  const keepsRow = dice.roll(2) === 0;
  await database.query('DELETE FROM audit_record WHERE lane = $1', [id]);
  await database.query('DELETE FROM audit_mark WHERE lane = $1', [id]);
  if (keepsRow) {
    const row = trail.lanes.find((lane) => lane.id === id);
    await database.query('UPDATE audit_lane SET seq = 0, head = $2 WHERE id = $1', [
      id,
      row && laneStart(row).chain,
    ]);
  } else await database.query('DELETE FROM audit_lane WHERE id = $1', [id]);
  return { what: `lane removed, row ${keepsRow ? 'kept' : 'too'}`, expected: [{ lane: id, sequences: [1] }] };
};

export const putBack: Tamper = async (database, trail, dice) => {
  const moment = dice.pick(['early', 'late']);
  const { rows } = await database.query<{ id: number; seq: number }>(
    `SELECT id, seq FROM ${moment}.audit_lane`,
  );
  const then = new Map(rows.map(({ id, seq }) => [id, seq]));
  for (const table of ['audit_record', 'audit_lane', 'audit_mark']) {
    await database.query(`DELETE FROM ${table}`);
    await database.query(`INSERT INTO ${table} SELECT * FROM ${moment}.${table}`);
  }
  const expected = trail.lanes
    .filter(({ id, seq }) => seq > (then.get(id) ?? 0))
    .map(({ id }) => ({ lane: id, sequences: [(then.get(id) ?? 0) + 1] }));
  return { what: `state put back: ${moment}`, expected };
};

const LANE_CHANGES: readonly (readonly [string, 'first' | 'last'])[] = [
  ['seq = seq + 1', 'last'],
  ['seq = seq - 1', 'last'],
  ['head = sha256(head)', 'last'],
  [`head = ''`, 'last'],
  [`node = node || 'x'`, 'first'],
  [`opened_at = opened_at - interval '1 minute'`, 'first'],
  [`heads = heads || ' 1:1:00'`, 'first'],
  ['heads = NULL', 'first'],
  [`predecessor = 1, predecessor_seq = 1, predecessor_head = sha256('x')`, 'first'],
  ['predecessor_seq = predecessor_seq - 1', 'first'],
];

export const changeLane: Tamper = async (database, trail, dice) => {
  const lane = dice.pick(trail.lanes.filter(({ seq }) => seq > 1));
  const [change, place] = dice.pick(
    LANE_CHANGES.filter(
      ([text]) =>
        !(lane.heads === null && /^(node|opened_at|heads)/.test(text)) &&
        !(lane.predecessor === null && text.startsWith('predecessor_seq')),
    ),
  );
  await database.query(`UPDATE audit_lane SET ${change} WHERE id = $1`, [lane.id]);
  // Where the row says that the lane ends, or where it does.
  const sequences = place === 'last' ? [lane.seq - 1, lane.seq, lane.seq + 1] : [1];
  return { what: `lane: ${change}`, expected: [{ lane: lane.id, sequences }] };
};
