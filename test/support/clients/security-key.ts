import {
  type JsonWebKey,
  type KeyObject,
  constants,
  createHash,
  generateKeyPairSync,
  randomBytes,
  sign,
} from 'node:crypto';

import type { KeyMaker } from './security-key-maker.js';

/** By their numbers in COSE: those that the server offers, and one that it does not. */
export const KEY_KINDS = {
  ES256: -7,
  EdDSA: -8,
  ES384: -35,
  ES512: -36,
  PS256: -37,
  RS256: -257,
  ES256K: -47,
} as const;
export type KeyKind = keyof typeof KEY_KINDS;

/** As the server asks, as far as a key looks at it. */
export interface CreationOptions {
  readonly rp: { readonly id: string };
  readonly user: { readonly id: string };
  readonly challenge: string;
}
export interface RequestOptions {
  readonly challenge: string;
  readonly rpId: string;
}

/** What a browser sends; whatever a test wants otherwise is put in its place. */
export interface KeyResponse {
  readonly id: string;
  readonly rawId: string;
  readonly type: string;
  readonly response: Readonly<Record<string, string>>;
  readonly clientExtensionResults: object;
  readonly transports?: readonly string[];
}

export interface KeyBehaviour {
  readonly kind?: KeyKind;
  readonly aaguid?: Uint8Array;
  /** By whom the key is vouched for: nobody, itself, or its maker. */
  readonly attestation?: 'none' | 'self' | KeyMaker;
  /** What kind of statement its maker's is said to be; absent: `packed`. */
  readonly format?: string;
  /** Whether it verifies its user, and whether the user was there at all. */
  readonly verifies?: boolean;
  readonly isPresent?: boolean;
  /** Which pages the browser shows; absent: those of the relying party. */
  readonly origin?: string;
  /** What the browser says beside that. */
  readonly clientData?: object;
  /** For whom it signs, whatever is asked. */
  readonly rpId?: string;
  /** What is not as it should be: the bytes that are signed are others than those that are sent. */
  readonly signs?: Uint8Array;
}

const FLAGS = { present: 0x01, verified: 0x04, attested: 0x40 };
export const AAGUID = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
export const AAGUID_TEXT = '00112233-4455-6677-8899-aabbccddeeff';

/** A security key and the browser before it, by the text of WebAuthn Level 3 (§6 and §5.8.1). */
export class SecurityKey {
  readonly id = randomBytes(32);
  /** How often it has signed; a key that does not count stays at 0. */
  signCount = 0;
  counts = true;
  userHandle = '';
  readonly #kind: KeyKind;
  readonly #pair: { readonly publicKey: KeyObject; readonly privateKey: KeyObject };

  constructor(private readonly usual: KeyBehaviour = {}) {
    this.#kind = usual.kind ?? 'ES256';
    this.#pair = pairOf(this.#kind);
  }

  create({ rp, user, challenge }: CreationOptions, changes: KeyBehaviour = {}): KeyResponse {
    const how = { ...this.usual, ...changes };
    const clientData = this.#clientData('webauthn.create', challenge, how.rpId ?? rp.id, how);
    this.userHandle = user.id;
    const length = Buffer.alloc(2);
    length.writeUInt16BE(this.id.length);
    const authData = Buffer.concat([
      this.#authenticatorData(how.rpId ?? rp.id, FLAGS.attested, how),
      how.aaguid ?? AAGUID,
      length,
      this.id,
      this.#publicKey(),
    ]);
    const signed = how.signs ?? Buffer.concat([authData, sha256(clientData)]);
    const attestationObject = cbor(
      new Map<unknown, unknown>([
        [
          'fmt',
          how.attestation === undefined || how.attestation === 'none' ? 'none' : (how.format ?? 'packed'),
        ],
        ['attStmt', this.#statement(how.attestation, signed)],
        ['authData', authData],
      ]),
    );
    return this.#response(
      { clientDataJSON: encoded(clientData), attestationObject: encoded(attestationObject) },
      { clientExtensionResults: { credProps: { rk: true } }, transports: ['usb', 'nfc'] },
    );
  }

