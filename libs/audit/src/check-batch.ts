import type { ChainedRecord } from './audit-record.js';
import { nextChain, rowHash, signedMessage } from './chain.js';
import { sameBytes } from './same-bytes.js';
import type { SignatureCheck } from './verify-chain.js';

/**
 * Checks the rows of one batch each for itself, so that a page costs that page: a row is sound when its hash fits its
 * columns, its chain value follows from the one stored before it, and the batch is complete and signed.
 *
 * @param records       all stored rows of the batch, in order of sequence
 * @param previousChain the chain value before the batch; `null`: it is not there any more
 * @returns sequences of the sound rows
 */
export function soundRecords(
  lane: string,
  records: readonly ChainedRecord[],
  previousChain: Uint8Array | null,
  isSigned: SignatureCheck,
): Set<number> {
  const last = records.at(-1);
  const isWhole = records.every(
    (record, index) => record.sequence === record.batchStart + index && record.lane === lane,
  );
  if (!last?.signature || !isWhole || !previousChain) return new Set();
  const { sequence, chain, signature } = last;
  if (!isSigned(signedMessage(lane, { sequence, chain }), signature)) return new Set();
  const sound = new Set<number>();
  let previous = previousChain;
  for (const record of records) {
    const hash = rowHash(lane, record.sequence, record.batchStart, record);
    const isOwn = sameBytes(hash, record.rowHash);
    if (isOwn && sameBytes(nextChain(previous, record.rowHash), record.chain)) sound.add(record.sequence);
    previous = record.chain;
  }
  return sound;
}
