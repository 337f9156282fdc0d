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

/** The database seals its values with a key that this node was not given. */
export class UnknownKey extends Error {
  constructor(readonly keyId: string) {
    super(
      `the keyring has no key ${keyId}, which the database seals with: copy the keyring that has it to this node`,
    );
  }
}

const FORMAT = 1;
const KEY_ID_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + KEY_ID_BYTES;

/** Keys that came to the keyring since it was read; it throws where they cannot be read. */
export type KeySource = () => readonly KeyringKey[];

// A value that no key opens is not to make every request read a file.
const ASK_AGAIN_MS = 1_000;

/**
 * Seals secrets with AES-256-GCM. Layout: format byte, key id (4), nonce (12), ciphertext, tag (16); table, row, column
 * and key id are authenticated with it (docs/architecture.md, "Secrets").
 *
 * A running node never forgets a key, and takes up new ones: when it is told to, and when it meets a value that none opens.
 */
export class Keyring {
  readonly #keys = new Map<string, KeyringKey>();
  readonly #source: KeySource;
  #active: KeyringKey;
  #askedAt = Number.NEGATIVE_INFINITY;

  /** @param keys all of them open; the first one seals, until `sealWith` names another */
  constructor(keys: readonly KeyringKey[], source: KeySource = () => []) {
    const [active] = keys;
    if (!active) throw new Error('a keyring needs at least one key');
    this.#active = active;
    this.#source = source;
    this.#learn(keys);
  }

  static generate(): KeyringKey {
    return { id: randomBytes(KEY_ID_BYTES).toString('hex'), bytes: randomBytes(32) };
  }

  /** Under which key a value is sealed, whether or not it opens; `null`: it is no sealed value. */
  static keyIdOf(sealed: Uint8Array): string | null {
    if (sealed.length < HEADER_BYTES + NONCE_BYTES + TAG_BYTES || sealed[0] !== FORMAT) return null;
    return Buffer.from(sealed.buffer, sealed.byteOffset + 1, KEY_ID_BYTES).toString('hex');
  }

  /** In the order of the file. */
  get keyIds(): readonly string[] {
    return [...this.#keys.keys()];
  }

  get sealingKeyId(): string {
    return this.#active.id;
  }

  /** New values are sealed with this key from now on. @throws UnknownKey */
  sealWith(keyId: string): void {
    if (keyId === this.#active.id) return;
    const key = this.#find(keyId);
    if (!key) throw new UnknownKey(keyId);
    this.#active = key;
  }

  /** Takes up keys that were added. @returns how many @throws KeyringError: the keys that are known stay */
  refresh(): number {
    return this.#learn(this.#source());
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
    const id = Keyring.keyIdOf(sealed);
    if (id === null) throw new SealBroken(place, 'unknown format');
    const key = this.#find(id);
    if (!key) throw new SealBroken(place, `the keyring has no key ${id}`);
    const nonce = sealed.subarray(HEADER_BYTES, HEADER_BYTES + NONCE_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', key.bytes, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(associatedData(place, id));
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
    try {
      const plain = decipher.update(sealed.subarray(HEADER_BYTES + NONCE_BYTES, sealed.length - TAG_BYTES));
      // Throws where the tag does not fit; of a stream cipher it gives nothing more.
      decipher.final();
      return plain;
    } catch {
      throw new SealBroken(place, 'it was changed, or moved from another place');
    }
  }

  #find(id: string): KeyringKey | null {
    const known = this.#keys.get(id);
    if (known) return known;
    const now = performance.now();
    if (now - this.#askedAt < ASK_AGAIN_MS) return null;
    this.#askedAt = now;
    try {
      this.refresh();
    } catch {
      // The key stays unknown; whoever needs it says so.
    }
    return this.#keys.get(id) ?? null;
  }

  #learn(keys: readonly KeyringKey[]): number {
    const fresh = keys.filter(({ id }) => !this.#keys.has(id));
    for (const key of fresh) this.#keys.set(key.id, key);
    return fresh.length;
  }
}

// Lengths in front: no two places have one encoding.
function associatedData({ table, row, column }: SealedPlace, keyId: string): Buffer {
  return Buffer.from(
    `${Buffer.byteLength(table)}:${table}${Buffer.byteLength(row)}:${row}` +
      `${Buffer.byteLength(column)}:${column}${Buffer.byteLength(keyId)}:${keyId}`,
    'utf8',
  );
}
