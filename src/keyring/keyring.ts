import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** Where a sealed value lies. Bound into the seal: a value moved elsewhere does not open. */
export interface SealedPlace {
  readonly table: string;
  readonly row: string;
  readonly column: string;
}

export interface KeyringKey {
  /** 8 hexadecimal digits. */
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** A sealed value does not open: wrong keyring, wrong place, or changed. Says where, never what. */
export class SealBroken extends Error {
  constructor(place: SealedPlace, reason: string) {
    super(`sealed value in ${place.table}.${place.column} of row ${place.row} does not open: ${reason}`);
  }
}

const FORMAT = 1;
const KEY_ID_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + KEY_ID_BYTES;

/**
 * Seals secrets with AES-256-GCM. Layout: format byte, key id (4), nonce (12), ciphertext, tag (16); table, row, column
 * and key id are authenticated with it (docs/architecture.md, "Secrets").
 */
export class Keyring {
  readonly #keys: ReadonlyMap<string, KeyringKey>;
  readonly #active: KeyringKey;

  /** @param keys the first one seals; all of them open */
  constructor(keys: readonly KeyringKey[]) {
    const [active] = keys;
    if (!active) throw new Error('a keyring needs at least one key');
    this.#active = active;
    this.#keys = new Map(keys.map((key) => [key.id, key]));
  }

  static generate(): KeyringKey {
    return { id: randomBytes(KEY_ID_BYTES).toString('hex'), bytes: randomBytes(32) };
  }

  seal(place: SealedPlace, plain: Uint8Array): Buffer {
    const { id, bytes } = this.#active;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', bytes, nonce);
    cipher.setAAD(associatedData(place, id));
    const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
    return Buffer.concat([Buffer.of(FORMAT), Buffer.from(id, 'hex'), nonce, sealed, cipher.getAuthTag()]);
  }

  /** @throws SealBroken */
  open(place: SealedPlace, sealed: Uint8Array): Buffer {
    if (sealed.length < HEADER_BYTES + NONCE_BYTES + TAG_BYTES || sealed[0] !== FORMAT) {
      throw new SealBroken(place, 'unknown format');
    }
    const id = Buffer.from(sealed.subarray(1, HEADER_BYTES)).toString('hex');
    const key = this.#keys.get(id);
    if (!key) throw new SealBroken(place, `the keyring has no key ${id}`);
    const nonce = sealed.subarray(HEADER_BYTES, HEADER_BYTES + NONCE_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', key.bytes, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(associatedData(place, id));
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
    try {
      const text = sealed.subarray(HEADER_BYTES + NONCE_BYTES, sealed.length - TAG_BYTES);
      return Buffer.concat([decipher.update(text), decipher.final()]);
    } catch {
      throw new SealBroken(place, 'it was changed, or moved from another place');
    }
  }
}

// Lengths in front: no two places have one encoding.
function associatedData({ table, row, column }: SealedPlace, keyId: string): Buffer {
  return Buffer.from(
    [table, row, column, keyId].map((part) => `${Buffer.byteLength(part)}:${part}`).join(''),
    'utf8',
  );
}
