import {
  type KeyObject,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  randomBytes,
} from 'node:crypto';

import { Keyring, SealBroken, type SealedPlace } from '../keyring/keyring.js';
import type { Queryable } from './database.js';
import { AuditSigner } from './lanes/audit-signer.js';

/** The keyring does not open what this database holds. */
export class KeyringMismatch extends Error {
  constructor(options?: ErrorOptions) {
    super(
      'the keyring does not fit this database: start with the keyring that the database was initialised with ' +
        '(TWINLOCK_KEYRING_FILE); nothing was written',
      options,
    );
  }
}

const CANARY_TEXT = 'twinlock';
const JWT_KEY_BYTES = 32;

/** Keys that all nodes share: sealed in the database, opened with each node's keyring. */
export interface InstallationKeys {
  readonly jwt: KeyObject;
  readonly audit: AuditSigner;
}

/** Makes the keys of an empty database, and the canary that tells later whether a keyring fits. */
export async function createInstallationKeys(database: Queryable, keyring: Keyring): Promise<void> {
  const audit = generateKeyPairSync('ed25519');
  await insert(database, keyring, 'canary', Buffer.from(CANARY_TEXT), null);
  await insert(database, keyring, 'jwt', randomBytes(JWT_KEY_BYTES), null);
  await insert(
    database,
    keyring,
    'audit',
    audit.privateKey.export({ format: 'der', type: 'pkcs8' }),
    audit.publicKey.export({ format: 'der', type: 'spki' }),
  );
}

/**
 * New values are sealed from now on with the key that the canary is sealed with: the same on every node.
 * @throws UnknownKey
 */
export async function followSealingKey(database: Queryable, keyring: Keyring): Promise<void> {
  keyring.sealWith(await sealingKeyOf(database));
}

/** The id of the key that every node of this database seals with. */
export async function sealingKeyOf(database: Queryable): Promise<string> {
  const { rows } = await database.query<{ sealed: Buffer }>(
    "SELECT sealed FROM secret WHERE name = 'canary'",
  );
  const keyId = rows[0] && Keyring.keyIdOf(rows[0].sealed);
  if (!keyId) throw new Error('the database holds no canary');
  return keyId;
}

/** From the next look on, every node follows the key that this keyring seals with. */
export async function resealCanary(database: Queryable, keyring: Keyring): Promise<void> {
  await database.query("UPDATE secret SET sealed = $1 WHERE name = 'canary'", [
    sealedSecret(keyring, 'canary', Buffer.from(CANARY_TEXT)),
  ]);
}

/** Every session of an administrator is over with it. */
export async function replaceJwtKey(database: Queryable, keyring: Keyring): Promise<void> {
  await database.query("UPDATE secret SET sealed = $1 WHERE name = 'jwt'", [
    sealedSecret(keyring, 'jwt', randomBytes(JWT_KEY_BYTES)),
  ]);
}

/** @throws KeyringMismatch when the canary does not open */
export async function checkCanary(database: Queryable, keyring: Keyring): Promise<void> {
  let text: string;
  try {
    text = (await open(database, keyring, 'canary')).toString('utf8');
  } catch (error) {
    throw error instanceof KeyringMismatch ? error : new KeyringMismatch({ cause: error });
  }
  if (text !== CANARY_TEXT) throw new KeyringMismatch();
}

/** @throws KeyringMismatch where a rotation is not over, and the keyring lacks the older key */
export async function openInstallationKeys(database: Queryable, keyring: Keyring): Promise<InstallationKeys> {
  const jwt = createSecretKey(await open(database, keyring, 'jwt'));
  const privateKey = createPrivateKey({
    key: await open(database, keyring, 'audit'),
    format: 'der',
    type: 'pkcs8',
  });
  // The public key comes out of the sealed one: the one in the table is for exports, and trusted by nobody.
  return { jwt, audit: new AuditSigner(privateKey, createPublicKey(privateKey)) };
}

async function insert(
  database: Queryable,
  keyring: Keyring,
  name: string,
  plain: Buffer,
  publicKey: Buffer | null,
): Promise<void> {
  await database.query('INSERT INTO secret (name, sealed, public_key) VALUES ($1, $2, $3)', [
    name,
    sealedSecret(keyring, name, plain),
    publicKey,
  ]);
}

async function open(database: Queryable, keyring: Keyring, name: string): Promise<Buffer> {
  const plain = await secretRow(database, keyring, name).catch((error: unknown) => {
    throw error instanceof SealBroken ? new KeyringMismatch({ cause: error }) : error;
  });
  if (!plain) throw new Error(`the database holds no key '${name}'`);
  return plain;
}

/** What a row of table `secret` has under its seal; `null`: there is no such row. */
export async function secretRow(database: Queryable, keyring: Keyring, name: string): Promise<Buffer | null> {
  const { rows } = await database.query<{ sealed: Buffer }>('SELECT sealed FROM secret WHERE name = $1', [
    name,
  ]);
  const [row] = rows;
  return row ? keyring.open(place(name), row.sealed) : null;
}

export function sealedSecret(keyring: Keyring, name: string, plain: Uint8Array): Buffer {
  return keyring.seal(place(name), plain);
}

function place(name: string): SealedPlace {
  return { table: 'secret', row: name, column: 'sealed' };
}
