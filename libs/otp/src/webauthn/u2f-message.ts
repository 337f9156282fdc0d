import { createHash } from 'node:crypto';

import { type AssertionResponse, MalformedResponse } from './responses.js';

const COUNTER_BYTES = 4;
const COORDINATE_BYTES = 32;
const BASE64URL = /^[A-Za-z0-9_-]{1,8192}={0,2}$/;
/**
 * A map of COSE with kty: EC2, alg: ES256, crv: P-256, and the coordinates behind their labels and lengths (RFC 9053 §7.1.1;
 * WebAuthn Level 3 §6.5.6 converts keys of U2F in the same way).
 */
const BEFORE_X = Buffer.from('a5010203262001215820', 'hex');
const BEFORE_Y = Buffer.from('225820', 'hex');

/**
 * What a browser that knows U2F answers to a challenge, as WebAuthn has it: the authenticator signs the same bytes, which come in
 * other parts (FIDO U2F Raw Message Formats §5.4; WebAuthn Level 3 §6.1.2).
 *
 * @param appId which the answer does not name, and the signature covers
 * @returns `null`: it is none of that kind
 * @throws MalformedResponse
 */
export function readSignResponse(json: string, appId: string): AssertionResponse | null {
  const answer = objectIn(json);
  if (!answer || !('signatureData' in answer)) return null;
  const signed = Buffer.from(textIn(answer, 'signatureData'), 'base64url');
  // Presence, counter, signature.
  const head = 1 + COUNTER_BYTES;
  if (signed.length <= head) throw new MalformedResponse('format', 'signatureData');
  const application = createHash('sha256').update(appId).digest();
  return {
    id: textIn(answer, 'keyHandle'),
    clientDataJson: textIn(answer, 'clientData'),
    authenticatorData: Buffer.concat([application, signed.subarray(0, head)]).toString('base64url'),
    signature: signed.subarray(head).toString('base64url'),
    userHandle: null,
  };
}

/** @param point of P-256, not compressed: 65 bytes @returns the public key as COSE has it */
export function coseKeyOfPoint(point: Uint8Array): Buffer {
  const [x, y] = [point.subarray(1, 1 + COORDINATE_BYTES), point.subarray(1 + COORDINATE_BYTES)];
  return Buffer.concat([BEFORE_X, x, BEFORE_Y, y]);
}

function objectIn(json: string): Readonly<Record<string, unknown>> | null {
  try {
    const parsed: unknown = JSON.parse(json);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? { ...parsed } : null;
  } catch {
    return null;
  }
}

function textIn(answer: Readonly<Record<string, unknown>>, name: string): string {
  const text = answer[name];
  if (typeof text !== 'string' || !BASE64URL.test(text)) throw new MalformedResponse('format', name);
  return text.replace(/=+$/, '');
}
