import {
  LANE,
  gapIn,
  givenLane,
  isSigned,
  rechained,
  startOf,
} from '../../../../test/support/database/given-lane.js';
import type { ChainedRecord } from '../audit-record.js';
import { type ChainFormat, NO_SEAL, type SealedHead, nextChain, rowHash } from './chain.js';
import { type StoredBatch, soundRecordsFromLast } from './check-batch.js';
import type { Gap } from './gaps.js';

/** Another record in its place, whose own hash and link fit. */
function forgedBehind(format: ChainFormat, before: SealedHead, record: ChainedRecord): ChainedRecord {
  const forged = { ...record, user: 'somebody' };
  const hash = rowHash({ ...forged, format }, forged);
  const chain = nextChain(format, before, hash, record.batchStart === record.sequence);
  return { ...forged, rowHash: Buffer.from(hash), chain: Buffer.from(chain) };
}

/** Of one batch, of which nothing is known but what is stored of it. */
const soundAlone = (batch: StoredBatch) =>
  [...soundRecordsFromLast([batch], isSigned)].flatMap((one) => [...one]);

describe.each([1, 2] as const)('sound records of a batch of format %i', (format) => {
  const lane = givenLane([2, 4, 1], { format });
  const [, before, ...rest] = lane;
  const batch = rest.slice(0, 4);
  const previous = { sequence: 2, chain: before?.chain ?? NO_SEAL, seal: before?.signature ?? NO_SEAL };

  const sound = (records: readonly ChainedRecord[], gaps: readonly Gap[] = [], known = true) =>
    soundAlone({ lane: LANE, format, records, previous: known ? previous : null, gaps });
  const changed = (sequence: number, changes: Partial<ChainedRecord>) =>
    batch.map((record) => (record.sequence === sequence ? { ...record, ...changes } : record));
  const without = (...sequences: number[]) => batch.filter(({ sequence }) => !sequences.includes(sequence));

  it('are all of an intact one', () => {
    expect(sound(batch)).toEqual([3, 4, 5, 6]);
    const first = { lane: LANE, format, records: lane.slice(0, 2), previous: startOf(LANE), gaps: [] };
    expect(soundAlone(first)).toEqual([1, 2]);
  });

  it('are none but the changed one', () => {
    expect(sound(changed(4, { user: 'somebody' }))).toEqual([3, 5, 6]);
    expect(sound(changed(4, { heads: '1:2:ab' }))).toEqual(format === 2 ? [3, 5, 6] : [3, 4, 5, 6]);
  });

  it('are only those behind a broken link: what stands before it nothing signed leads to', () => {
    expect(sound(changed(4, { rowHash: Buffer.alloc(32) }))).toEqual([5, 6]);
    expect(sound(changed(4, { chain: Buffer.alloc(32) }))).toEqual([6]);
  });

  it.each([
    ['its first', [3], [5, 6]],
    ['its second', [4], [6]],
    ['all but its last', [3, 4, 5], []],
    ['all of it', [3, 4, 5, 6], []],
  ])('are none that somebody without the key wrote with hashes that fit: %s', (_what, forged, left) => {
    let head = previous;
    const records = batch.map((record) => {
      const made = forged.includes(record.sequence) ? forgedBehind(format, head, record) : record;
      head = { sequence: made.sequence, chain: made.chain, seal: made.signature ?? NO_SEAL };
      return made;
    });
    expect(sound(records)).toEqual(left);
  });

  it('are those before a gap that is signed, whatever was written behind it', () => {
    const records = batch.filter(({ sequence }) => sequence !== 4);
    const gap = gapIn(lane, 4, 4);
    const behind = { sequence: 4, chain: gap.after, seal: gap.afterSeal };
    const forged = records.map((record) =>
      record.sequence === 5 ? forgedBehind(format, behind, record) : record,
    );
    expect(sound(forged, [gap])).toEqual([3]);
  });

  it.each([3, 4, 5, 6])('are none when record %i is gone', (sequence) => {
    expect(sound(without(sequence))).toEqual([]);
  });

  it('are none without a signature that fits, or without what came before', () => {
    expect(sound(changed(6, { signature: null }))).toEqual([]);
    expect(sound(changed(6, { signature: lane[1]?.signature ?? null }))).toEqual([]);
    expect(sound(changed(4, { signature: lane[5]?.signature ?? null }))).toEqual([3, 4, 5, 6]);
    expect(sound(batch, [], false)).toEqual([]);
    expect(sound([])).toEqual([]);
    const rewritten = rechained(
      format,
      lane.map((record) => (record.sequence === 4 ? { ...record, user: 'x' } : record)),
    );
    expect(sound(rewritten.slice(2, 6))).toEqual([]);
  });

  it.each([
    ['its first', 3, 3, [4, 5, 6]],
    ['all before the third', 1, 4, [5, 6]],
    ['one of it', 4, 4, [3, 5, 6]],
    ['two of it', 4, 5, [3, 6]],
    ['its last, with the signature', 5, 6, [3, 4]],
    ['its last and what follows', 6, 7, [3, 4, 5]],
  ])('are the others when retention removed %s', (_what, from, to, left) => {
    const records = batch.filter(({ sequence }) => sequence < from || sequence > to);
    const gap = gapIn(lane, from, to);
    expect(sound(records, [gap])).toEqual(left);
    expect(sound(records, [gap], from > 2)).toEqual(left);
    // A mark says what is gone, and nothing else may be.
    expect(sound(records.slice(1), [gap])).toEqual([]);
    expect(sound(batch, [gap])).toEqual([]);
    expect(sound(records, [{ ...gap, before: Buffer.alloc(32), after: Buffer.alloc(32) }])).not.toEqual(left);
  });
});

