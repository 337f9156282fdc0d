import { createHash, createPrivateKey, createPublicKey, diffieHellman, sign, verify } from 'node:crypto';

/** Of every key, public or secret, and of what two of them agree on. */
export const KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;

// RFC 8410 §7: what stands before the raw bytes of a key in PKCS#8 and in SPKI.
const SECRET_OF = {
  x25519: Buffer.from('302e020100300506032b656e04220420', 'hex'),
  ed25519: Buffer.from('302e020100300506032b657004220420', 'hex'),
};
const PUBLIC_OF = {
  x25519: Buffer.from('302a300506032b656e032100', 'hex'),
  ed25519: Buffer.from('302a300506032b6570032100', 'hex'),
};
type Curve = keyof typeof SECRET_OF;

const PRIME = 2n ** 255n - 19n;

/**
 * What a secret and somebody else's public key agree on (X25519, RFC 7748 §6.1).
 * @throws where the public key is of small order, so that anybody would know the result
 */
export function agreed(secret: Uint8Array, publicKey: Uint8Array): Buffer {
  return diffieHellman({
    privateKey: secretKey('x25519', secret),
    publicKey: publicKeyOf('x25519', publicKey),
  });
}

/** The public X25519 key of a secret. */
export function agreementPublic(secret: Uint8Array): Buffer {
  return rawPublic(createPublicKey(secretKey('x25519', secret)));
}

/** The public Ed25519 key of a seed (RFC 8032 §5.1.5). */
export function signaturePublic(seed: Uint8Array): Buffer {
  return rawPublic(createPublicKey(secretKey('ed25519', seed)));
}

/** Ed25519 (RFC 8032 §5.1.6): the same for the same message. */
export function signature(seed: Uint8Array, message: Uint8Array): Buffer {
  return sign(null, message, secretKey('ed25519', seed));
}

export function isSignedBy(publicKey: Uint8Array, message: Uint8Array, signed: Uint8Array): boolean {
  if (publicKey.length !== KEY_BYTES || signed.length !== SIGNATURE_BYTES) return false;
  return verify(null, message, publicKeyOf('ed25519', publicKey), signed);
}

/** The X25519 secret of an Ed25519 seed: the scalar that it signs with. */
export function agreementSecretOf(seed: Uint8Array): Buffer {
  const scalar = createHash('sha512').update(seed).digest().subarray(0, KEY_BYTES);
  scalar.writeUInt8(scalar.readUInt8(0) & 248, 0);
  scalar.writeUInt8((scalar.readUInt8(31) & 127) | 64, 31);
  return scalar;
}

/**
 * The X25519 form of an Ed25519 public key: u = (1 + y) / (1 − y) (RFC 7748 §4.1).
 * @throws RangeError for the one point that has none
 */
export function agreementPublicOf(publicKey: Uint8Array): Buffer {
  // Little endian; the highest bit is the sign of x, which does not matter here.
  const y = BigInt(`0x${Buffer.from(publicKey.toReversed()).toString('hex')}`) & (2n ** 255n - 1n);
  const divisor = modulo(1n - y);
  if (divisor === 0n) throw new RangeError('the key has no X25519 form');
  const u = modulo((1n + y) * power(divisor, PRIME - 2n));
  const bytes = Buffer.from(u.toString(16).padStart(2 * KEY_BYTES, '0'), 'hex');
  return Buffer.from(bytes.toReversed());
}

function secretKey(curve: Curve, secret: Uint8Array) {
  return createPrivateKey({ key: Buffer.concat([SECRET_OF[curve], secret]), format: 'der', type: 'pkcs8' });
}

function publicKeyOf(curve: Curve, publicKey: Uint8Array) {
  return createPublicKey({ key: Buffer.concat([PUBLIC_OF[curve], publicKey]), format: 'der', type: 'spki' });
}

function rawPublic(key: ReturnType<typeof createPublicKey>): Buffer {
  return key.export({ format: 'der', type: 'spki' }).subarray(-KEY_BYTES);
}

function modulo(value: bigint): bigint {
  const rest = value % PRIME;
  return rest < 0n ? rest + PRIME : rest;
}

/** Of public values alone: it takes as long as they are. */
function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let square = modulo(base), left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = modulo(result * square);
    square = modulo(square * square);
  }
  return result;
}
