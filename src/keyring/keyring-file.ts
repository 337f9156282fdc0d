import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

import { Keyring, type KeyringKey } from './keyring.js';

/** The keyring cannot be used; the message says what to do. */
export class KeyringError extends Error {}

interface KeyringFile {
  readonly version: 1;
  readonly keys: readonly { readonly id: string; readonly key: string }[];
}

/**
 * Reads the keyring file: JSON `{"version":1,"keys":[{"id","key"}]}`, keys in base64, the first one seals.
 * @returns `null` when there is no such file @throws KeyringError
 */
export async function readKeyring(path: string): Promise<Keyring | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new KeyringError(`the keyring ${path} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0) {
    throw new KeyringError(`the keyring ${path} may be read by others: its mode must be 0600 or 0400`);
  }
  return new Keyring(parse(path, text));
}

/** Makes a keyring file (mode 0600) that did not exist; of several that try at once one wins and all read its keys. */
export async function createKeyring(path: string): Promise<Keyring> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const key = Keyring.generate();
  const content: KeyringFile = {
    version: 1,
    keys: [{ id: key.id, key: Buffer.from(key.bytes).toString('base64') }],
  };
  // Written whole and flushed before it appears under its name: half a keyring would lock everybody out.
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(content, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
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

function parse(path: string, text: string): KeyringKey[] {
  try {
    const file = JSON.parse(text) as KeyringFile;
    const keys = file.keys.map(({ id, key }) => ({ id, bytes: Buffer.from(key, 'base64') }));
    const isSound = keys.every(({ id, bytes }) => /^[0-9a-f]{8}$/.test(id) && bytes.length === 32);
    if (file.version === 1 && keys.length > 0 && isSound) return keys;
  } catch {
    // said below, without the content
  }
  throw new KeyringError(`the keyring ${path} is damaged: it is not a version 1 keyring of 32-byte keys`);
}
