import { createHash } from 'node:crypto';

const ALGORITHMS: Readonly<Record<string, string>> = { MD5: 'md5', 'SHA-256': 'sha256' };
const PARAMETER = /([a-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/gi;

interface Asked {
  readonly method: string;
  /** The request target. */
  readonly uri: string;
  readonly user: string;
  readonly password: string;
  /** A client nonce that nobody can foretell. */
  readonly cnonce: string;
}

/**
 * The value of Authorization that answers a Digest challenge (RFC 7616 §3.4).
 *
 * @param challenge the value of WWW-Authenticate
 * @returns `null` when it is no challenge that can be answered
 */
export function digestCredentials(challenge: string, asked: Asked): string | null {
  const start = /(?:^|,)\s*Digest\s+/i.exec(challenge);
  if (!start) return null;
  const given = new Map<string, string>();
  for (const [, name = '', quoted, bare = ''] of challenge.slice(start.index).matchAll(PARAMETER)) {
    const key = name.toLowerCase();
    if (!given.has(key)) given.set(key, quoted?.replaceAll(/\\(.)/g, '$1') ?? bare);
  }
  const algorithm = (given.get('algorithm') ?? 'MD5').toUpperCase();
  const hash = Object.hasOwn(ALGORITHMS, algorithm) ? ALGORITHMS[algorithm] : undefined;
  const nonce = given.get('nonce');
  const realm = given.get('realm') ?? '';
  const qops = given.get('qop')?.split(/[\s,]+/);
  if (hash === undefined || nonce === undefined || (qops && !qops.includes('auth'))) return null;
  const digest = (text: string) => createHash(hash).update(text).digest('hex');
  const { user, password, method, uri, cnonce } = asked;
  const secret = digest(`${user}:${realm}:${password}`);
  const request = digest(`${method}:${uri}`);
  const count = '00000001';
  const response = digest(
    qops ? `${secret}:${nonce}:${count}:${cnonce}:auth:${request}` : `${secret}:${nonce}:${request}`,
  );
  const parts = [
    `username=${quotedString(user)}`,
    `realm=${quotedString(realm)}`,
    `nonce=${quotedString(nonce)}`,
    `uri=${quotedString(uri)}`,
    `algorithm=${algorithm}`,
    `response="${response}"`,
    ...(given.has('opaque') ? [`opaque=${quotedString(given.get('opaque') ?? '')}`] : []),
    ...(qops ? ['qop=auth', `nc=${count}`, `cnonce="${cnonce}"`] : []),
  ];
  return `Digest ${parts.join(', ')}`;
}

function quotedString(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}
