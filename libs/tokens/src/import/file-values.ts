import { Secret } from '@app/kernel';
import type { OtpHash } from '@app/otp';

import { tokenType, tokenTypes } from '../types/registry.js';
import type { TokenTypeId } from '../types/token-type.js';
import { type FileToken, Unreadable } from './token-file.js';

/** What a token is called that nobody has described (spec/token-types §22). */
export const USUAL_DESCRIPTION = 'imported';
export const USUAL_DIGITS = 6;

const LONGEST_DESCRIPTION = 80;
// More than any algorithm uses.
const LONGEST_SEED = 512;
const HASHES: readonly OtpHash[] = ['sha1', 'sha256', 'sha512'];
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

type Given = Pick<FileToken, 'line' | 'serial' | 'type' | 'seed'> & Partial<FileToken>;

export function fileToken(given: Given): FileToken {
  return {
    digits: null,
    hash: null,
    stepSeconds: null,
    shiftSeconds: null,
    counter: 0,
    description: USUAL_DESCRIPTION,
    owner: null,
    realm: '',
    pin: null,
    ...given,
  };
}

/** By the name that lists and files have for a type; HOTP has two. @throws Unreadable */
export function typeNamed(name: string): TokenTypeId {
  const wanted = name.toLowerCase() === 'hotp' ? 'hmac' : name.toLowerCase();
  const type = tokenTypes.find(({ label }) => label.toLowerCase() === wanted);
  if (!type) throw new Unreadable(`token type '${shown(name)}' is not supported`);
  return type.id;
}

/** @throws Unreadable */
export function seedOf(type: TokenTypeId, text: string): Secret {
  return tokenType(type).seedForm === 'text' ? textSeed(text) : hexSeed(text);
}

/** @throws Unreadable; the texts are those of enrolments */
export function hexSeed(text: string): Secret {
  const hex = text.replace(/[ -]/g, '');
  if (!/^[0-9a-fA-F]*$/.test(hex)) {
    throw new Unreadable('The provided token seed contains non-hexadecimal characters');
  }
  if (hex.length % 2 !== 0) throw new Unreadable('Odd-length string');
  return seedBytes(Buffer.from(hex, 'hex'));
}

export function textSeed(text: string): Secret {
  return seedBytes(Buffer.from(text, 'utf8'));
}

/** @throws Unreadable */
export function seedBytes(bytes: Uint8Array): Secret {
  if (bytes.length === 0) throw new Unreadable('there is no seed');
  if (bytes.length > LONGEST_SEED) throw new Unreadable(`the seed is longer than ${LONGEST_SEED} bytes`);
  return Secret.of(bytes);
}

/** @param what for the refusal @throws Unreadable */
export function base64(what: string, text: string): Buffer {
  const packed = text.replace(/\s/g, '');
  if (!BASE64.test(packed)) throw new Unreadable(`${what} is no base64`);
  return Buffer.from(packed, 'base64');
}

/** @throws Unreadable unless it is a whole number from `least` to `most` */
export function wholeNumber(what: string, text: string, least: number, most: number): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) {
    throw new Unreadable(`${what} must be a whole number from ${least} to ${most}`);
  }
  return value;
}

/** As OTP devices show them (RFC 4226 §5.3). @throws Unreadable */
export function otpDigits(what: string, text: string): number {
  return wholeNumber(what, text, 6, 8);
}

/** @throws Unreadable */
export function timeStep(what: string, text: string): number {
  const step = wholeNumber(what, text, 1, 86_400);
  // Those that enrolment knows: nothing else could be enrolled anew later.
  if (step !== 30 && step !== 60) throw new Unreadable(`${what} must be 30 or 60 seconds`);
  return step;
}

export function counterValue(what: string, text: string): number {
  return wholeNumber(what, text, 0, Number.MAX_SAFE_INTEGER - 1);
}

/** @throws Unreadable */
export function hashNamed(name: string): OtpHash {
  const wanted = name.toLowerCase();
  const hash = HASHES.find((known) => known === wanted);
  if (!hash) throw new Unreadable(`unsupported hashlib '${shown(name)}': use sha1, sha256 or sha512`);
  return hash;
}

/** What the length of a seed says about the hash that it is for (spec/token-types §22.1). */
export function hashOfLength(seed: Secret): OtpHash {
  const length = seed.use((bytes) => bytes.length);
  return length === 64 ? 'sha512' : length === 32 ? 'sha256' : 'sha1';
}

/** @throws Unreadable */
export function descriptionText(text: string): string {
  if (text === '') return USUAL_DESCRIPTION;
  if (text.length > LONGEST_DESCRIPTION) {
    throw new Unreadable(`description is longer than ${LONGEST_DESCRIPTION} characters`);
  }
  return text;
}

const LONGEST_SHOWN = 40;
// Whatever stands in the wrong column may be a seed or a key; people write seeds in groups.
const LIKE_A_SECRET = /[0-9A-Za-z+/=]{16,}|(?:[0-9A-Fa-f][ -]?){16,}/g;

/** Text of a file for a message: short, on one line, and without anything that may be a secret. */
export function shown(text: string): string {
  const printable = text.replace(/\p{Cc}/gu, '\u{FFFD}').replace(LIKE_A_SECRET, '…');
  return printable.length > LONGEST_SHOWN ? `${printable.slice(0, LONGEST_SHOWN)}…` : printable;
}
