import { createDecipheriv, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

import { base64, shown, wholeNumber } from '../../file-values.js';
import { type FileProtection, Unreadable } from '../../token-file.js';
import { childOf, textAt, type XmlElement } from '../../xml/child-elements.js';

const derive = promisify(pbkdf2);

const BLOCK_BYTES = 16;
const KEY_BYTES = [16, 24, 32];
// More takes seconds, and a file must not decide how many.
const MOST_ITERATIONS = 2_000_000;
const MOST_SALT_BYTES = 1_024;
const PASSWORD = /^[\x20-\x7e]{6,64}$/;
const MAC_HASHES: ReadonlyMap<string, string> = new Map([
  ['hmac-sha1', 'sha1'],
  ['hmac-sha256', 'sha256'],
]);

/** Opens the values of a container whose keys are encrypted. */
export interface ContainerKey {
  /** @param serial for the refusal @throws Unreadable where the MAC, which is checked first, does not fit */
  open(encrypted: XmlElement, valueMac: string, serial: string): Buffer;
}

/**
 * The key by which the values of a container are encrypted (RFC 6030 §6).
 *
 * @param macMethod absent: the container has none, and no value can be opened
 * @throws Unreadable
 */
export async function containerKey(
  encryptionKey: XmlElement,
  macMethod: XmlElement | undefined,
  protection: FileProtection,
): Promise<ContainerKey> {
  const key = await keyOf(encryptionKey, protection);
  const mac = macMethod && macOf(macMethod, key);
  return {
    open(encrypted, valueMac, serial) {
      if (!mac) throw new Unreadable('there is no MACMethod: encrypted values cannot be trusted without one');
      const cipherValue = cipherValueOf(encrypted);
      const given = base64(`the ValueMAC of ${shown(serial)}`, valueMac);
      const computed = createHmac(mac.hash, mac.key).update(cipherValue).digest();
      if (given.length !== computed.length || !timingSafeEqual(given, computed)) {
        throw new Unreadable(
          `The MAC value for ${shown(serial)} does not fit. The HMAC secrets could be compromised!`,
        );
      }
      return decrypted(encrypted, key);
    },
  };
}

async function keyOf(encryptionKey: XmlElement, protection: FileProtection): Promise<Buffer> {
  const [kind] = encryptionKey.children;
  switch (kind?.name) {
    case 'KeyName': {
      if (protection.kind !== 'key') {
        throw new Unreadable('the file is encrypted with a pre-shared key: import it as pskc_type key');
      }
      return protection.key.use((bytes) => Buffer.from(bytes));
    }
    case 'DerivedKey': {
      if (protection.kind !== 'password') {
        throw new Unreadable('the file is encrypted with a password: import it as pskc_type password');
      }
      return derivedKey(kind, protection);
    }
    default:
      throw new Unreadable(`an EncryptionKey with ${shown(kind?.name ?? 'nothing')} in it is not supported`);
  }
}

async function derivedKey(
  derived: XmlElement,
  { password }: FileProtection & { kind: 'password' },
): Promise<Buffer> {
  const method = childOf(derived, 'KeyDerivationMethod');
  const algorithm = method?.attributes.get('Algorithm') ?? '';
  if (!algorithm.endsWith('#pbkdf2')) {
    throw new Unreadable(`We do not support key derivation method ${shown(algorithm)}`);
  }
  const parameters = childOf(method, 'PBKDF2-params');
  const random = childOf(parameters, 'PRF')?.attributes.get('Algorithm') ?? '';
  if (random !== '' && !random.endsWith('hmac-sha1')) {
    throw new Unreadable(`We do not support the PRF ${shown(random)}`);
  }
  const salt = base64('the salt', textAt(parameters, 'Salt', 'Specified'));
  if (salt.length === 0 || salt.length > MOST_SALT_BYTES) {
    throw new Unreadable(`the salt must have 1 to ${MOST_SALT_BYTES} bytes`);
  }
  const iterations = wholeNumber('IterationCount', textAt(parameters, 'IterationCount'), 1, MOST_ITERATIONS);
  const length = Number(textAt(parameters, 'KeyLength') || BLOCK_BYTES);
  if (!KEY_BYTES.includes(length)) throw new Unreadable('KeyLength must be 16, 24 or 32');
  const text = password.use((bytes) => Buffer.from(bytes).toString('utf8'));
  if (!PASSWORD.test(text)) {
    throw new Unreadable(
      'You must provide a password that is longer than 5 characters and up to 64 characters long.',
    );
  }
  return derive(text, salt, iterations, length, 'sha1');
}

/** Without a MACKey the key of the container is the MAC's, too (RFC 6030 §6.1.1). */
function macOf(method: XmlElement, key: Buffer): { hash: string; key: Buffer } {
  const algorithm = method.attributes.get('Algorithm') ?? '';
  const hash = MAC_HASHES.get(algorithm.slice(algorithm.lastIndexOf('#') + 1));
  if (hash === undefined) throw new Unreadable(`The method ${shown(algorithm)} is not supported`);
  const macKey = childOf(method, 'MACKey');
  return { hash, key: macKey ? decrypted(macKey, key) : key };
}

function cipherValueOf(encrypted: XmlElement): Buffer {
  const value = base64('the CipherValue', textAt(encrypted, 'CipherData', 'CipherValue'));
  if (value.length < 2 * BLOCK_BYTES || value.length % BLOCK_BYTES !== 0) {
    throw new Unreadable('the CipherValue is no IV with blocks after it');
  }
  return value;
}

/** IV, then blocks (XML Encryption §5.2). */
function decrypted(encrypted: XmlElement, key: Buffer): Buffer {
  const algorithm = childOf(encrypted, 'EncryptionMethod')?.attributes.get('Algorithm') ?? '';
  if (!algorithm.endsWith(`#aes${key.length * 8}-cbc`)) {
    throw new Unreadable(
      /#aes(128|192|256)-cbc$/.test(algorithm)
        ? `The key of ${key.length * 8} bits is not one for ${shown(algorithm)}`
        : `The algorithm ${shown(algorithm)} is not supported`,
    );
  }
  const value = cipherValueOf(encrypted);
  const decipher = createDecipheriv(`aes-${key.length * 8}-cbc`, key, value.subarray(0, BLOCK_BYTES));
  decipher.setAutoPadding(false);
  return unpadded(Buffer.concat([decipher.update(value.subarray(BLOCK_BYTES)), decipher.final()]));
}

/** Some write PKCS#7, some none where the length fits (spec/token-types §22.4). */
function unpadded(bytes: Buffer): Buffer {
  const count = bytes.at(-1) ?? 0;
  const isPadded =
    count >= 1 && count <= BLOCK_BYTES && bytes.subarray(-count).every((byte) => byte === count);
  return isPadded ? bytes.subarray(0, -count) : bytes;
}
