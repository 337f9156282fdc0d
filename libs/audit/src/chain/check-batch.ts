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
 * Checks the rows of batches each for itself, so that a page costs that page: a row is sound when its hash fits its columns,
 * its chain value follows from the one stored before it, as does each behind it up to what is signed, and the batch is complete and
 * signed. Complete is one, too, whose
 * missing records signed marks tell of. A chain covers the signatures in it: what one signature vouches for needs no other,
 * as far as batches follow each other without a fault. To check signatures would take most of the time.
 *
 * @param batches of one lane, in order of sequence
 * @returns sequences of the sound rows of each, of the last one first
 */
export function* soundRecordsFromLast(
  batches: readonly StoredBatch[],
  isSigned: SignatureCheck,
): Generator<ReadonlySet<number>> {
  /** Where the lane stood before the batch behind, as its signed chain says. */
  let known: SealedHead | null = null;
  for (const batch of batches.toReversed()) {
    const links = linksOf(batch);
    const isCovered: boolean = links !== null && known !== null && isSameHead(links.end, known);
    const sound: BatchLinks | null =
      links && (isCovered || isVouchedFor(batch, links, isSigned)) ? links : null;
    yield sound?.fitting ?? NONE;
    known = sound?.isUnbroken && batch.format === 2 ? batch.previous : null;
  }
}

const NONE: ReadonlySet<number> = new Set();

interface BatchLinks {
  /** Sequences of the rows whose hash fits, and from which every link fits up to the end or to a signed gap. */
  readonly fitting: ReadonlySet<number>;
  /** Where the batch ends. */
  readonly end: SealedHead;
  /** Every chain value follows from the one before: whoever knows the last one to be right knows what stands before the batch. */
  readonly isUnbroken: boolean;
}

/** @returns `null`: the batch is not complete */
function linksOf({ lane, format, records, previous: stored, gaps }: StoredBatch): BatchLinks | null {
  const fitting = new Set<number>();
  const batchStart = records[0]?.batchStart ?? 0;
  const before = crossed(gaps, batchStart);
  let previous = before ? headAfter(before) : stored;
  if (!previous) return null;
  let isUnbroken = before === undefined && records.length > 0;
  /** Of `fitting`, since the start or the last signed gap: nothing is known of them but that the end follows from them. */
  let unproven: number[] = [];
  for (const record of records) {
    let gap = crossed(gaps, previous.sequence + 1);
    // What a signed mark names as the chain value before a gap is right, as if it were signed itself.
    if (gap && !sameBytes(gap.before, previous.chain) && gap !== before) return null;
    if (gap) {
      previous = headAfter(gap);
      isUnbroken = false;
      unproven = [];
    }
    gap = crossed(gaps, record.sequence);
    if (gap || record.lane !== lane || record.sequence !== previous.sequence + 1) return null;
    const startsBatch = record.batchStart === record.sequence;
    const isOwn = sameBytes(rowHash({ ...record, format }, record), record.rowHash);
    const follows = sameBytes(nextChain(format, previous, record.rowHash, startsBatch), record.chain);
    if (!follows) {
      // Hashes that fit anybody can write: what does not lead to anything signed is vouched for by nobody.
      for (const earlier of unproven) fitting.delete(earlier);
      unproven = [];
    } else if (isOwn) {
      fitting.add(record.sequence);
      unproven.push(record.sequence);
    }
    isUnbroken &&= follows;
    const { sequence, chain, signature } = record;
    previous = { sequence, chain, seal: signature ?? NO_SEAL };
  }
  return { fitting, end: previous, isUnbroken };
}

/** By its own signature, or by a mark that names its end. */
function isVouchedFor(
  { lane, records, gaps }: StoredBatch,
  { end }: BatchLinks,
  isSigned: SignatureCheck,
): boolean {
  const signature = records.at(-1)?.signature ?? null;
  if (signature !== null && isSigned(signedMessage(lane, end), signature)) return true;
  const after = crossed(gaps, end.sequence + 1);
  return after !== undefined && sameBytes(after.before, end.chain);
}

function isSameHead(one: SealedHead, other: SealedHead): boolean {
  return (
    one.seal.length > 0 &&
    one.sequence === other.sequence &&
    sameBytes(one.chain, other.chain) &&
    sameBytes(one.seal, other.seal)
  );
}

function crossed(gaps: readonly Gap[], sequence: number): Gap | undefined {
  return gaps.find(({ from, to }) => from <= sequence && sequence <= to);
}

function headAfter({ to, after, afterSeal }: Gap): SealedHead {
  return { sequence: to, chain: after, seal: afterSeal };
}
