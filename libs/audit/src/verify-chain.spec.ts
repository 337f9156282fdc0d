import { generateKeyPairSync, sign, verify } from 'node:crypto';

import type { AuditRecord, ChainedRecord } from './audit-record.js';
import { type ChainHead, genesis, nextChain, rowHash, signedMessage } from './chain.js';
import { type FaultAt, LaneVerifier } from './verify-chain.js';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const stranger = generateKeyPairSync('ed25519');

const LANE = '4711';
const START: ChainHead = { sequence: 0, chain: genesis(LANE, null) };

function recordOf(user: string): AuditRecord {
  return {
    at: new Date('2026-01-02T03:04:05.678Z'),
    action: 'validate/check',
    succeeded: true,
    serial: 'OATH0001',
    tokenType: 'HMAC',
    user,
    realm: 'staff',
    administrator: '',
    detail: '',
    info: '',
    node: 'node-1',
    client: '192.0.2.1',
    logLevel: 'INFO',
    clearanceLevel: 0,
  };
}

/** Records of one lane in batches of the given sizes, each batch signed at its end. */
function givenLane(
  batches: readonly number[],
  { lane = LANE, start = START, key = privateKey } = {},
): ChainedRecord[] {
  const records: ChainedRecord[] = [];
  let head = start;
  for (const size of batches) {
    const batchStart = head.sequence + 1;
    for (let place = 1; place <= size; place++) {
      const sequence = head.sequence + 1;
      const record = recordOf(`user-${sequence}`);
      const hash = rowHash(lane, sequence, batchStart, record);
      const chain = nextChain(head.chain, hash);
      head = { sequence, chain };
      const signature = place === size ? sign(null, signedMessage(lane, head), key) : null;
      records.push({ ...record, lane, sequence, batchStart, rowHash: hash, chain, signature });
    }
  }
  return records;
}

function faultIn(records: Iterable<ChainedRecord>, lane = LANE, start = START): FaultAt | null {
  const verifier = new LaneVerifier(lane, start, (message, signature) =>
    verify(null, message, publicKey, signature),
  );
  return verifier.next(records) ?? verifier.end();
}

/** The records with the one of this sequence replaced. */
function changed(
  records: readonly ChainedRecord[],
  sequence: number,
  changes: Partial<ChainedRecord>,
): ChainedRecord[] {
  return records.map((record) => (record.sequence === sequence ? { ...record, ...changes } : record));
}

/** Hashes and chain computed anew, as somebody with write access would do; signatures stay. */
function rechained(records: readonly ChainedRecord[]): ChainedRecord[] {
  let { chain } = START;
  return records.map((record) => {
    const hash = rowHash(LANE, record.sequence, record.batchStart, record);
    chain = nextChain(chain, hash);
    return { ...record, rowHash: hash, chain };
  });
}

