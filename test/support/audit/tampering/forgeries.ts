import { type KeyObject, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

import { type Gap, encodeGaps, markMessage, nextChain, rowHash, signedMessage } from '@app/audit';

import { laneFormat, laneStart } from '../../../../src/persistence/audit/lane-row.js';
import { type RecordRow, toChainedRecord } from '../../../../src/persistence/audit/record-row.js';
import type { PrimaryClient } from '../../../../src/persistence/database.js';
import { type Tamper, type Untouched, rowsOf, someRow, two } from './trail.js';

const stranger: KeyObject = generateKeyPairSync('ed25519').privateKey;

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

export const rewriteWithoutKey: Tamper = async (database, trail, dice) => {
  const row = someRow(trail, dice);
  const toEndOf = dice.pick(['batch', 'lane'] as const);
  await rewrite(database, trail, row, toEndOf, null);
  return {
    what: `rewritten from ${row.seq} to the end of its ${toEndOf}`,
    expected: [{ lane: row.lane, sequences: [row.seq] }],
  };
};

export const swapKey: Tamper = async (database, trail, dice) => {
  const row = someRow(trail, dice);
  await rewrite(database, trail, row, 'lane', stranger);
  await database.query(`UPDATE secret SET public_key = $1 WHERE name = 'audit'`, [randomBytes(44)]);
  return {
    what: `signed by a stranger from ${row.seq} on`,
    expected: [{ lane: row.lane, sequences: [row.seq] }],
  };
};

export const forgeMark: Tamper = async (database, trail, dice) => {
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

export const changeMark: Tamper = async (database, trail, dice) => {
  const mark = dice.pick(trail.marks);
  const change = dice.pick(MARK_CHANGES);
  await database.query(change, [mark.lane, mark.first_seq]);
  return { what: change, expected: [{ lane: mark.lane, sequences: [mark.first_seq] }] };
};