/** Batches as they are stored: each behind what is stored before it. */
function batchesOf(
  format: ChainFormat,
  records: readonly ChainedRecord[],
  gaps: readonly Gap[] = [],
): StoredBatch[] {
  const starts = [...new Set(records.map(({ batchStart }) => batchStart))];
  return starts.map((start) => {
    const before = records.find(({ sequence }) => sequence === start - 1);
    const head = before && { ...before, seal: before.signature ?? NO_SEAL };
    return {
      lane: LANE,
      format,
      records: records.filter(({ batchStart }) => batchStart === start),
      previous: start === 1 ? startOf(LANE) : (head ?? null),
      gaps,
    };
  });
}

describe.each([1, 2] as const)('sound records of batches of format %i', (format) => {
  const lane = givenLane([2, 1, 3, 1, 2], { format });

  const asked = (batches: readonly StoredBatch[]) => {
    let signatures = 0;
    const counting = (message: Uint8Array, signature: Uint8Array) => {
      signatures++;
      return isSigned(message, signature);
    };
    const sound = [...soundRecordsFromLast(batches, counting)].flatMap((some) => [...some]);
    return { sound: sound.toSorted((a, b) => a - b), signatures };
  };
  const changed = (sequence: number, changes: Partial<ChainedRecord>) =>
    lane.map((record) => (record.sequence === sequence ? { ...record, ...changes } : record));

  it('asks for one signature, where chains cover those before it', () => {
    const { sound, signatures } = asked(batchesOf(format, lane));
    expect(sound).toEqual(lane.map(({ sequence }) => sequence));
    expect(signatures).toBe(format === 2 ? 1 : 5);
  });

  it('asks for one at the end of each run', () => {
    const [first, second, , fourth, fifth] = batchesOf(format, lane);
    const { sound, signatures } = asked([first, second, fourth, fifth].filter((one) => one !== undefined));
    expect(sound).toEqual([1, 2, 3, 7, 8, 9]);
    expect(signatures).toBe(format === 2 ? 2 : 4);
  });

  it('asks for one before a gap, too', () => {
    const records = lane.filter(({ sequence }) => sequence !== 5);
    const { sound, signatures } = asked(batchesOf(format, records, [gapIn(lane, 5, 5)]));
    expect(sound).toEqual(records.map(({ sequence }) => sequence));
    expect(signatures).toBe(format === 2 ? 2 : 5);
  });

  it('takes no batch for the one that was there when the next was written', () => {
    for (const changes of [{ chain: Buffer.alloc(32) }, { signature: lane[1]?.signature ?? null }]) {
      const batches = batchesOf(format, lane).map((batch) => ({
        ...batch,
        records: batch.records.map((record) => (record.sequence === 6 ? { ...record, ...changes } : record)),
      }));
      expect(asked(batches).sound).toEqual([1, 2, 3, 7, 8, 9]);
    }
  });

  it('says of a batch that never was signed what it says alone', () => {
    const unsigned = givenLane([1], { format, sign: () => Buffer.alloc(0) });
    const [first] = unsigned;
    const start = { sequence: 1, chain: first?.chain ?? NO_SEAL, seal: NO_SEAL };
    const batches = batchesOf(format, [...unsigned, ...givenLane([1], { format, start })]);
    expect(asked(batches).sound).toEqual([2]);
  });

  it.each(lane.map(({ sequence }) => sequence))('says of changes to record %i what each says alone', (of) => {
    const other = lane[1]?.signature ?? null;
    const spoilt = [
      changed(of, { user: 'x' }),
      changed(of, { rowHash: Buffer.alloc(32) }),
      changed(of, { chain: Buffer.alloc(32) }),
      changed(of, { signature: null }),
      changed(of, { signature: other }),
      changed(of, { signature: NO_SEAL }),
      lane.filter(({ sequence }) => sequence !== of),
      rechained(format, changed(of, { user: 'x' })),
      rechained(format, changed(of, { signature: other })),
    ].map((records) => batchesOf(format, records));
    const gap = gapIn(lane, of, of);
    const withoutIt = lane.filter(({ sequence }) => sequence !== of);
    for (const batches of [...spoilt, batchesOf(format, withoutIt, [gap])]) {
      expect(asked(batches).sound).toEqual(batches.flatMap(soundAlone));
    }
  });
});
