import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

import { type RandomSource, Secret } from '@app/kernel';

const SALTED_HMAC = 1;
const READABLE = 2;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/**
 * The verifier of a token PIN: format byte 1, 16 bytes of salt, HMAC-SHA-256(salt, PIN). Cheap on purpose: it is stored
 * sealed, so that it is useless without the keyring, and the failure counter bounds guessing online
 * (docs/architecture.md, "Secrets").
 *
 * @param isReadable format byte 2 and the PIN itself, for whoever opens the seal: only where a policy asks for it
 */
export function pinVerifier(pin: string, random: RandomSource, isReadable = false): Secret {
  if (isReadable) return Secret.of(Buffer.concat([Buffer.of(READABLE), Buffer.from(pin, 'utf8')]));
  const salt = random.bytes(SALT_BYTES);
  return Secret.of(Buffer.concat([Buffer.of(SALTED_HMAC), salt, saltedHash(salt, pin)]));
}

/** Constant in time for a given length. No verifier: only the empty PIN matches. An unknown format matches nothing. */
export function matchesPin(verifier: Secret | null, candidate: string): boolean {
  if (!verifier) return candidate === '';
  return verifier.use((bytes) => {
    if (bytes[0] === READABLE) return isSame(Buffer.from(candidate, 'utf8'), bytes.subarray(1));
    if (bytes[0] !== SALTED_HMAC || bytes.length !== 1 + SALT_BYTES + HASH_BYTES) return false;
    const salt = bytes.subarray(1, 1 + SALT_BYTES);
    return timingSafeEqual(saltedHash(salt, candidate), bytes.subarray(1 + SALT_BYTES));
  });
}

/** Of any two lengths in the same time. */
function isSame(one: Uint8Array, other: Uint8Array): boolean {
  const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
  return timingSafeEqual(digest(one), digest(other));
}

function saltedHash(salt: Uint8Array, pin: string): Buffer {
  // As text and back: Node takes longer to hand out a buffer than to compute the hash.
  return Buffer.from(createHmac('sha256', salt).update(pin, 'utf8').digest('binary'), 'binary');
}
