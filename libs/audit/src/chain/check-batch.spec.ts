import {
  LANE,
  gapIn,
  givenLane,
  isSigned,
  rechained,
  startOf,
} from '../../../../test/support/database/given-lane.js';
import type { ChainedRecord } from '../audit-record.js';
import { NO_SEAL } from './chain.js';
import { soundRecords } from './check-batch.js';
import type { Gap } from './gaps.js';

describe.each([1, 2] as const)('soundRecords of a batch of format %i', (format) => {
  const lane = givenLane([2, 4, 1], { format });
  const [, before, ...rest] = lane;
  const batch = rest.slice(0, 4);
  const previous = { sequence: 2, chain: before?.chain ?? NO_SEAL, seal: before?.signature ?? NO_SEAL };

  const sound = (records: readonly ChainedRecord[], gaps: readonly Gap[] = [], known = true) => [
    ...soundRecords({ lane: LANE, format, records, previous: known ? previous : null, gaps }, isSigned),
  ];
  const changed = (sequence: number, changes: Partial<ChainedRecord>) =>
    batch.map((record) => (record.sequence === sequence ? { ...record, ...changes } : record));
  const without = (...sequences: number[]) => batch.filter(({ sequence }) => !sequences.includes(sequence));

  it('are all of an intact one', () => {
    expect(sound(batch)).toEqual([3, 4, 5, 6]);
    const first = { lane: LANE, format, records: lane.slice(0, 2), previous: startOf(LANE), gaps: [] };
    expect([...soundRecords(first, isSigned)]).toEqual([1, 2]);
  });

  it('are none but the changed one', () => {
    expect(sound(changed(4, { user: 'somebody' }))).toEqual([3, 5, 6]);
    expect(sound(changed(4, { rowHash: Buffer.alloc(32) }))).toEqual([3, 5, 6]);
    expect(sound(changed(4, { heads: '1:2:ab' }))).toEqual(format === 2 ? [3, 5, 6] : [3, 4, 5, 6]);
    expect(sound(changed(4, { chain: Buffer.alloc(32) }))).toEqual([3, 6]);
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
