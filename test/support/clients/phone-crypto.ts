import {
  type JsonWebKey,
  type KeyObject,
  createCipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
} from 'node:crypto';

/** What a phone computes with: code of its own, so that it agrees with the server by the specification alone. */

type Curve = 'X25519' | 'Ed25519';

export function newKeyPair(curve: Curve): { readonly secret: Buffer; readonly publicKey: Buffer } {
  const { privateKey } = curve === 'X25519' ? generateKeyPairSync('x25519') : generateKeyPairSync('ed25519');
  const { d = '', x = '' } = privateKey.export({ format: 'jwk' });
  return { secret: Buffer.from(d, 'base64url'), publicKey: Buffer.from(x, 'base64url') };
}

export function privateKeyOf(curve: Curve, secret: Buffer, publicKey: Buffer): KeyObject {
  const key: JsonWebKey = {
    kty: 'OKP',
    crv: curve,
    d: secret.toString('base64url'),
    x: publicKey.toString('base64url'),
  };
  return createPrivateKey({ key, format: 'jwk' });
}

export function publicKeyOf(curve: Curve, publicKey: Buffer): KeyObject {
  return createPublicKey({
    key: { kty: 'OKP', crv: curve, x: publicKey.toString('base64url') },
    format: 'jwk',
  });
}

/** @param secret of X25519; its public half is not looked at */
export function sharedWith(secret: Buffer, publicKey: Buffer): Buffer {
  const privateKey = privateKeyOf('X25519', secret, publicKey);
  return diffieHellman({ privateKey, publicKey: publicKeyOf('X25519', publicKey) });
}

export function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/** The scalar of an Ed25519 secret, as X25519 takes it. */
export function scalarOf(seed: Buffer): Buffer {
  return createHash('sha512').update(seed).digest().subarray(0, 32);
}

const P = (1n << 255n) - 19n;
const mod = (n: bigint) => ((n % P) + P) % P;

/** (1 + y) / (1 − y), by the extended algorithm of Euclid. */
export function montgomery(edwards: Buffer): Buffer {
  let y = 0n;
  for (let index = 31; index >= 0; index--) y = (y << 8n) | BigInt(edwards[index] ?? 0);
  y &= (1n << 255n) - 1n;
  let [a, b, s, t] = [mod(1n - y), P, 1n, 0n];
  while (b > 0n) {
    const q = a / b;
    [a, b, s, t] = [b, a - q * b, t, s - q * t];
  }
  let u = mod((1n + y) * mod(s));
  const bytes = Buffer.alloc(32);
  for (let index = 0; index < 32; index++, u >>= 8n) bytes[index] = Number(u & 0xffn);
  return bytes;
}

export function ctr(key: Buffer, start: Buffer, bytes: Buffer): Buffer {
  return createCipheriv('aes-128-ctr', key, start).update(bytes);
}

export interface Eax {
  readonly key: Buffer;
  readonly nonce: Buffer;
  readonly header: Buffer;
}

export function eaxSealed({ key, nonce, header }: Eax, plain: Buffer): Buffer {
  const n = omac(key, 0, nonce);
  const sealed = ctr(key, n, plain);
  return Buffer.concat([sealed, xored(xored(n, omac(key, 1, header)), omac(key, 2, sealed))]);
}

export function eaxOpened({ key, nonce, header }: Eax, bytes: Buffer): Buffer {
  const sealed = bytes.subarray(0, -16);
  const n = omac(key, 0, nonce);
  const tag = xored(xored(n, omac(key, 1, header)), omac(key, 2, sealed));
  if (!tag.equals(bytes.subarray(-16))) throw new Error('the phone cannot read this');
  return ctr(key, n, sealed);
}

/** One block after the other. */
function omac(key: Buffer, tweak: number, message: Buffer): Buffer {
  const block = (bytes: Buffer) =>
    createCipheriv('aes-128-ecb', key, null).setAutoPadding(false).update(bytes);
  const timesX = (bytes: Buffer) => {
    const whole = BigInt(`0x${bytes.toString('hex')}`) << 1n;
    const rest = whole >> 128n ? (whole ^ 0x87n) & ((1n << 128n) - 1n) : whole;
    return Buffer.from(rest.toString(16).padStart(32, '0'), 'hex');
  };
  const k1 = timesX(block(Buffer.alloc(16)));
  const all = Buffer.concat([Buffer.alloc(15), Buffer.of(tweak), message]);
  let state = Buffer.alloc(16);
  for (let at = 0; at < all.length; at += 16) {
    const part = all.subarray(at, at + 16);
    const isLast = at + 16 >= all.length;
    const padded = Buffer.concat([part, Buffer.of(0x80), Buffer.alloc(16)]).subarray(0, 16);
    const masked = !isLast ? part : part.length === 16 ? xored(part, k1) : xored(padded, timesX(k1));
    state = Buffer.from(block(xored(state, masked)));
  }
  return state;
}

function xored(one: Buffer, other: Buffer): Buffer {
  return Buffer.from(one.map((byte, index) => byte ^ (other[index] ?? 0)));
}
