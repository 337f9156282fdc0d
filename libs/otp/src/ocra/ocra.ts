import { createHash, createHmac } from 'node:crypto';

import type { OcraSuite } from './ocra-suite.js';

const COUNTER_BYTES = 8;
const QUESTION_BYTES = 128;

/** What an OCRA value is computed over; what the suite does not ask for is not looked at. */
export interface OcraInput {
  /** Of the alphabet of the suite; it may be longer than the suite says where two are put together (RFC 6287 §7.2). */
  readonly question: string;
  /** 0 … 2^53 − 1. */
  readonly counter?: number;
  /** UTF-8 text of the device's PIN. */
  readonly pin?: Uint8Array;
  /** UTF-8 text of the session. */
  readonly session?: Uint8Array;
  /** 0 … 2^53 − 1. */
  readonly timeStep?: number;
}

/** An input that the suite asks for is missing, or is none. */
export class UnfitInput extends Error {}

/**
 * One OCRA value (RFC 6287 §5.2).
 *
 * @param key raw bytes, at least one
 * @returns   decimal text of `suite.digits` digits, or as many as there are for 0
 * @throws UnfitInput
 */
export function ocra(suite: OcraSuite, key: Uint8Array, input: OcraInput): string {
  const mac = createHmac(suite.hash, key).update(ocraMessage(suite, input)).digest();
  const offset = mac.readUInt8(mac.length - 1) & 0x0f;
  const binary = mac.readUInt32BE(offset) & 0x7fffffff;
  if (suite.digits === 0) return String(binary);
  return String(binary % 10 ** suite.digits).padStart(suite.digits, '0');
}

/** What is hashed: the suite, a zero byte, and the inputs in the order C, Q, P, S, T (RFC 6287 §5.1). @throws UnfitInput */
export function ocraMessage(
  suite: OcraSuite,
  { question, counter, pin, session, timeStep }: OcraInput,
): Buffer {
  const parts: Buffer[] = [Buffer.from(suite.text, 'latin1'), Buffer.of(0)];
  if (suite.hasCounter) parts.push(eightBytes('counter', counter));
  parts.push(questionBytes(suite, question));
  if (suite.pinHash !== null) {
    if (!pin) throw new UnfitInput('the suite asks for a PIN');
    parts.push(createHash(suite.pinHash).update(pin).digest());
  }
  if (suite.sessionBytes !== null) parts.push(sessionBytes(suite.sessionBytes, session));
  if (suite.stepSeconds !== null) parts.push(eightBytes('time step', timeStep));
  return Buffer.concat(parts);
}

const ALPHABETS = { A: /^[0-9a-zA-Z]+$/, N: /^\d+$/, H: /^[0-9a-fA-F]+$/ } as const;

/** Whether a text is a question of the suite: not empty, of its characters, and no longer than it says. */
export function isQuestionOf({ question: { format, length } }: OcraSuite, text: string): boolean {
  return text.length <= length && ALPHABETS[format].test(text);
}

function questionBytes({ question: { format } }: OcraSuite, question: string): Buffer {
  if (!ALPHABETS[format].test(question)) throw new UnfitInput(`the question is none of Q${format}`);
  const bytes = format === 'A' ? Buffer.from(question, 'latin1') : evenHex(format, question);
  if (bytes.length > QUESTION_BYTES) throw new UnfitInput('the question is too long');
  return Buffer.concat([bytes, Buffer.alloc(QUESTION_BYTES - bytes.length)]);
}

/** Digits are a number, in hexadecimal without leading zeros; a half byte at the end is filled up on its right. */
function evenHex(format: 'N' | 'H', question: string): Buffer {
  const hex = format === 'N' ? BigInt(question).toString(16) : question;
  return Buffer.from(hex.length % 2 === 0 ? hex : `${hex}0`, 'hex');
}

function sessionBytes(length: number, session: Uint8Array = Buffer.alloc(0)): Buffer {
  if (session.length > length) throw new UnfitInput(`the session has more than ${length} bytes`);
  return Buffer.concat([Buffer.alloc(length - session.length), session]);
}

function eightBytes(name: string, value: number | undefined): Buffer {
  if (value === undefined || !Number.isSafeInteger(value) || value < 0) {
    throw new UnfitInput(`the suite asks for a ${name}`);
  }
  const bytes = Buffer.alloc(COUNTER_BYTES);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}
