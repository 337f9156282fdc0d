import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { createGunzip, createGzip } from 'node:zlib';

import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';

import { UnusableBackup } from './backup-format.js';

/** Who can open a backup. */
export type Sealing =
  | { readonly kind: 'passphrase'; readonly passphrase: string }
  /** Public keys (`age1…`): each of their owners can. */
  | { readonly kind: 'recipients'; readonly recipients: readonly string[] };

/** By what a backup is opened. */
export type Opening =
  | { readonly kind: 'passphrase'; readonly passphrase: string }
  /** Secret keys (`AGE-SECRET-KEY-1…`), any of which may fit. */
  | { readonly kind: 'identities'; readonly identities: readonly string[] };

/** A public key, or a secret one, is none. */
export class UnusableKey extends Error {}

// Seeds do not get smaller, but half of the digits of hexadecimal text do.
const COMPRESSION = { level: 1 };

/**
 * The bytes compressed (gzip), then encrypted in the format of age (https://age-encryption.org/v1), which authenticates every piece
 * and the end.
 * @throws UnusableKey
 */
export async function encrypted(source: AsyncIterable<Buffer>, sealing: Sealing): Promise<Readable> {
  const encrypter = new Encrypter();
  if (sealing.kind === 'passphrase') encrypter.setPassphrase(sealing.passphrase);
  else {
    for (const recipient of sealing.recipients) {
      usable(`${recipient} is no public key of age`, () => encrypter.addRecipient(recipient));
    }
  }
  const plain = Readable.from(source, { objectMode: false });
  const compressed = plain.pipe(createGzip(COMPRESSION));
  plain.on('error', (error) => compressed.destroy(error));
  return fromWeb(await encrypter.encrypt(toWeb(compressed)));
}

/**
 * The bytes that were encrypted. Reading them fails where a byte was changed or the end is missing.
 * @throws UnusableBackup for another passphrase or key, UnusableKey
 */
export async function decrypted(source: Readable, opening: Opening): Promise<AsyncIterable<Buffer>> {
  const decrypter = new Decrypter();
  if (opening.kind === 'passphrase') decrypter.addPassphrase(opening.passphrase);
  else {
    for (const identity of opening.identities) {
      usable('a line is no secret key of age', () => decrypter.addIdentity(identity));
    }
  }
  let opened: Readable;
  try {
    opened = fromWeb(await decrypter.decrypt(toWeb(source)));
  } catch (error) {
    const what = opening.kind === 'passphrase' ? 'the passphrase' : 'the key';
    throw new UnusableBackup(`it does not open: ${what} is wrong, or it is no backup, or it was altered`, {
      cause: error,
    });
  }
  return decompressed(opened);
}

/** A new secret key, and the public key that belongs to it. */
export async function newIdentity(): Promise<{ readonly identity: string; readonly recipient: string }> {
  const identity = await generateX25519Identity();
  return { identity, recipient: await identityToRecipient(identity) };
}

async function* decompressed(opened: Readable): AsyncGenerator<Buffer> {
  const plain = opened.pipe(createGunzip());
  opened.on('error', (error) => plain.destroy(error));
  try {
    for await (const chunk of plain) yield chunk as Buffer;
  } catch (error) {
    throw new UnusableBackup('it was altered, or it is not whole', { cause: error });
  }
}

function usable(what: string, add: () => void): void {
  try {
    add();
  } catch (error) {
    throw new UnusableKey(what, { cause: error });
  }
}

// Node has these types twice: its own, and those of browsers that the library is written for.
function toWeb(stream: Readable): globalThis.ReadableStream<Uint8Array> {
  return Readable.toWeb(stream) as unknown as globalThis.ReadableStream<Uint8Array>;
}

function fromWeb(stream: globalThis.ReadableStream<Uint8Array>): Readable {
  return Readable.fromWeb(stream as unknown as ReadableStream);
}
