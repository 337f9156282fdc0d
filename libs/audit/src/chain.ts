import { createHash } from 'node:crypto';

import type { AuditRecord } from './audit-record.js';

/** Where a lane stands: the sequence of its last record and the chain value there. */
export interface ChainHead {
  readonly sequence: number;
  readonly chain: Uint8Array;
}

function lengthPrefixed(parts: readonly Buffer[]): Buffer {
  const out: Buffer[] = [];
  for (const part of parts) {
    const length = Buffer.allocUnsafe(4);
    length.writeUInt32BE(part.length);
    out.push(length, part);
  }
  return Buffer.concat(out);
}

/** SHA-256 over a length-prefixed encoding of the stored columns: no two different rows have one encoding. */
export function rowHash(lane: string, sequence: number, batchStart: number, record: AuditRecord): Buffer {
  const fields = [
    'twinlock-audit-1',
    lane,
    String(sequence),
    String(batchStart),
    String(record.at.getTime()),
    record.action,
    record.succeeded ? '1' : '0',
    record.serial,
    record.tokenType,
    record.user,
    record.realm,
    record.administrator,
    record.detail,
    record.info,
    record.node,
    record.client,
    record.logLevel,
    String(record.clearanceLevel),
  ];
  return createHash('sha256')
    .update(lengthPrefixed(fields.map((field) => Buffer.from(field, 'utf8'))))
    .digest();
}

/** `SHA-256(previous chain value, row hash)`. */
export function nextChain(previous: Uint8Array, hash: Uint8Array): Buffer {
  return createHash('sha256').update(previous).update(hash).digest();
}

/**
 * The chain value before a lane's first record. It names the lane and, for one that follows a closed lane, the last head
 * known of it: cutting the predecessor's tail breaks its successor.
 */
export function genesis(lane: string, predecessor: { lane: string; head: ChainHead } | null): Buffer {
  const parts = ['twinlock-lane-1', lane];
  if (predecessor) {
    parts.push(predecessor.lane, String(predecessor.head.sequence));
    parts.push(Buffer.from(predecessor.head.chain).toString('hex'));
  }
  return createHash('sha256')
    .update(lengthPrefixed(parts.map((part) => Buffer.from(part, 'utf8'))))
    .digest();
}

/** What a batch's signature signs: bound to the lane and the place, so that it fits nowhere else. */
export function signedMessage(lane: string, head: ChainHead): Buffer {
  return lengthPrefixed([
    Buffer.from('twinlock-head-1', 'utf8'),
    Buffer.from(lane, 'utf8'),
    Buffer.from(String(head.sequence), 'utf8'),
    Buffer.from(head.chain),
  ]);
}
