import { type KeyObject, generateKeyPairSync, sign, verify } from 'node:crypto';

import {
  type AuditRecord,
  type ChainFormat,
  type ChainHead,
  type ChainedRecord,
  type Gap,
  NO_SEAL,
  type SealedHead,
  genesis,
  nextChain,
  rowHash,
  signedMessage,
  storedRow,
} from '@app/audit';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');

export const LANE = '4711';

/** With the key that signs the lanes of `givenLane`. */
export function isSigned(message: Uint8Array, signature: Uint8Array): boolean {
  return verify(null, message, publicKey, signature);
}

export function startOf(lane: string): SealedHead {
  const openedAt = new Date('2026-01-02T03:04:00Z');
  const chain = genesis({ lane, node: 'node-1', openedAt, heads: '', predecessor: null });
  return { sequence: 0, chain, seal: NO_SEAL };
}

export function recordOf(user: string): AuditRecord {
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

export interface LaneOptions {
  readonly format?: ChainFormat;
  readonly lane?: string;
  readonly start?: SealedHead;
  readonly key?: KeyObject;
  /** How the last record of a batch is signed; with `key` unless said otherwise. */
  readonly sign?: (lane: string, head: ChainHead) => Buffer;
  /** Heads that the record with this sequence keeps. */
  readonly heads?: ReadonlyMap<number, string>;
}

/** Records of one lane in batches of the given sizes, each batch signed at its end. */
export function givenLane(batches: readonly number[], options: LaneOptions = {}): ChainedRecord[] {
  const { format = 2, lane = LANE, start = startOf(lane), key = privateKey, heads } = options;
  const { sign: signed = (of, head) => sign(null, signedMessage(of, head), key) } = options;
  const records: ChainedRecord[] = [];
  let head = start;
  for (const size of batches) {
    const batchStart = head.sequence + 1;
    for (let place = 1; place <= size; place++) {
      const sequence = head.sequence + 1;
      const record = { ...recordOf(`user-${sequence}`), heads: heads?.get(sequence) ?? '' };
      const own = rowHash({ ...record, format, lane, sequence, batchStart }, record);
      const chain = nextChain(format, head, own, sequence === batchStart);
      const signature = place === size ? signed(lane, { sequence, chain }) : null;
      head = { sequence, chain, seal: signature ?? NO_SEAL };
      records.push({ ...record, lane, sequence, batchStart, rowHash: own, chain, signature });
    }
  }
  return records;
}

/** Hashes, chain and batches computed anew, as somebody with write access would do; signatures stay. */
export function rechained(format: ChainFormat, records: readonly ChainedRecord[]): ChainedRecord[] {
  let head = startOf(LANE);
  return records.map((record) => {
    const { sequence, batchStart } = record;
    const own = rowHash({ ...record, format }, record);
    const chain = nextChain(format, head, own, sequence === batchStart);
    head = { sequence, chain, seal: record.signature ?? NO_SEAL };
    return { ...record, rowHash: own, chain };
  });
}

/** Rows as they are stored, with running numbers of their own unless they are given. */
export function rowsOf(format: ChainFormat, records: readonly ChainedRecord[], numbers?: readonly number[]) {
  return records.map((record, place) =>
    storedRow(format, record, numbers?.[place] ?? 100 + 2 * record.sequence),
  );
}

/** What a mark would say of the records from one sequence to another. */
export function gapIn(records: readonly ChainedRecord[], from: number, to: number): Gap {
  const at = (sequence: number) => records.find((record) => record.sequence === sequence);
  const after = at(to);
  if (!after) throw new Error('no such record');
  return {
    from,
    to,
    before: at(from - 1)?.chain ?? startOf(LANE).chain,
    after: after.chain,
    afterSeal: after.signature ?? NO_SEAL,
  };
}
