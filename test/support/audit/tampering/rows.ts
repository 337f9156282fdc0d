import type { RecordRow } from '../../../../src/persistence/audit/record-row.js';
import type { PrimaryClient } from '../../../../src/persistence/database.js';
import { type Tamper, rowsOf, someRow, two } from './trail.js';

const FAR = 1_000_000;

/** SQL expressions that give another value than the one that is there. */
const CHANGES: Readonly<Record<string, readonly string[]>> = {
  batch_start: ['batch_start - 1', 'batch_start + 1', 'seq'],
  at: [`at + interval '1 ms'`, `at - interval '1 year'`, `'infinity'`, `at + interval '1 day'`],
  action: [`action || 'x'`, `'admin/remove'`],
  succeeded: ['NOT succeeded'],
  serial: [`serial || ' '`, `lower(serial) || 'x'`, `''`],
  token_type: [`token_type || 'x'`, `''`],
  username: [`username || 'x'`, `'somebody'`, `''`],
  realm: [`realm || 'x'`, `''`],
  administrator: [`administrator || 'x'`],
  detail: [`detail || ' '`, `'nothing to see'`],
  info: [`info || 'x'`],
  node: [`node || 'x'`],
  client: [`client || '1'`, `''`],
  log_level: [`log_level || 'x'`],
  clearance_level: ['clearance_level + 1', '-1'],
  row_hash: [`sha256(row_hash)`, `''`],
  chain: [`sha256(chain)`, `''`],
  signature: [
    `CASE WHEN signature IS NULL THEN decode(repeat('ab', 64), 'hex') END`,
    `decode(repeat('00', 64), 'hex')`,
    `coalesce(set_byte(signature, 5, get_byte(signature, 5) # 1), 'x')`,
  ],
  number: ['number + 1000000', '-number'],
  heads: [`heads || ' 1:1:00'`],
  seq: [`seq + ${FAR}`, '-seq'],
  lane: ['lane + 1'],
};

export const changeColumn: Tamper = async (database, trail, dice) => {
  const row = someRow(trail, dice);
  const isOld = trail.lanes.some(({ id, heads }) => id === row.lane && heads === null);
  // What a lane of format 1 has there is nothing that was ever written, and is read by nobody.
  const column = dice.pick(Object.keys(CHANGES).filter((name) => !(isOld && name === 'heads')));
  const expression = dice.pick(CHANGES[column] ?? []);
  const { rowCount } = await database.query(
    `UPDATE audit_record SET ${column} = ${expression}
     WHERE lane = $1 AND seq = $2 AND (${expression}) IS DISTINCT FROM ${column}`,
    [row.lane, row.seq],
  );
  const expected = rowCount === 0 ? [] : [{ lane: row.lane, sequences: [row.seq] }];
  return { what: `${column} = ${expression}`, expected };
};

export const remove: Tamper = async (database, trail, dice) => {
  const row = someRow(trail, dice);
  const rows = rowsOf(trail, row.lane);
  const from = dice.pick([rows[0] ?? row, row, row, rows.at(-1) ?? row]);
  const through = from.seq + dice.roll(3);
  await database.query('DELETE FROM audit_record WHERE lane = $1 AND seq BETWEEN $2 AND $3', [
    row.lane,
    from.seq,
    through,
  ]);
  return { what: `removed ${from.seq} to ${through}`, expected: [{ lane: row.lane, sequences: [from.seq] }] };
};

async function copyTo(
  database: PrimaryClient,
  row: RecordRow,
  place: { lane?: number; seq: number },
): Promise<void> {
  await database.query(
    `INSERT INTO audit_record (lane, seq, batch_start, at, action, succeeded, serial, token_type, username, realm,
       administrator, detail, info, node, client, log_level, clearance_level, row_hash, chain, signature, heads)
     SELECT $3, $4, $4, at, action, succeeded, serial, token_type, 'invented', realm,
       administrator, detail, info, node, client, log_level, clearance_level, row_hash, chain, signature, heads
     FROM audit_record WHERE lane = $1 AND seq = $2`,
    [row.lane, row.seq, place.lane ?? row.lane, place.seq],
  );
}

