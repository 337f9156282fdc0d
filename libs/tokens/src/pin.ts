import { createHmac, timingSafeEqual } from 'node:crypto';

import { type RandomSource, Secret } from '@app/kernel';

const SALTED_HMAC = 1;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/**
 * The verifier of a token PIN: format byte 1, 16 bytes of salt, HMAC-SHA-256(salt, PIN). Cheap on purpose: it is stored
 * sealed, so that it is useless without the keyring, and the failure counter bounds guessing online
 * (docs/architecture.md, "Secrets").
 */
export function pinVerifier(pin: string, random: RandomSource): Secret {
  const salt = random.bytes(SALT_BYTES);
  return Secret.of(Buffer.concat([Buffer.of(SALTED_HMAC), salt, saltedHash(salt, pin)]));
}

/** Constant in time for a given length. No verifier: only the empty PIN matches. An unknown format matches nothing. */
export function matchesPin(verifier: Secret | null, candidate: string): boolean {
  if (!verifier) return candidate === '';
  return verifier.use((bytes) => {
    if (bytes[0] !== SALTED_HMAC || bytes.length !== 1 + SALT_BYTES + HASH_BYTES) return false;
    const salt = bytes.subarray(1, 1 + SALT_BYTES);
    return timingSafeEqual(saltedHash(salt, candidate), bytes.subarray(1 + SALT_BYTES));
  });
}

function saltedHash(salt: Uint8Array, pin: string): Buffer {
  return createHmac('sha256', salt).update(pin, 'utf8').digest();
}
