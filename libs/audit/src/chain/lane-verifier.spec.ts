import { generateKeyPairSync } from 'node:crypto';

import {
  LANE,
  gapIn,
  givenLane,
  isSigned,
  rechained,
  rowsOf,
  startOf,
} from '../../../../test/support/database/given-lane.js';
import type { ChainedRecord } from '../audit-record.js';
import { type ChainFormat, NO_SEAL, type SealedHead, genesis, nextChain, rowHash } from './chain.js';
import type { Gap } from './gaps.js';
import { type FaultAt, LaneVerifier, type VerifierOptions } from './lane-verifier.js';

const stranger = generateKeyPairSync('ed25519');

interface Walk extends Partial<VerifierOptions> {
  readonly gaps?: readonly Gap[];
  readonly numbers?: readonly number[];
}

function faultIn(
  format: ChainFormat,
  records: readonly ChainedRecord[],
  { gaps = [], numbers, ...options }: Walk = {},
): FaultAt | null {
  const verifier = new LaneVerifier({
    lane: LANE,
    format,
    start: startOf(LANE),
    isSigned,
    everySignature: true,
    ...options,
  });
  return verifier.next(rowsOf(format, records, numbers), gaps) ?? verifier.end();
}

/** The records with the one of this sequence replaced. */
function changed(
  records: readonly ChainedRecord[],
  sequence: number,
  changes: Partial<ChainedRecord>,
): ChainedRecord[] {
  return records.map((record) => (record.sequence === sequence ? { ...record, ...changes } : record));
}

function without(records: readonly ChainedRecord[], ...sequences: readonly number[]): ChainedRecord[] {
  return records.filter(({ sequence }) => !sequences.includes(sequence));
}

