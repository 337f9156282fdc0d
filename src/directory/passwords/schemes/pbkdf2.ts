import { pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';

import { fromBase64 } from '../base64.js';
import { isSame } from '../is-same.js';
import type { PasswordScheme } from '../scheme.js';

const derive = promisify(pbkdf2);

/** Rounds cost less here than elsewhere; half a second or so. */
const MOST_ROUNDS = 2_000_000;
const ATLASSIAN = '{PKCS5S2}';
const ATLASSIAN_ROUNDS = 10_000;
const PASSLIB =
  /^\$pbkdf2(?<digest>-sha256|-sha512)?\$(?<rounds>[1-9]\d{0,6})\$(?<salt>[^$]*)\$(?<key>[^$]+)$/;

/** Atlassian's `{PKCS5S2}`: base64 of 16 bytes of salt and a key of 32 bytes (PBKDF2 with SHA-1, RFC 8018 §5.2). */
export const ATLASSIAN_PBKDF2: PasswordScheme = {
  identifies: (text) => text.startsWith(ATLASSIAN),
  async verify(text, password) {
    const bytes = fromBase64(text.slice(ATLASSIAN.length));
    if (bytes?.length !== 48) return false;
    const key = await derive(password, bytes.subarray(0, 16), ATLASSIAN_ROUNDS, 32, 'sha1');
    return isSame(bytes.subarray(16), key);
  },
};

/** passlib's `$pbkdf2$`, `$pbkdf2-sha256$`, `$pbkdf2-sha512$`: rounds, salt and key in base64 with `.` for `+`. */
export const PASSLIB_PBKDF2: PasswordScheme = {
  identifies: (text) => /^\$pbkdf2(-sha256|-sha512)?\$/.test(text),
  async verify(text, password) {
    const parts = PASSLIB.exec(text)?.groups;
    if (!parts) return false;
    const rounds = Number(parts['rounds']);
    const [salt, key] = [parts['salt'], parts['key']].map((part = '') =>
      fromBase64(part.replaceAll('.', '+')),
    );
    const digest = parts['digest']?.slice(1) ?? 'sha1';
    const keyBytes = { sha1: 20, sha256: 32, sha512: 64 }[digest];
    if (!salt || !key || key.length !== keyBytes || rounds > MOST_ROUNDS) return false;
    return isSame(key, await derive(password, salt, rounds, keyBytes, digest));
  },
};