export const insertOutside: Tamper = async (database, trail, dice) => {
  const row = someRow(trail, dice);
  const { seq: last = 0 } = trail.lanes.find(({ id }) => id === row.lane) ?? {};
  const lane = dice.roll(4) === 0 ? row.lane + 1 : row.lane;
  const seq = lane === row.lane ? dice.pick([0, -3, last + 1, last + 7]) : 1;
  await copyTo(database, row, { lane, seq });
  return { what: `inserted at ${seq} of ${lane}`, expected: [{ lane, sequences: [seq] }] };
};

/** Moves rows and the head of their lane by some places, in two steps: sequences are unique at any time. */
async function shift(database: PrimaryClient, lane: number, from: number, by: number): Promise<void> {
  await database.query(`UPDATE audit_record SET seq = seq + ${FAR} WHERE lane = $1 AND seq >= $2`, [
    lane,
    from,
  ]);
  await database.query(`UPDATE audit_record SET seq = seq - ${FAR} + $2 WHERE lane = $1 AND seq >= ${FAR}`, [
    lane,
    by,
  ]);
  await database.query('UPDATE audit_lane SET seq = seq + $2 WHERE id = $1', [lane, by]);
}

export const insertBetween: Tamper = async (database, trail, dice) => {
  const row = someRow(trail, dice);
  await shift(database, row.lane, row.seq, 1);
  await copyTo(database, { ...row, seq: row.seq + 1 }, { seq: row.seq });
  return { what: `inserted before ${row.seq}`, expected: [{ lane: row.lane, sequences: [row.seq] }] };
};

export const removeBetween: Tamper = async (database, trail, dice) => {
  const row = someRow(trail, dice);
  await database.query('DELETE FROM audit_record WHERE lane = $1 AND seq = $2', [row.lane, row.seq]);
  await shift(database, row.lane, row.seq + 1, -1);
  return {
    what: `removed ${row.seq} and closed up`,
    // Of the last one the head is all that is left.
    expected: [{ lane: row.lane, sequences: [row.seq, row.seq - 1] }],
  };
};

export const reorder: Tamper = async (database, trail, dice) => {
  const [one, other] = two(trail, dice);
  for (const [from, to] of [
    [one.seq, FAR],
    [other.seq, one.seq],
    [FAR, other.seq],
  ]) {
    await database.query('UPDATE audit_record SET seq = $3 WHERE lane = $1 AND seq = $2', [
      one.lane,
      from,
      to,
    ]);
  }
  return {
    what: `exchanged ${one.seq} and ${other.seq}`,
    expected: [{ lane: one.lane, sequences: [one.seq] }],
  };
};

const CONTENT = ['at', 'action', 'succeeded', 'serial', 'username', 'detail', 'info', 'client'];
const PROOF = ['row_hash', 'chain', 'signature'];

export const swapContents: Tamper = async (database, trail, dice) => {
  const [one, other] = two(trail, dice);
  const columns = dice.pick([CONTENT, [...CONTENT, ...PROOF], [...CONTENT, 'row_hash']]);
  await database.query(
    `UPDATE audit_record r SET ${columns.map((name) => `${name} = o.${name}`).join(', ')}
     FROM audit_record o WHERE r.lane = $1 AND o.lane = $1 AND (r.seq, o.seq) IN (($2, $3), ($3, $2))`,
    [one.lane, one.seq, other.seq],
  );
  return {
    what: `contents of ${one.seq} and ${other.seq}`,
    expected: [{ lane: one.lane, sequences: [one.seq] }],
  };
};

export const swapNumbers: Tamper = async (database, trail, dice) => {
  const [one, other] = two(trail, dice);
  await database.query('UPDATE audit_record SET number = -number WHERE lane = $1 AND seq = $2', [
    one.lane,
    one.seq,
  ]);
  for (const [seq, number] of [
    [other.seq, one.number],
    [one.seq, other.number],
  ]) {
    await database.query('UPDATE audit_record SET number = $3 WHERE lane = $1 AND seq = $2', [
      one.lane,
      seq,
      number,
    ]);
  }
  return {
    what: `numbers of ${one.seq} and ${other.seq}`,
    expected: [{ lane: one.lane, sequences: [one.seq, other.seq] }],
  };
};
