import type { ChainedRecord } from '../audit-record.js';
import { type ChainFormat, NO_SEAL, type SealedHead, nextChain, rowHash, signedMessage } from './chain.js';
import type { Gap } from './gaps.js';
import type { SignatureCheck } from './lane-verifier.js';
import { sameBytes } from './same-bytes.js';

/** One batch as it is stored. */
export interface StoredBatch {
  readonly lane: string;
  readonly format: ChainFormat;
  /** In order of sequence. */
  readonly records: readonly ChainedRecord[];
  /** Where the lane stood before the batch; `null`: that is not there any more. */
  readonly previous: SealedHead | null;
  /** Gaps of signed marks that reach into the batch, in order. */
  readonly gaps: readonly Gap[];
}

/**
 * Checks the rows of one batch each for itself, so that a page costs that page: a row is sound when its hash fits its
 * columns, its chain value follows from the one stored before it, and the batch is complete and signed. Complete is one, too,
 * whose missing records signed marks tell of.
 *
 * @returns sequences of the sound rows
 */
export function soundRecords(batch: StoredBatch, isSigned: SignatureCheck): Set<number> {
  const { lane, format, records, gaps } = batch;
  const sound = new Set<number>();
  const batchStart = records[0]?.batchStart ?? 0;
  const crossed = (sequence: number) => gaps.find(({ from, to }) => from <= sequence && sequence <= to);
  const before = crossed(batchStart);
  let previous = before ? headAfter(before) : batch.previous;
  if (!previous) return new Set();
  let isVouchedFor = false;
  for (const record of records) {
    let gap = crossed(previous.sequence + 1);
    // What a signed mark names as the chain value before a gap is right, as if it were signed itself.
    if (gap && !sameBytes(gap.before, previous.chain) && gap !== before) return new Set();
    if (gap) previous = headAfter(gap);
    gap = crossed(record.sequence);
    if (gap || record.lane !== lane || record.sequence !== previous.sequence + 1) return new Set();
    const startsBatch = record.batchStart === record.sequence;
    const isOwn = sameBytes(rowHash({ ...record, format }, record), record.rowHash);
    const follows = sameBytes(nextChain(format, previous, record.rowHash, startsBatch), record.chain);
    if (isOwn && follows) sound.add(record.sequence);
    const { sequence, chain, signature } = record;
    previous = { sequence, chain, seal: signature ?? NO_SEAL };
    isVouchedFor = signature !== null && isSigned(signedMessage(lane, { sequence, chain }), signature);
  }
  const after = crossed(previous.sequence + 1);
  if (!isVouchedFor && after) isVouchedFor = sameBytes(after.before, previous.chain);
  return isVouchedFor ? sound : new Set();
}

function headAfter({ to, after, afterSeal }: Gap): SealedHead {
  return { sequence: to, chain: after, seal: afterSeal };
}
