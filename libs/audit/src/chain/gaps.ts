import { NO_SEAL, lengthPrefixed } from './chain.js';

/**
 * Records that retention removed, all from the sequence `from` to `to`, and what keeps the chain checkable across them: the
 * chain value before the first, and that of the last with its signature where a batch ended there (else empty).
 */
export interface Gap {
  readonly from: number;
  readonly to: number;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  readonly afterSeal: Uint8Array;
}

const HASH_BYTES = 32;
const SEAL_BYTES = 64;
const GAP_BYTES = 2 * 8 + 2 * HASH_BYTES + SEAL_BYTES;
const UNSEALED = Buffer.alloc(SEAL_BYTES);

/** For each gap: `from` and `to` (8 bytes each, big-endian), chain before, chain after, signature (zeros: none). */
export function encodeGaps(gaps: readonly Gap[]): Buffer {
  const out = Buffer.alloc(gaps.length * GAP_BYTES);
  gaps.forEach(({ from, to, before, after, afterSeal }, index) => {
    const start = index * GAP_BYTES;
    out.writeBigUInt64BE(BigInt(from), start);
    out.writeBigUInt64BE(BigInt(to), start + 8);
    out.set(before, start + 16);
    out.set(after, start + 16 + HASH_BYTES);
    out.set(afterSeal, start + 16 + 2 * HASH_BYTES);
  });
  return out;
}

/** @returns `null` where the bytes are no list of gaps */
export function decodeGaps(bytes: Buffer): Gap[] | null {
  if (bytes.length === 0 || bytes.length % GAP_BYTES !== 0) return null;
  return Array.from({ length: bytes.length / GAP_BYTES }, (_, index) => {
    const gap = bytes.subarray(index * GAP_BYTES, (index + 1) * GAP_BYTES);
    const seal = gap.subarray(16 + 2 * HASH_BYTES);
    return {
      from: Number(gap.readBigUInt64BE(0)),
      to: Number(gap.readBigUInt64BE(8)),
      before: gap.subarray(16, 16 + HASH_BYTES),
      after: gap.subarray(16 + HASH_BYTES, 16 + 2 * HASH_BYTES),
      afterSeal: seal.equals(UNSEALED) ? NO_SEAL : seal,
    };
  });
}

/** What a mark's signature signs. */
export function markMessage(lane: string, encodedGaps: Uint8Array): Buffer {
  return lengthPrefixed(['twinlock-mark-1', lane, encodedGaps]);
}

/** All the gaps in order; those that touch become one. They must not overlap. */
export function joinedGaps(gaps: readonly Gap[]): Gap[] {
  const joined: Gap[] = [];
  for (const gap of gaps.toSorted((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (last && last.to + 1 === gap.from) {
      joined[joined.length - 1] = { ...gap, from: last.from, before: last.before };
    } else joined.push(gap);
  }
  return joined;
}