describe.each([1, 2] as const)('LaneVerifier of a lane of format %i', (format) => {
  const intact = givenLane([1, 3, 2], { format });
  const found = (records: readonly ChainedRecord[], walk?: Walk) => faultIn(format, records, walk);

  it('finds nothing in an intact lane', () => {
    expect(found(intact)).toBeNull();
    expect(found(intact, { everySignature: false })).toBeNull();
    expect(found([])).toBeNull();
  });

  it('takes the records in pieces that do not respect batches', () => {
    const verifier = new LaneVerifier({
      lane: LANE,
      format,
      start: startOf(LANE),
      isSigned,
      everySignature: false,
    });
    for (const row of rowsOf(format, intact)) expect(verifier.next([row])).toBeNull();
    expect(verifier.end()).toBeNull();
    expect(verifier.head.sequence).toBe(6);
  });

  it('goes on from a known head', () => {
    const fourth = intact[3];
    const start: SealedHead = {
      sequence: 4,
      chain: fourth?.chain ?? NO_SEAL,
      seal: fourth?.signature ?? NO_SEAL,
    };
    expect(found(intact.slice(4), { start })).toBeNull();
  });

  const changes: readonly [string, Partial<ChainedRecord>][] = [
    ['time', { at: new Date('2026-01-02T03:04:05.679Z') }],
    ['time to none', { at: new Date(NaN) }],
    ['action', { action: 'validate/check_s' }],
    ['success', { succeeded: false }],
    ['serial', { serial: 'OATH0002' }],
    ['token type', { tokenType: 'TOTP' }],
    ['user', { user: 'somebody' }],
    ['realm', { realm: 'guests' }],
    ['administrator', { administrator: 'admin' }],
    ['detail', { detail: 'x' }],
    ['info', { info: 'x' }],
    ['node', { node: 'node-2' }],
    ['client', { client: '192.0.2.2' }],
    ['log level', { logLevel: 'DEBUG' }],
    ['clearance level', { clearanceLevel: 1 }],
    ['row hash', { rowHash: Buffer.alloc(32) }],
    ['start of the batch', { batchStart: 1 }],
    ['start of the batch to its own', { batchStart: 3 }],
    ['lane', { lane: '4712' }],
  ];
  it.each(changes)('finds a changed %s', (_column, change) => {
    expect(found(changed(intact, 3, change))).toMatchObject({
      lane: LANE,
      sequence: 3,
      through: 3,
      fault: 'changed',
      row: { sequence: 3, number: 106 },
      previous: { sequence: 2, number: 104 },
    });
  });

  it('finds a changed chain value', () => {
    const records = changed(intact, 3, { chain: Buffer.alloc(32) });
    expect(found(records)).toMatchObject({ sequence: 3, fault: 'unchained' });
    expect(found(changed(intact, 6, { chain: Buffer.alloc(0) }))).toMatchObject({ sequence: 6 });
  });

  it.each([1, 2, 3, 5])('finds that record %i is missing', (sequence) => {
    expect(found(without(intact, sequence))).toMatchObject({
      sequence,
      through: sequence,
      fault: 'missing',
      row: null,
      next: { sequence: sequence + 1 },
    });
  });

  it('finds how many are missing', () => {
    expect(found(without(intact, 2, 3, 4))).toMatchObject({ sequence: 2, through: 4, fault: 'missing' });
  });

  it('finds a removed record also after the others were renumbered', () => {
    const records = without(intact, 2).map((record) =>
      record.sequence > 2 ? { ...record, sequence: record.sequence - 1 } : record,
    );
    expect(found(records)).toMatchObject({ sequence: 2, fault: 'changed' });
  });

  it('finds two records in each other’s place', () => {
    const [first, second, third, ...rest] = intact;
    if (!first || !second || !third) throw new Error('the lane is too short');
    expect(found([first, third, second, ...rest])).toMatchObject({ sequence: 2, fault: 'missing' });
    const moved = [first, { ...third, sequence: 2 }, { ...second, sequence: 3 }, ...rest];
    expect(found(moved)).toMatchObject({ sequence: 2, fault: 'changed' });
  });

  it('finds an inserted record', () => {
    const [first, second, ...rest] = intact;
    if (!first || !second) throw new Error('the lane is too short');
    // A second one with its sequence, which only a table without its key can hold.
    const copy = { ...second, user: 'invented' };
    expect(found([first, second, copy, ...rest])).toMatchObject({ sequence: 2, fault: 'inserted' });

    // With a row hash and a chain value of its own that fit: the record behind it no longer does.
    const own = rowHash({ ...copy, format, sequence: 2, batchStart: 2 }, copy);
    const previous = { sequence: 1, chain: first.chain, seal: first.signature ?? NO_SEAL };
    const chain = nextChain(format, previous, own, true);
    const chained = { ...copy, sequence: 2, batchStart: 2, rowHash: own, chain };
    const moved = [second, ...rest].map((record) => ({ ...record, sequence: record.sequence + 1 }));
    expect(found([first, chained, ...moved])).toMatchObject({ sequence: 3 });
  });

  it('finds a record put in place of another, with hash and chain value that fit', () => {
    const rewritten = rechained(format, changed(intact, 2, { user: 'somebody', signature: null }));
    const replaced = changed(intact, 2, rewritten[1] ?? {});
    expect(found(replaced)).toMatchObject({ sequence: 3, fault: 'unchained' });
  });

  it('finds the batch that was rewritten, whatever follows it: it cannot be signed', () => {
    const rewritten = rechained(format, changed(intact, 2, { user: 'somebody' }));
    expect(found(rewritten)).toMatchObject({
      sequence: 2,
      through: 4,
      fault: 'forged',
      row: { sequence: 4 },
    });
    expect(found(changed(rewritten, 4, { signature: null }))).toMatchObject({
      sequence: 4,
      fault: 'unsigned',
      row: { sequence: 4 },
    });
  });

  it('finds a lane that was signed with another key', () => {
    expect(found(givenLane([2, 1], { format, key: stranger.privateKey }))).toMatchObject({
      sequence: 1,
      through: 2,
      fault: 'forged',
    });
  });

  it.each([true, false])(
    'finds a signature that was taken from another place (each verified: %s)',
    (every) => {
      const signature = intact[0]?.signature ?? null;
      expect(found(changed(intact, 4, { signature }), { everySignature: every })).toMatchObject({
        through: 4,
        fault: 'forged',
      });
      expect(found(changed(intact, 3, { signature }), { everySignature: every })).toMatchObject({
        through: 3,
        fault: 'forged',
      });
    },
  );

  it('finds records that belong to another lane', () => {
    const records = givenLane([2], { format, lane: '4712' });
    expect(found(records, { lane: '4712', start: startOf('4712') })).toBeNull();
    expect(found(records)).toMatchObject({ sequence: 1, fault: 'changed' });
    const renamed = records.map((record) => ({ ...record, lane: LANE }));
    expect(found(renamed)).toMatchObject({ sequence: 1, fault: 'changed' });
  });

  it('finds a lane that ends within a batch', () => {
    expect(found(intact.slice(0, 3))).toMatchObject({ sequence: 3, fault: 'unsigned' });
  });

  it('finds a batch without its signature', () => {
    expect(found(changed(intact, 4, { signature: null }))).toMatchObject({ sequence: 4, fault: 'unsigned' });
    expect(found(changed(intact, 6, { signature: null }))).toMatchObject({ sequence: 6, fault: 'unsigned' });
  });

  it('cannot see that whole batches were cut off the end: that is told by a head kept elsewhere', () => {
    expect(found(intact.slice(0, 4))).toBeNull();
    const opening = { lane: '4712', node: 'n', openedAt: new Date(0), heads: '' };
    const chain = Buffer.alloc(32, 1);
    const whole = genesis({ ...opening, predecessor: { lane: LANE, head: { sequence: 6, chain } } });
    const shortened = genesis({ ...opening, predecessor: { lane: LANE, head: { sequence: 4, chain } } });
    expect(whole.equals(shortened)).toBe(false);
  });

  it.each([
    ['raised', [10, 11, 50, 13, 14, 15], 3, 3],
    ['lowered', [10, 11, 12, 5, 14, 15], 4, 4],
    ['lowered to one that may be', [10, 20, 30, 25, 50, 60], 4, 4],
    ['raised, with two behind it', [10, 20, 90, 25, 50, 60], 3, 3],
    ['exchanged with another', [10, 13, 12, 11, 14, 15], 2, 2],
    ['of the first below all', [0, 11, 12, 13, 14, 15], 1, 1],
    ['at the end, of one of two', [10, 11, 12, 13, 50, 15], 5, 6],
    ['given twice', [10, 11, 11, 13, 14, 15], 3, 3],
  ])('finds a running number that was %s', (_how, numbers, sequence, through) => {
    expect(found(intact, { numbers })).toMatchObject({ sequence, through, fault: 'renumbered' });
  });

  describe('across what retention removed', () => {
    const lane = givenLane([1, 3, 2, 4, 1], { format });
    const cut = (from: number, to: number) => ({
      records: lane.filter(({ sequence }) => sequence < from || sequence > to),
      gaps: [gapIn(lane, from, to)],
    });

    it.each([
      ['the first', 1, 1],
      ['the first and a part of a batch', 1, 3],
      ['some of a batch', 3, 3],
      ['the end of a batch with its signature', 3, 4],
      ['from within a batch into another', 3, 8],
      ['a whole batch', 5, 6],
      ['the last', 11, 11],
      ['the end of the lane', 9, 11],
      ['all', 1, 11],
    ])('goes on where %s is gone', (_what, from, to) => {
      const { records, gaps } = cut(from, to);
      expect(found(records, { gaps })).toBeNull();
      expect(found(records, { gaps, everySignature: false })).toBeNull();
    });

    it('covers what the mark says and no more', () => {
      const { records, gaps } = cut(5, 6);
      expect(found(without(records, 4), { gaps })).toMatchObject({
        sequence: 4,
        through: 4,
        fault: 'missing',
      });
      expect(found(without(records, 7), { gaps })).toMatchObject({ sequence: 7, fault: 'missing' });
      expect(found(records)).toMatchObject({ sequence: 5, through: 6, fault: 'missing' });
    });

    it.each([5, 6])('finds record %i, of which a mark says that it is gone', (sequence) => {
      const { gaps } = cut(5, 6);
      const records = lane.filter((record) => record.sequence !== 11 - sequence);
      expect(found(records, { gaps })).toMatchObject({ sequence, fault: 'inserted' });
    });

    it('finds what was changed before and behind a gap', () => {
      const { records, gaps } = cut(3, 8);
      expect(found(changed(records, 2, { user: 'x' }), { gaps })).toMatchObject({ sequence: 2 });
      expect(found(changed(records, 9, { user: 'x' }), { gaps })).toMatchObject({ sequence: 9 });
      const rewritten = rechained(format, changed(lane, 2, { user: 'x' })).slice(0, 2);
      expect(found([...rewritten, ...records.slice(2)], { gaps })).toMatchObject({
        sequence: 2,
        fault: 'forged',
      });
    });

    it.each([true, false])(
      'finds a signature that was changed right before a gap (each verified: %s)',
      (every) => {
        const walk = { gaps: [gapIn(lane, 7, 8)], everySignature: every };
        const records = without(lane, 7, 8);
        const signature = lane[0]?.signature ?? null;
        expect(found(changed(records, 6, { signature }), walk)).toMatchObject({
          through: 6,
          fault: 'forged',
        });
      },
    );

    it('is not held up by gaps that it passed before they were made', () => {
      const verifier = new LaneVerifier({
        lane: LANE,
        format,
        start: startOf(LANE),
        isSigned,
        everySignature: false,
      });
      expect(verifier.next(rowsOf(format, lane.slice(0, 5)))).toBeNull();
      expect(verifier.next(rowsOf(format, lane.slice(8)), [gapIn(lane, 1, 8)])).toBeNull();
      expect(verifier.end()).toBeNull();
    });
  });
});