  get({ rpId, challenge }: RequestOptions, changes: KeyBehaviour = {}): KeyResponse {
    const how = { ...this.usual, ...changes };
    if (this.counts) this.signCount += 1;
    const clientData = this.#clientData('webauthn.get', challenge, how.rpId ?? rpId, how);
    const authData = this.#authenticatorData(how.rpId ?? rpId, 0, how);
    const signature = this.#sign(how.signs ?? Buffer.concat([authData, sha256(clientData)]));
    return this.#response({
      clientDataJSON: encoded(clientData),
      authenticatorData: encoded(authData),
      signature: encoded(signature),
      ...(this.userHandle && { userHandle: this.userHandle }),
    });
  }

  /** Of any bytes at all in the place of what it says. */
  signatureOf(authenticatorData: Uint8Array, clientData: Uint8Array): Buffer {
    return this.#sign(Buffer.concat([authenticatorData, sha256(clientData)]));
  }

  #response(response: KeyResponse['response'], more: Partial<KeyResponse> = {}): KeyResponse {
    const id = encoded(this.id);
    return { id, rawId: id, type: 'public-key', response, clientExtensionResults: {}, ...more };
  }

  #clientData(type: string, challenge: string, rpId: string, how: KeyBehaviour): Buffer {
    const origin = how.origin ?? `https://${rpId}`;
    return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false, ...how.clientData }));
  }

  #authenticatorData(
    rpId: string,
    more: number,
    { isPresent = true, verifies = true }: KeyBehaviour,
  ): Buffer {
    const tail = Buffer.alloc(5);
    tail.writeUInt8(more | (isPresent ? FLAGS.present : 0) | (verifies ? FLAGS.verified : 0));
    tail.writeUInt32BE(this.signCount, 1);
    return Buffer.concat([sha256(Buffer.from(rpId)), tail]);
  }

  #statement(by: KeyBehaviour['attestation'], signed: Uint8Array): ReadonlyMap<unknown, unknown> {
    if (by === undefined || by === 'none') return new Map();
    if (by === 'self') {
      return new Map<unknown, unknown>([
        ['alg', KEY_KINDS[this.#kind]],
        ['sig', this.#sign(signed)],
      ]);
    }
    return new Map<unknown, unknown>([
      ['alg', KEY_KINDS.ES256],
      ['sig', sign('sha256', signed, by.key)],
      ['x5c', by.chain],
    ]);
  }

  #sign(bytes: Uint8Array): Buffer {
    const key = this.#pair.privateKey;
    if (this.#kind === 'EdDSA') return sign(null, bytes, key);
    if (this.#kind === 'PS256') {
      return sign('sha256', bytes, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });
    }
    const hashes: Partial<Record<KeyKind, string>> = { ES384: 'sha384', ES512: 'sha512' };
    return sign(hashes[this.#kind] ?? 'sha256', bytes, key);
  }

  /** COSE (RFC 9053 §7). */
  #publicKey(): Buffer {
    const jwk = this.#pair.publicKey.export({ format: 'jwk' });
    const alg = KEY_KINDS[this.#kind];
    const part = (name: keyof JsonWebKey) => Buffer.from(String(jwk[name]), 'base64url');
    const of = (entries: readonly [number, unknown][]) => cbor(new Map(entries));
    if (jwk.kty === 'RSA')
      return of([
        [1, 3],
        [3, alg],
        [-1, part('n')],
        [-2, part('e')],
      ]);
    if (jwk.kty === 'OKP')
      return of([
        [1, 1],
        [3, alg],
        [-1, 6],
        [-2, part('x')],
      ]);
    const curve = { 'P-256': 1, 'P-384': 2, 'P-521': 3, secp256k1: 8 }[String(jwk.crv)];
    return of([
      [1, 2],
      [3, alg],
      [-1, curve],
      [-2, part('x')],
      [-3, part('y')],
    ]);
  }
}

function pairOf(kind: KeyKind) {
  switch (kind) {
    case 'EdDSA':
      return generateKeyPairSync('ed25519');
    case 'PS256':
    case 'RS256':
      return generateKeyPairSync('rsa', { modulusLength: 2048 });
    default: {
      const curves = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521', ES256K: 'secp256k1' };
      return generateKeyPairSync('ec', { namedCurve: curves[kind] });
    }
  }
}

/** As much of RFC 8949 as authenticators write (CTAP2's canonical form). */
export function cbor(value: unknown): Buffer {
  if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -1 - value);
  if (typeof value === 'string')
    return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value]);
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(cbor)]);
  if (value instanceof Map) {
    return Buffer.concat([head(5, value.size), ...[...value].flat().map(cbor)]);
  }
  throw new Error(`no CBOR for ${typeof value}`);
}

function head(kind: number, size: number): Buffer {
  if (size < 24) return Buffer.of((kind << 5) | size);
  if (size < 0x100) return Buffer.of((kind << 5) | 24, size);
  return Buffer.of((kind << 5) | 25, size >> 8, size & 0xff);
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function encoded(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
