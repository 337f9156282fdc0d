import { createHash } from 'node:crypto';

import type { OcraSuite } from '@app/otp';

import type { QuestionWish } from '../otp-questions.js';

const ALPHABETS = {
  A: '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
  N: '0123456789',
  H: '0123456789abcdef',
} as const;
const OTHERS = { A: /[^0-9A-Za-z]/g, N: /\D/g, H: /[^0-9A-Fa-f]/g } as const;
const MOST_ZEROS = '0000';
const MOST_RANDOM = 8;
// Enough for 64 characters, however many bytes are thrown away.
const DRAWN_BYTES = 1024;

/**
 * The question of a new challenge (spec/token-types §16.3): what the suite can hold of the client's text, up to four zeros, and
 * random characters up to the suite's length.
 *
 * @param drawn random bytes
 * @param label keeps questions apart that are drawn from the same bytes
 */
export function questionText(
  suite: OcraSuite,
  { text, form }: Pick<QuestionWish, 'text' | 'form'>,
  drawn: Uint8Array,
  label: string,
): string {
  const { format, length } = suite.question;
  // Without a counter a device gives the same answer to the same question again: then no client chooses all of one.
  const chosen = suite.hasCounter ? length : length - Math.min(MOST_RANDOM, Math.floor(length / 2));
  const beginning = form === 'random' || text === '' ? '' : beginningOf(suite, text, form);
  const fixed = beginning.slice(0, chosen);
  return fixed + randomText(ALPHABETS[format], length - fixed.length, drawn, label);
}

function beginningOf(suite: OcraSuite, text: string, form: QuestionWish['form']): string {
  const { format } = suite.question;
  if (form !== 'hash') return text.replace(OTHERS[format], '') + MOST_ZEROS;
  const digest = createHash(suite.hash).update(text, 'utf8').digest('hex');
  return format === 'N' ? BigInt(`0x${digest}`).toString() : digest;
}

function randomText(alphabet: string, length: number, drawn: Uint8Array, label: string): string {
  const bytes = createHash('shake256', { outputLength: DRAWN_BYTES })
    .update(drawn)
    .update(label, 'utf8')
    .digest();
  // What does not divide evenly is thrown away.
  const even = bytes.filter((byte) => byte < 256 - (256 % alphabet.length));
  if (even.length < length) throw new Error('not enough random bytes for a question');
  return [...even.subarray(0, length)].map((byte) => alphabet.charAt(byte % alphabet.length)).join('');
}