describe('a lane of format 2 whose signatures are verified at the end alone', () => {
  const lane = givenLane([1, 3, 2, 4, 1]);

  it('is verified once', () => {
    let verified = 0;
    const counting: VerifierOptions['isSigned'] = (message, signature) => {
      verified++;
      return isSigned(message, signature);
    };
    expect(faultIn(2, lane, { everySignature: false, isSigned: counting })).toBeNull();
    expect(verified).toBe(1);
  });

  it('shows any other signature that was changed: the chain covers them', () => {
    for (const { sequence, signature } of lane) {
      if (!signature) continue;
      const other = Buffer.from(signature);
      other.writeUInt8(other.readUInt8(7) ^ 1, 7);
      const walk = { everySignature: false };
      expect(faultIn(2, changed(lane, sequence, { signature: other }), walk)).toMatchObject({
        through: sequence,
        fault: 'forged',
      });
    }
  });

  it('is walked once more from where it was sound to find the batch that was rewritten', () => {
    const rows = rowsOf(2, rechained(2, changed(lane, 6, { user: 'x' })));
    const options = { lane: LANE, format: 2, start: startOf(LANE), isSigned, everySignature: false } as const;
    const verifier = new LaneVerifier(options);
    verifier.next(rows.slice(0, 1));
    const again = verifier.thorough();
    expect(verifier.next(rows.slice(1)) ?? verifier.prove()).toMatchObject({ fault: 'forged' });
    expect(again.next(rows.slice(1))).toMatchObject({ sequence: 5, through: 6, fault: 'forged' });
  });

  it('tells of heads that records keep', () => {
    const heard: [string, number][] = [];
    const heads = new Map([
      [2, '17:4:ab'],
      [5, '17:9:cd'],
    ]);
    const onHeads: VerifierOptions['onHeads'] = (text, { sequence }) => heard.push([text, sequence]);
    const records = givenLane([1, 3, 2], { heads });
    expect(faultIn(2, records, { onHeads })).toBeNull();
    expect(heard).toEqual([
      ['17:4:ab', 2],
      ['17:9:cd', 5],
    ]);
    expect(faultIn(2, changed(records, 5, { heads: '' }))).toMatchObject({ sequence: 5, fault: 'changed' });
  });
});
