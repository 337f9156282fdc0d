import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { chown, link, mkdir, open, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

import { Keyring, type KeyringKey } from './keyring.js';

/** The keyring cannot be used; the message says what to do. */
export class KeyringError extends Error {}

interface KeyringFile {
  readonly version: 1;
  readonly keys: readonly { readonly id: string; readonly key: string }[];
}

/**
 * Reads the keyring file: JSON `{"version":1,"keys":[{"id","key"}]}`, keys in base64. The first one seals in an empty database; later
 * the database says which one does. The keyring takes up keys that the file gets.
 * @returns `null` when there is no such file @throws KeyringError
 */
export async function readKeyring(path: string): Promise<Keyring | null> {
  const keys = keysIn(path);
  return keys && new Keyring(keys, () => keysIn(path) ?? missing(path));
}

/** Synchronous: a value that needs a new key is opened in the midst of a decision. */
function keysIn(path: string): KeyringKey[] | null {
  let text: string;
  let mode: number;
  try {
    text = readFileSync(path, 'utf8');
    ({ mode } = statSync(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new KeyringError(`the keyring ${path} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
  if ((mode & 0o077) !== 0) {
    throw new KeyringError(`the keyring ${path} may be read by others: its mode must be 0600 or 0400`);
  }
  return parse(path, text);
}

function missing(path: string): never {
  throw new KeyringError(`there is no keyring at ${path}`);
}

/** Makes a keyring file (mode 0600) that did not exist; of several that try at once one wins and all read its keys. */
export async function createKeyring(path: string): Promise<Keyring> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = await draftOf(path, [Keyring.generate()], 0o600);
  try {
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await unlink(draft);
  }
  const keyring = await readKeyring(path);
  if (!keyring) throw new KeyringError(`the keyring ${path} vanished`);
  return keyring;
}

/** Adds a new key behind the others: it opens values, and seals none yet. @returns its id @throws KeyringError */
export async function addKey(path: string): Promise<string> {
  const key = Keyring.generate();
  await rewrite(path, (keys) => [...keys, key]);
  return key.id;
}

/** Takes keys out of the file; one stays at least. @throws KeyringError */
export async function removeKeys(path: string, keyIds: ReadonlySet<string>): Promise<void> {
  await rewrite(path, (keys) => keys.filter(({ id }) => !keyIds.has(id)));
}

async function rewrite(
  path: string,
  change: (keys: readonly KeyringKey[]) => readonly KeyringKey[],
): Promise<void> {
  const keys = change(keysIn(path) ?? missing(path));
  if (keys.length === 0) throw new KeyringError(`the keyring ${path} must keep a key`);
  try {
    const { mode, uid, gid } = await stat(path);
    const draft = await draftOf(path, keys, mode & 0o777);
    try {
      // Whoever runs the server must be able to read it afterwards, too.
      if (uid !== process.geteuid?.()) await chown(draft, uid, gid);
      await rename(draft, path);
    } catch (error) {
      await unlink(draft).catch(() => undefined);
      throw error;
    }
    const folder = await open(dirname(path));
    await folder.sync().finally(() => folder.close());
  } catch (error) {
    throw new KeyringError(`the keyring ${path} cannot be written: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Written whole and flushed before it appears under its name: half a keyring would lock everybody out. */
async function draftOf(path: string, keys: readonly KeyringKey[], mode: number): Promise<string> {
  const content: KeyringFile = {
    version: 1,
    keys: keys.map(({ id, bytes }) => ({ id, key: Buffer.from(bytes).toString('base64') })),
  };
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(draft, 'wx', mode);
  try {
    await file.writeFile(`${JSON.stringify(content, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  return draft;
}

function parse(path: string, text: string): KeyringKey[] {
  try {
    const file = JSON.parse(text) as KeyringFile;
    const keys = file.keys.map(({ id, key }) => ({ id, bytes: Buffer.from(key, 'base64') }));
    const isSound = keys.every(({ id, bytes }) => /^[0-9a-f]{8}$/.test(id) && bytes.length === 32);
    const areDistinct = new Set(keys.map(({ id }) => id)).size === keys.length;
    if (file.version === 1 && keys.length > 0 && isSound && areDistinct) return keys;
  } catch {
    // said below, without the content
  }
  throw new KeyringError(
    `the keyring ${path} is damaged: it is not a version 1 keyring of 32-byte keys, each with an id of its own`,
  );
}
