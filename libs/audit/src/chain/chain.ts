import { hash } from 'node:crypto';

import type { AuditRecord } from '../audit-record.js';

/** Where a lane stands: the sequence of its last record and the chain value there. */
export interface ChainHead {
  readonly sequence: number;
  readonly chain: Uint8Array;
}

/** A head that the next record follows: with the signature of the batch that ends there; empty where none does. */
export interface SealedHead extends ChainHead {
  readonly seal: Uint8Array;
}

/**
 * How a lane is written (docs/audit.md). 1: rows know of no heads, and the chain does not cover signatures. 2: both are
 * covered, so that one signature at the end vouches for everything before it.
 */
export type ChainFormat = 1 | 2;

/** The place of a record in its lane, which its hash covers. */
export interface RecordPlace {
  readonly format: ChainFormat;
  readonly lane: string;
  readonly sequence: number;
  readonly batchStart: number;
  /** Heads of other lanes that it keeps; '': none. Covered in format 2. */
  readonly heads: string;
}

export const NO_SEAL: Uint8Array = Buffer.alloc(0);
const LENGTH_BYTES = 4;

/** Each part behind its length: no two lists of parts have one encoding. */
export function lengthPrefixed(parts: readonly (string | Uint8Array)[]): Buffer {
  return asciiPrefixed(parts) ?? bytesPrefixed(parts);
}

const LONGEST_SHORT = 0x7f;

/**
 * The same for short texts of ASCII alone, which nearly all are: one piece of text, put into bytes once.
 * @returns `null` where one of the parts is none
 */
function asciiPrefixed(parts: readonly (string | Uint8Array)[]): Buffer | null {
  let text = '';
  for (const part of parts) {
    if (typeof part !== 'string' || part.length > LONGEST_SHORT) return null;
    text += `\0\0\0${String.fromCharCode(part.length)}${part}`;
  }
  const bytes = Buffer.from(text, 'utf8');
  // Any other character has more than one byte.
  return bytes.length === text.length ? bytes : null;
}

function bytesPrefixed(parts: readonly (string | Uint8Array)[]): Buffer {
  const lengths = parts.map((part) => (typeof part === 'string' ? Buffer.byteLength(part) : part.length));
  const out = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + length + LENGTH_BYTES, 0));
  let place = 0;
  parts.forEach((part, index) => {
    const length = lengths[index] ?? 0;
    place = out.writeUInt32BE(length, place);
    if (typeof part === 'string') out.write(part, place);
    else out.set(part, place);
    place += length;
  });
  return out;
}

export function sha256(bytes: Uint8Array): Buffer {
  // As text and back: a third of the time that Node takes to hand out a buffer, of what a verification mostly does.
  return Buffer.from(hash('sha256', bytes, 'binary'), 'binary');
}

/** What a record's hash covers: its place and the stored columns (docs/audit.md, "The row hash"). */
export function encodeRecord(
  { format, lane, sequence, batchStart, heads }: RecordPlace,
  record: AuditRecord,
): Buffer {
  const fields = [
    `twinlock-audit-${format}`,
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
  if (format === 2) fields.push(heads);
  return lengthPrefixed(fields);
}

/** SHA-256 over the encoding: no two different rows have one hash. */
export function rowHash(place: RecordPlace, record: AuditRecord): Buffer {
  return sha256(encodeRecord(place, record));
}

const HASH_BYTES = 32;
const MOST_SEAL_BYTES = 64;
const scratch = Buffer.alloc(2 * HASH_BYTES + MOST_SEAL_BYTES);

/**
 * `SHA-256(previous chain value, row hash)`; in format 2, at the start of a batch, the signature of the batch before stands
 * between the two.
 */
export function nextChain(
  format: ChainFormat,
  previous: SealedHead,
  own: Uint8Array,
  startsBatch: boolean,
): Buffer {
  const { chain, seal } = previous;
  const isSealCovered = format === 2 && startsBatch;
  const length = chain.length + own.length + (isSealCovered ? seal.length : 0);
  // Stored values may have any length; those of a sound chain fit.
  const input = length <= scratch.length ? scratch : Buffer.alloc(length);
  input.set(chain, 0);
  if (isSealCovered) input.set(seal, chain.length);
  input.set(own, length - own.length);
  return sha256(input.subarray(0, length));
}

/** How a lane was opened: what the chain value before its first record covers. */
export interface LaneOpening {
  readonly lane: string;
  readonly node: string;
  readonly openedAt: Date;
  /** Heads of other lanes that were known then. */
  readonly heads: string;
  /** The lane that it follows, with the last head known of it: cutting that one's tail breaks its successor. */
  readonly predecessor: { readonly lane: string; readonly head: ChainHead } | null;
}

/** The chain value before the first record of a lane of format 2. */
export function genesis({ lane, node, openedAt, heads, predecessor }: LaneOpening): Buffer {
  const before = predecessor ? predecessorParts(predecessor) : ['', '', ''];
  return sha256(
    lengthPrefixed(['twinlock-lane-2', lane, node, String(openedAt.getTime()), ...before, heads]),
  );
}

/** The chain value before the first record of a lane of format 1. */
export function firstGenesis(lane: string, predecessor: LaneOpening['predecessor']): Buffer {
  return sha256(
    lengthPrefixed(['twinlock-lane-1', lane, ...(predecessor ? predecessorParts(predecessor) : [])]),
  );
}

function predecessorParts({ lane, head }: NonNullable<LaneOpening['predecessor']>): string[] {
  return [lane, String(head.sequence), Buffer.from(head.chain).toString('hex')];
}

/** What a batch's signature signs: bound to the lane and the place, so that it fits nowhere else. */
export function signedMessage(lane: string, head: ChainHead): Buffer {
  return lengthPrefixed(['twinlock-head-1', lane, String(head.sequence), head.chain]);
}
