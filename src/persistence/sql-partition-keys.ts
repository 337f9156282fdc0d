import { randomBytes } from 'node:crypto';

import { KEY_BYTES, PartitionKey } from '@app/otp';
import { PartitionKeys } from '@app/tokens';

import type { Keyring } from '../keyring/keyring.js';
import { type Queryable, asUnavailable } from './database.js';
import { sealedSecret, secretRow } from './installation-keys.js';

/** Kept in memory once they are known: there are few, and none ever changes. */
export class SqlPartitionKeys extends PartitionKeys {
  readonly #known = new Map<number, PartitionKey>();

  constructor(
    private readonly database: Queryable,
    private readonly keyring: Keyring,
  ) {
    super();
  }

  async find(partition: number): Promise<PartitionKey | null> {
    const known = this.#known.get(partition);
    if (known) return known;
    const seed = await this.#asked(secretRow(this.database, this.keyring, nameOf(partition)));
    if (!seed) return null;
    const key = new PartitionKey(partition, seed);
    this.#known.set(partition, key);
    return key;
  }

  async make(partition: number): Promise<PartitionKey> {
    const known = await this.find(partition);
    if (known) return known;
    await this.#asked(insertPartitionKey(this.database, this.keyring, partition));
    const made = await this.find(partition);
    if (!made) throw new Error(`the key of partition ${partition} is not there`);
    return made;
  }

  async #asked<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      throw asUnavailable(error);
    }
  }
}

/** Where there is none: whoever is first makes it. */
export async function insertPartitionKey(
  database: Queryable,
  keyring: Keyring,
  partition: number,
): Promise<void> {
  const seed = randomBytes(KEY_BYTES);
  const { publicKey } = new PartitionKey(partition, seed);
  const name = nameOf(partition);
  await database.query(
    'INSERT INTO secret (name, sealed, public_key) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING',
    [name, sealedSecret(keyring, name, seed), publicKey],
  );
}

function nameOf(partition: number): string {
  return `partition ${partition}`;
}
