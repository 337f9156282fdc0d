const LATIN1 = { dataCoding: 3, alone: 160, part: 153 };
/** UTF-16, big endian: 70 characters, or 67 beside a header (3GPP TS 23.040 §9.2.3.24.1). */
const UCS2 = { dataCoding: 8, alone: 140, part: 134 };
const MOST_SEGMENTS = 10;

export type SmsEncoding = 'latin1' | 'ucs2';

export interface Segments {
  readonly dataCoding: number;
  readonly hasHeader: boolean;
  readonly messages: readonly Buffer[];
}

/**
 * A text as SMS: one, or several that a telephone puts together again.
 *
 * @param wanted how it is written; what Latin-1 has no letters for is UCS-2 all the same
 * @param reference tells this text's parts from another one's; a byte
 * @returns `null`: it is too long
 */
export function segments(text: string, wanted: SmsEncoding, reference: number): Segments | null {
  const isLatin1 = wanted === 'latin1' && isInLatin1(text);
  const { dataCoding, alone, part } = isLatin1 ? LATIN1 : UCS2;
  const encode = (piece: string) =>
    isLatin1 ? Buffer.from(piece, 'latin1') : Buffer.from(piece, 'utf16le').swap16();
  const whole = encode(text);
  if (whole.length <= alone) return { dataCoding, hasHeader: false, messages: [whole] };
  const pieces = cut(text, isLatin1 ? part : part / 2);
  if (pieces.length > MOST_SEGMENTS) return null;
  const messages = pieces.map((piece, index) =>
    Buffer.concat([Buffer.from([5, 0, 3, reference, pieces.length, index + 1]), encode(piece)]),
  );
  return { dataCoding, hasHeader: true, messages };
}

export function isInLatin1(text: string): boolean {
  return !/[^\p{ASCII}\u0080-\u00ff]/u.test(text);
}

/** @param limit UTF-16 units; no character is cut in two */
function cut(text: string, limit: number): string[] {
  const pieces: string[] = [];
  let from = 0;
  while (from < text.length) {
    let to = Math.min(from + limit, text.length);
    if (to < text.length && !text.slice(from, to).isWellFormed()) to--;
    pieces.push(text.slice(from, to));
    from = to;
  }
  return pieces;
}
