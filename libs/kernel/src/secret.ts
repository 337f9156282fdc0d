import { timingSafeEqual } from 'node:crypto';

/**
 * Raw key material that cannot be printed by accident: JSON, template strings and `console.log` show a placeholder.
 * The bytes may be opened late (a sealed column is decrypted at the first use only).
 */
export class Secret {
  readonly #open: () => Uint8Array;
  #bytes: Uint8Array | undefined;

  private constructor(open: () => Uint8Array) {
    this.#open = open;
  }

  static of(bytes: Uint8Array): Secret {
    return new Secret(() => bytes);
  }

  static fromText(text: string): Secret {
    return Secret.of(Buffer.from(text, 'utf8'));
  }

  /** @param open gives the bytes; called once, at the first use; what it throws reaches the user of the secret */
  static sealed(open: () => Uint8Array): Secret {
    return new Secret(open);
  }

  use<T>(work: (bytes: Uint8Array) => T): T {
    this.#bytes ??= this.#open();
    return work(this.#bytes);
  }

  equals(other: Secret): boolean {
    return this.use((mine) =>
      other.use((theirs) => mine.length === theirs.length && timingSafeEqual(mine, theirs)),
    );
  }

  toJSON(): string {
    return '[secret]';
  }

  toString(): string {
    return '[secret]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]';
  }
}