describe('LaneVerifier', () => {
  const intact = givenLane([1, 3, 2]);

  it('finds nothing in an intact lane', () => {
    expect(faultIn(intact)).toBeNull();
    expect(faultIn([])).toBeNull();
  });

  it('takes the records in pieces that do not respect batches', () => {
    const verifier = new LaneVerifier(LANE, START, (message, signature) =>
      verify(null, message, publicKey, signature),
    );
    for (const record of intact) expect(verifier.next([record])).toBeNull();
    expect(verifier.end()).toBeNull();
    expect(verifier.head.sequence).toBe(6);
  });

  it('goes on from a known head', () => {
    const third = givenLane([1, 3, 2])[3];
    const head = { sequence: 4, chain: third?.chain ?? new Uint8Array() };
    expect(faultIn(intact.slice(4), LANE, head)).toBeNull();
  });

  const changes: readonly [string, Partial<ChainedRecord>][] = [
    ['time', { at: new Date('2026-01-02T03:04:05.679Z') }],
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
  ];
  it.each(changes)('finds a changed %s', (_column, change) => {
    expect(faultIn(changed(intact, 3, change))).toEqual({ lane: LANE, sequence: 3, fault: 'changed' });
  });

  it('finds a changed chain value', () => {
    const records = changed(intact, 3, { chain: Buffer.alloc(32) });
    expect(faultIn(records)).toEqual({ lane: LANE, sequence: 3, fault: 'unchained' });
  });

  it.each([1, 2, 3, 5])('finds that record %i is missing', (sequence) => {
    const records = intact.filter((record) => record.sequence !== sequence);
    expect(faultIn(records)).toEqual({ lane: LANE, sequence, fault: 'missing' });
  });

  it('finds a removed record also after the others were renumbered', () => {
    const records = intact
      .filter((record) => record.sequence !== 2)
      .map((record) => (record.sequence > 2 ? { ...record, sequence: record.sequence - 1 } : record));
    expect(faultIn(records)).toEqual({ lane: LANE, sequence: 2, fault: 'changed' });
  });

  it('finds two records in each other’s place', () => {
    const [first, second, third, ...rest] = intact;
    if (!first || !second || !third) throw new Error('the lane is too short');
    expect(faultIn([first, third, second, ...rest])).toEqual({ lane: LANE, sequence: 2, fault: 'missing' });
    const renumbered = [first, { ...third, sequence: 2 }, { ...second, sequence: 3 }, ...rest];
    expect(faultIn(renumbered)).toEqual({ lane: LANE, sequence: 2, fault: 'changed' });
  });

  it('finds an inserted record', () => {
    const [first, ...rest] = intact;
    if (!first) throw new Error('the lane is too short');
    const copy = { ...first, user: 'invented' };
    expect(faultIn([first, copy, ...rest])).toMatchObject({ sequence: 2, fault: 'missing' });

    // With a row hash and a chain value of its own that fit: the record behind it no longer does.
    const hash = rowHash(LANE, 2, 2, copy);
    const chained = {
      ...copy,
      sequence: 2,
      batchStart: 2,
      rowHash: hash,
      chain: nextChain(first.chain, hash),
    };
    expect(faultIn([first, chained, ...rest])).not.toBeNull();
  });

  it('finds a record put in place of another, with hash and chain value that fit', () => {
    const rewritten = rechained(changed(intact, 2, { user: 'somebody', signature: null }));
    const replaced = changed(intact, 2, rewritten[1] ?? {});
    expect(faultIn(replaced)).toEqual({ lane: LANE, sequence: 3, fault: 'unchained' });
  });

  it('finds a lane that was rewritten from a record on, since it cannot be signed', () => {
    const rewritten = rechained(changed(intact, 2, { user: 'somebody' }));
    expect(faultIn(rewritten)).toEqual({ lane: LANE, sequence: 4, fault: 'forged' });
    const unsigned = rewritten.map((record) =>
      record.sequence === 4 ? { ...record, signature: null } : record,
    );
    expect(faultIn(unsigned)).toEqual({ lane: LANE, sequence: 5, fault: 'unsigned' });
  });

  it('finds a lane that was signed with another key', () => {
    expect(faultIn(givenLane([2, 1], { key: stranger.privateKey }))).toEqual({
      lane: LANE,
      sequence: 2,
      fault: 'forged',
    });
  });

  it('finds a signature that was taken from another place', () => {
    const signature = intact[0]?.signature ?? null;
    expect(faultIn(changed(intact, 4, { signature }))).toMatchObject({ sequence: 4, fault: 'forged' });
  });

  it('finds records that belong to another lane', () => {
    const start = { sequence: 0, chain: genesis('4712', null) };
    const records = givenLane([2], { lane: '4712', start });
    expect(faultIn(records, '4712', start)).toBeNull();
    expect(faultIn(records, LANE, start)).toMatchObject({ sequence: 1, fault: 'changed' });
  });

  it('finds a lane that ends within a batch', () => {
    expect(faultIn(intact.slice(0, 3))).toEqual({ lane: LANE, sequence: 3, fault: 'unsigned' });
  });

  it('finds a batch without its signature', () => {
    const records = changed(intact, 4, { signature: null });
    expect(faultIn(records)).toEqual({ lane: LANE, sequence: 5, fault: 'unsigned' });
  });

  it('cannot see that whole batches were cut off the end: that is told by a head kept elsewhere', () => {
    expect(faultIn(intact.slice(0, 4))).toBeNull();
    const successor = genesis('4712', { lane: LANE, head: { sequence: 6, chain: Buffer.alloc(32, 1) } });
    const shortened = genesis('4712', { lane: LANE, head: { sequence: 4, chain: Buffer.alloc(32, 1) } });
    expect(successor.equals(shortened)).toBe(false);
  });
});
