import { type KeyObject, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

import { type Gap, encodeGaps, markMessage, nextChain, rowHash, signedMessage } from '@app/audit';

import { type LaneRow, laneFormat, laneStart } from '../../../src/persistence/audit/lane-row.js';
import { type RecordRow, toChainedRecord } from '../../../src/persistence/audit/record-row.js';
import type { PrimaryClient } from '../../../src/persistence/database.js';

/** Numbers that look random and are the same for the same seed (mulberry32). */
export class Dice {
  constructor(private state: number) {}

  /** 0 … below − 1 */
  roll(below: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  }

  pick<T>(things: readonly T[]): T {
    const thing = things[this.roll(things.length)];
    if (thing === undefined) throw new Error('nothing to pick from');
    return thing;
  }
}

/** What must be found: a fault of this lane whose records hold one of these. */
export interface Expected {
  readonly lane: number;
  readonly sequences: readonly number[];
}

/** The trail before it is tampered with. */
export interface Untouched {
  readonly lanes: readonly LaneRow[];
  readonly rows: ReadonlyMap<number, readonly RecordRow[]>;
  readonly marks: readonly { readonly lane: number; readonly first_seq: number }[];
}

export interface Tampering {
  readonly what: string;
  readonly expected: readonly Expected[];
}

type Tamper = (database: PrimaryClient, trail: Untouched, dice: Dice) => Promise<Tampering>;

const stranger: KeyObject = generateKeyPairSync('ed25519').privateKey;
const FAR = 1_000_000;

function rowsOf(trail: Untouched, lane: number): readonly RecordRow[] {
  return trail.rows.get(lane) ?? [];
}

function someRow(trail: Untouched, dice: Dice): RecordRow {
  const { id } = dice.pick(trail.lanes.filter((lane) => rowsOf(trail, lane.id).length > 0));
  return dice.pick(rowsOf(trail, id));
}

function two(trail: Untouched, dice: Dice): [RecordRow, RecordRow] {
  const one = someRow(trail, dice);
  const others = rowsOf(trail, one.lane).filter(({ seq }) => seq !== one.seq);
  const other = dice.pick(others);
  return one.seq < other.seq ? [one, other] : [other, one];
}

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

const changeColumn: Tamper = async (database, trail, dice) => {
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

const remove: Tamper = async (database, trail, dice) => {
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

const insertOutside: Tamper = async (database, trail, dice) => {
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

const insertBetween: Tamper = async (database, trail, dice) => {
  const row = someRow(trail, dice);
  await shift(database, row.lane, row.seq, 1);
  await copyTo(database, { ...row, seq: row.seq + 1 }, { seq: row.seq });
  return { what: `inserted before ${row.seq}`, expected: [{ lane: row.lane, sequences: [row.seq] }] };
};

const removeBetween: Tamper = async (database, trail, dice) => {
  const row = someRow(trail, dice);
  await database.query('DELETE FROM audit_record WHERE lane = $1 AND seq = $2', [row.lane, row.seq]);
  await shift(database, row.lane, row.seq + 1, -1);
  return {
    what: `removed ${row.seq} and closed up`,
    // Of the last one the head is all that is left.
    expected: [{ lane: row.lane, sequences: [row.seq, row.seq - 1] }],
  };
};

const reorder: Tamper = async (database, trail, dice) => {
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

const swapContents: Tamper = async (database, trail, dice) => {
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

const swapNumbers: Tamper = async (database, trail, dice) => {
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

const truncate: Tamper = async (database, trail, dice) => {
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

const removeLane: Tamper = async (database, trail, dice) => {
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

const putBack: Tamper = async (database, trail, dice) => {
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

const changeLane: Tamper = async (database, trail, dice) => {
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

/** Rows from one on as somebody writes them who knows the format and has no key, or one of his own. */
async function rewrite(
  database: PrimaryClient,
  trail: Untouched,
  row: RecordRow,
  toEndOf: 'batch' | 'lane',
  key: KeyObject | null,
): Promise<RecordRow[]> {
  const lane = trail.lanes.find(({ id }) => id === row.lane);
  if (!lane) throw new Error('no such lane');
  const rows = rowsOf(trail, row.lane);
  const before = rows.findLast(({ seq }) => seq < row.seq);
  const format = laneFormat(lane);
  let head = before
    ? { sequence: before.seq, chain: before.chain, seal: before.signature ?? Buffer.alloc(0) }
    : laneStart(lane);
  const rewritten: RecordRow[] = [];
  for (const old of rows) {
    if (old.seq < row.seq || (toEndOf === 'batch' && old.batch_start !== row.batch_start)) continue;
    const username = old.seq === row.seq ? `${old.username}x` : old.username;
    const record = toChainedRecord({ ...old, username });
    const own = rowHash({ ...record, format }, record);
    const chain = nextChain(format, head, own, old.seq === old.batch_start);
    const place = { sequence: old.seq, chain };
    const signature =
      old.signature && key ? sign(null, signedMessage(record.lane, place), key) : old.signature;
    await database.query(
      'UPDATE audit_record SET username = $3, row_hash = $4, chain = $5, signature = $6 WHERE lane = $1 AND seq = $2',
      [old.lane, old.seq, username, own, chain, signature],
    );
    head = { ...place, seal: signature ?? Buffer.alloc(0) };
    rewritten.push(old);
  }
  await database.query('UPDATE audit_lane SET head = $2 WHERE id = $1 AND seq = $3', [
    row.lane,
    head.chain,
    head.sequence,
  ]);
  return rewritten;
}

const rewriteWithoutKey: Tamper = async (database, trail, dice) => {
  const row = someRow(trail, dice);
  const toEndOf = dice.pick(['batch', 'lane'] as const);
  await rewrite(database, trail, row, toEndOf, null);
  return {
    what: `rewritten from ${row.seq} to the end of its ${toEndOf}`,
    expected: [{ lane: row.lane, sequences: [row.seq] }],
  };
};

const swapKey: Tamper = async (database, trail, dice) => {
  const row = someRow(trail, dice);
  await rewrite(database, trail, row, 'lane', stranger);
  await database.query(`UPDATE secret SET public_key = $1 WHERE name = 'audit'`, [randomBytes(44)]);
  return {
    what: `signed by a stranger from ${row.seq} on`,
    expected: [{ lane: row.lane, sequences: [row.seq] }],
  };
};

const forgeMark: Tamper = async (database, trail, dice) => {
  const [from, to] = two(trail, dice);
  const before = rowsOf(trail, from.lane).find(({ seq }) => seq === from.seq - 1);
  const lane = trail.lanes.find(({ id }) => id === from.lane);
  const gap: Gap = {
    from: from.seq,
    to: to.seq,
    before: before?.chain ?? (lane && laneStart(lane).chain) ?? Buffer.alloc(32),
    after: to.chain,
    afterSeal: to.signature ?? Buffer.alloc(0),
  };
  const gaps = encodeGaps([gap]);
  const signature = dice.pick([
    sign(null, markMessage(String(from.lane), gaps), stranger),
    to.signature ?? randomBytes(64),
    Buffer.alloc(0),
  ]);
  await database.query('DELETE FROM audit_record WHERE lane = $1 AND seq BETWEEN $2 AND $3', [
    from.lane,
    from.seq,
    to.seq,
  ]);
  await database.query(
    `INSERT INTO audit_mark (lane, first_seq, last_seq, gaps, removed, signature) VALUES ($1, $2, $3, $4, $5, $6)`,
    [from.lane, from.seq, to.seq, gaps, to.seq - from.seq + 1, signature],
  );
  return {
    what: `mark forged from ${from.seq} to ${to.seq}`,
    expected: [{ lane: from.lane, sequences: [from.seq] }],
  };
};

const MARK_CHANGES = [
  'DELETE FROM audit_mark WHERE lane = $1 AND first_seq = $2',
  'UPDATE audit_mark SET last_seq = last_seq + 1 WHERE lane = $1 AND first_seq = $2',
  'UPDATE audit_mark SET removed = removed + 1 WHERE lane = $1 AND first_seq = $2',
  'UPDATE audit_mark SET gaps = set_byte(gaps, 7, get_byte(gaps, 7) # 1) WHERE lane = $1 AND first_seq = $2',
  'UPDATE audit_mark SET gaps = set_byte(gaps, 60, get_byte(gaps, 60) # 1) WHERE lane = $1 AND first_seq = $2',
  'UPDATE audit_mark SET lane = lane + 1 WHERE lane = $1 AND first_seq = $2',
];

const changeMark: Tamper = async (database, trail, dice) => {
  const mark = dice.pick(trail.marks);
  const change = dice.pick(MARK_CHANGES);
  await database.query(change, [mark.lane, mark.first_seq]);
  return { what: change, expected: [{ lane: mark.lane, sequences: [mark.first_seq] }] };
};

/** What somebody may do who can write to the whole database and has no key. */
export const TAMPERINGS: Readonly<Record<string, Tamper>> = {
  changeColumn,
  remove,
  removeBetween,
  insertOutside,
  insertBetween,
  reorder,
  swapContents,
  swapNumbers,
  truncate,
  removeLane,
  putBack,
  changeLane,
  rewriteWithoutKey,
  swapKey,
  forgeMark,
  changeMark,
};
