import { createPublicKey } from 'node:crypto';

import type { Token, TokenInfo } from '../../token.js';

/** Names in a token's info that are LinOTP's (spec/token-types §20.3). */
export const COUNTER = 'counter';
const PHASE = 'phase';
const REGISTERED = 'authentication';

const POINT_BYTES = 65;
/** Its length is one byte of the registration (FIDO U2F Raw Message Formats §4.3). */
const LONGEST_HANDLE = 255;
const LONGEST_APP_ID = 1_023;
export const LARGEST_COUNTER = 0xffff_ffff;
const BASE64URL = /^[A-Za-z0-9_-]+={0,2}$/;

/** A key that was registered once. */
export interface U2fKey {
  /** What it was registered for: its signatures are for that, and nothing else. */
  readonly appId: string;
  /** By what the key knows which of its keys is meant: in base64url without padding. */
  readonly keyHandle: string;
  /** A point of P-256, not compressed: 65 bytes. */
  readonly publicKey: Buffer;
  /** Of the last signature. */
  readonly counter: number;
}

/** What is known of the key that is registered with a token; or why there is none that could be used. */
export function u2fKey({ info }: Pick<Token, 'info'>): U2fKey | { readonly problem: string } {
  if (info[PHASE] !== REGISTERED) return { problem: 'no key is registered with the token' };
  const { appId } = info;
  if (typeof appId !== 'string' || appId === '' || appId.length > LONGEST_APP_ID || /\p{Cc}/u.test(appId)) {
    return { problem: 'appId is none' };
  }
  const handle = binaryIn(info, 'keyHandle');
  if (!handle || handle.length > LONGEST_HANDLE) return { problem: 'keyHandle is none' };
  const publicKey = binaryIn(info, 'publicKey');
  if (!publicKey || !isPoint(publicKey)) return { problem: 'publicKey is no point of the curve P-256' };
  const counter = /^\d{1,10}$/.test(String(info[COUNTER])) ? Number(info[COUNTER]) : Number.NaN;
  if (!(counter <= LARGEST_COUNTER)) return { problem: 'counter is none' };
  return { appId, keyHandle: handle.toString('base64url'), publicKey, counter };
}

/** As it stands in a token's info. */
export function infoOf({ appId, keyHandle, publicKey, counter }: U2fKey): TokenInfo {
  return {
    [PHASE]: REGISTERED,
    appId,
    keyHandle: padded(keyHandle),
    publicKey: padded(publicKey.toString('base64url')),
    [COUNTER]: String(counter),
  };
}

/** LinOTP writes base64url with its padding, in most places. */
export function padded(base64url: string): string {
  return base64url + '='.repeat((4 - (base64url.length % 4)) % 4);
}

function binaryIn(info: TokenInfo, name: string): Buffer | null {
  const text = info[name];
  return typeof text === 'string' && BASE64URL.test(text) ? Buffer.from(text, 'base64url') : null;
}

function isPoint(bytes: Buffer): boolean {
  if (bytes.length !== POINT_BYTES || bytes.readUInt8(0) !== 4) return false;
  const [x, y] = [bytes.subarray(1, 33), bytes.subarray(33)].map((part) => part.toString('base64url'));
  try {
    createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
    return true;
  } catch {
    return false;
  }
}
