import type { Secret } from '@app/kernel';
import type { OtpHash } from '@app/otp';

import {
  base64,
  counterValue,
  fileToken,
  otpDigits,
  seedBytes,
  shown,
  timeStep,
  typeNamed,
  USUAL_DIGITS,
} from '../../file-values.js';
import {
  type FileItem,
  type FileToken,
  itemOf,
  type LineNote,
  NOTHING,
  problemOf,
  type TokenFileFormat,
  type TokenFileOptions,
  Unreadable,
} from '../../token-file.js';
import { childElements, childOf, textAt, type XmlElement } from '../../xml/child-elements.js';
import { type ContainerKey, containerKey } from './container-key.js';

/** How the two dialects of key containers differ. */
interface Dialect {
  /** The element of one key. */
  readonly entry: 'KeyPackage' | 'Device';
  readonly isEncryptable: boolean;
}

/** RFC 6030: plain, with a pre-shared key, with a password (spec/token-types §22.4). */
export const pskc: TokenFileFormat = {
  name: 'pskc',
  parse: (text, options) => containerItems(text, options, { entry: 'KeyPackage', isEncryptable: true }),
};

/** What Feitian delivers: an older draft of the same. */
export const feitian: TokenFileFormat = {
  name: 'feitian',
  parse: (text, options) => containerItems(text, options, { entry: 'Device', isEncryptable: false }),
};

/** Four letters or digits, eight hexadecimal digits. */
const CHECKED_SERIAL = /^[A-Za-z0-9]{4}[0-9A-Fa-f]{8}$/;

const SUITES: ReadonlyMap<string, OtpHash> = new Map([
  ['', 'sha1'],
  ['HMAC-SHA1', 'sha1'],
  ['HMAC-SHA256', 'sha256'],
  ['HMAC-SHA512', 'sha512'],
]);

async function* containerItems(
  text: string,
  options: TokenFileOptions,
  dialect: Dialect,
): AsyncGenerator<FileItem> {
  let namespace = '';
  const elements = childElements(text, (root) => {
    if (root.name.toLowerCase() !== 'keycontainer') throw new Unreadable('No toplevel element KeyContainer');
    namespace = root.namespace;
  });
  const header = new Map<string, XmlElement>();
  let key: ContainerKey | null = null;
  let hasEntries = false;
  for (const element of elements) {
    if (!element) {
      yield NOTHING;
      continue;
    }
    const { name, line } = element;
    if (name === 'EncryptionKey' || name === 'MACMethod') {
      // RFC 6030 §4 has them before the keys, once.
      if (hasEntries || header.has(name)) {
        yield { kind: 'problem', line, reason: `${name} is out of its place` };
        return;
      }
      header.set(name, element);
      continue;
    }
    if (name !== dialect.entry) continue;
    if (element.namespace !== namespace) {
      yield { kind: 'skipped', line, reason: `the ${name} is of another namespace than the container` };
      continue;
    }
    const encryptionKey = header.get('EncryptionKey');
    if (!hasEntries && encryptionKey && dialect.isEncryptable) {
      try {
        key = await containerKey(encryptionKey, header.get('MACMethod'), options.protection);
      } catch (error) {
        yield problemOf(encryptionKey.line, error);
        return;
      }
    }
    hasEntries = true;
    yield* entryItems(element, key, options, dialect);
  }
  if (!hasEntries) {
    yield { kind: 'problem', line: null, reason: `No element ${dialect.entry} contained!` };
  }
}

function* entryItems(
  entry: XmlElement,
  container: ContainerKey | null,
  options: TokenFileOptions,
  dialect: Dialect,
): Generator<FileItem> {
  const { line } = entry;
  yield itemOf(line, () => tokenOf(entry, container, options, dialect));
  if (childOf(entry, 'Key', 'Policy')) {
    yield { kind: 'skipped', line, reason: 'the Policy of the key, which is not imported' };
  }
}

