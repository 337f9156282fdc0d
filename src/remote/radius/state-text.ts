import { LONGEST_VALUE } from './packet.js';

const HEXADECIMAL = /^0x(?:[\da-f]{2})+$/;
/** What no client and no protocol between may take for anything else. */
const PLAIN = /^[\x21-\x7e]+$/;

/** A State as a transaction id, from which it can be read back: its own text where that is plain, else hexadecimal. */
export function stateText(state: Uint8Array): string {
  const text = Buffer.from(state).toString('latin1');
  const isPlain = PLAIN.test(text) && !HEXADECIMAL.test(text);
  return isPlain ? text : `0x${Buffer.from(state).toString('hex')}`;
}

/** @returns `null` where it is longer than a State can be, or empty: it answers nothing */
export function stateOf(text: string): Buffer | null {
  const bytes = HEXADECIMAL.test(text) ? Buffer.from(text.slice(2), 'hex') : Buffer.from(text, 'utf8');
  return bytes.length > 0 && bytes.length <= LONGEST_VALUE ? bytes : null;
}
