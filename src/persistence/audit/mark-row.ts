import { type Gap, type SignatureCheck, decodeGaps, markMessage } from '@app/audit';

/** A row of table `audit_mark`: gaps of a lane that retention left, in order, and the signature over them. */
export interface MarkRow {
  readonly lane: number;
  readonly first_seq: number;
  readonly last_seq: number;
  readonly gaps: Buffer;
  /** How many records are gone. */
  readonly removed: number;
  readonly signature: Buffer;
}

/** Gaps of a mark, in order; `null` where its signature does not fit, or the row says something else than it signs. */
export function gapsOfMark(mark: MarkRow, isSigned: SignatureCheck): Gap[] | null {
  const gaps = decodeGaps(mark.gaps);
  if (gaps?.[0]?.from !== mark.first_seq || gaps.at(-1)?.to !== mark.last_seq) return null;
  if (removedBy(gaps) !== mark.removed) return null;
  return isSigned(markMessage(String(mark.lane), mark.gaps), mark.signature) ? gaps : null;
}

export function removedBy(gaps: readonly Gap[]): number {
  return gaps.reduce((sum, { from, to }) => sum + to - from + 1, 0);
}