function tokenOf(
  entry: XmlElement,
  container: ContainerKey | null,
  { checksSerials }: TokenFileOptions,
  dialect: Dialect,
): FileToken | LineNote {
  const { line } = entry;
  const [key, another] = entry.children.filter(({ name }) => name === 'Key');
  if (!key) throw new Unreadable(`there is no Key in the ${dialect.entry}`);
  if (another) throw new Unreadable(`there are several Keys in the ${dialect.entry}`);
  const serial = serialOf(entry, key, dialect);
  if (serial === '') throw new Unreadable('there is no serial number');
  if (checksSerials && dialect.entry === 'KeyPackage' && !CHECKED_SERIAL.test(serial)) {
    return {
      line,
      reason: `the serial ${shown(serial)} is none of four letters or digits and eight hex digits`,
    };
  }
  const type = typeNamed(algorithmOf(key, dialect).replace(/^ocra$/, 'ocra2'));
  const isTimed = type === 'totp';
  const data = childOf(key, 'Data');
  return fileToken({
    line,
    serial,
    type,
    seed: secretOf(childOf(data, 'Secret'), container, serial),
    ...(type === 'ocra2' ? { ocraSuite: suiteOf(key) } : formatOf(key)),
    ...(isTimed && { stepSeconds: timeStep('TimeInterval', plainValue(data, 'TimeInterval') || '30') }),
    ...(!isTimed && { counter: counterValue('Counter', plainValue(data, 'Counter') || '0') }),
  });
}

function serialOf(entry: XmlElement, key: XmlElement, { entry: name }: Dialect): string {
  if (name === 'Device') return key.attributes.get('KeyId')?.trim() ?? '';
  return textAt(entry, 'DeviceInfo', 'SerialNo') || (key.attributes.get('Id')?.trim() ?? '');
}

function algorithmOf({ attributes }: XmlElement, dialect: Dialect): string {
  const urn = attributes.get('Algorithm') ?? '';
  const url = attributes.get('KeyAlgorithm') ?? '';
  const name = (
    urn === '' ? url.slice(url.lastIndexOf('#') + 1) : urn.slice(urn.lastIndexOf(':') + 1)
  ).toLowerCase();
  if (!['hotp', 'totp', 'ocra'].includes(name)) {
    throw new Unreadable(`the algorithm '${shown(urn || url)}' of the ${dialect.entry} is not supported`);
  }
  return name;
}

/** It says all of the format (RFC 6287 §6). */
function suiteOf(key: XmlElement): string {
  const suite = textAt(key, 'AlgorithmParameters', 'Suite');
  if (suite === '') throw new Unreadable('there is no OCRA suite');
  return suite;
}

function formatOf(key: XmlElement): Pick<FileToken, 'digits' | 'hash'> {
  const parameters = childOf(key, 'AlgorithmParameters');
  if (!parameters) throw new Unreadable('there are no AlgorithmParameters');
  const suite = textAt(parameters, 'Suite');
  const hash = SUITES.get(suite.toUpperCase());
  if (!hash) throw new Unreadable(`the Suite '${shown(suite)}' is not supported`);
  const { attributes } = childOf(parameters, 'ResponseFormat') ?? { attributes: new Map<string, string>() };
  const encoding = attributes.get('Encoding') ?? 'DECIMAL';
  if (encoding.toUpperCase() !== 'DECIMAL')
    throw new Unreadable(`the Encoding '${shown(encoding)}' is not supported`);
  // The device shows a digit more than RFC 4226 computes.
  if (/^(true|1)$/i.test(attributes.get('CheckDigits') ?? attributes.get('CheckDigit') ?? '')) {
    throw new Unreadable('check digits are not supported');
  }
  return { digits: otpDigits('Length', attributes.get('Length') ?? String(USUAL_DIGITS)), hash };
}

function secretOf(secret: XmlElement | undefined, container: ContainerKey | null, serial: string): Secret {
  const encrypted = childOf(secret, 'EncryptedValue');
  const plain = childOf(secret, 'PlainValue');
  if (encrypted && plain) throw new Unreadable('the Secret is both plain and encrypted');
  if (plain) return seedBytes(base64('the PlainValue of the Secret', plain.text));
  if (!encrypted) throw new Unreadable('there is no Secret');
  if (!container) throw new Unreadable('the Secret is encrypted, and the file names no key');
  return seedBytes(container.open(encrypted, textAt(secret, 'ValueMAC'), serial));
}

function plainValue(data: XmlElement | undefined, name: string): string {
  const element = childOf(data, name);
  if (childOf(element, 'EncryptedValue')) throw new Unreadable(`an encrypted ${name} is not supported`);
  return textAt(element, 'PlainValue');
}
