import { type KeyObject, createPublicKey, hash, verify } from 'node:crypto';

import { Invalid } from '@app/kernel';

import type { SignatureCheck } from './lane-verifier.js';

/** A key that verifies the trail, and by what it is named. */
export interface AuditKey {
  readonly id: string;
  readonly key: KeyObject;
}

const KEYS_FORMAT = 'twinlock-audit-keys-1';
const ID_LENGTH = 16;
const PEM = /-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g;

/** The first 16 hexadecimal digits of the SHA-256 of the key (SubjectPublicKeyInfo, DER). */
export function keyId(key: KeyObject): string {
  return hash('sha256', key.export({ format: 'der', type: 'spki' }), 'hex').slice(0, ID_LENGTH);
}

/** The export of public keys (docs/audit.md, "Public keys"). */
export function formatPublicKeys(keys: readonly AuditKey[]): string {
  const exported = keys.map(({ id, key }) => ({
    id,
    algorithm: 'ed25519',
    publicKey: key.export({ format: 'pem', type: 'spki' }),
  }));
  return `${JSON.stringify({ format: KEYS_FORMAT, keys: exported }, null, 2)}\n`;
}

/**
 * Reads such an export, or public keys in PEM one behind the other.
 * @throws Invalid
 */
export function parsePublicKeys(text: string): AuditKey[] {
  const keys = pemTexts(text).map((pem) => {
    try {
      return createPublicKey(pem);
    } catch (cause) {
      throw new Invalid('public keys', 'one of the public keys cannot be read', { cause });
    }
  });
  if (keys.length === 0) throw new Invalid('public keys', 'there is no public key in it');
  if (keys.some(({ asymmetricKeyType }) => asymmetricKeyType !== 'ed25519')) {
    throw new Invalid('public keys', 'the trail is signed with Ed25519: one of the keys is of another kind');
  }
  return keys.map((key) => ({ id: keyId(key), key }));
}

/** Whether any of the keys signed. */
export function signedByAnyOf(keys: readonly AuditKey[]): SignatureCheck {
  return (message, signature) => keys.some(({ key }) => verify(null, message, key, signature));
}

function pemTexts(text: string): string[] {
  if (!text.trimStart().startsWith('{')) return text.match(PEM) ?? [];
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw new Invalid('public keys', 'the file of public keys is no JSON', { cause });
  }
  const { format, keys } = content as { format?: unknown; keys?: unknown };
  if (format !== KEYS_FORMAT || !Array.isArray(keys)) {
    throw new Invalid('public keys', `the file of public keys is not of the format ${KEYS_FORMAT}`);
  }
  return keys.flatMap(({ publicKey }: { publicKey?: unknown }) =>
    typeof publicKey === 'string' ? (publicKey.match(PEM) ?? []) : [],
  );
}
