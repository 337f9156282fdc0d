import { createHmac, hash } from 'node:crypto';

import { verify } from '@node-rs/bcrypt';

import type { PasswordScheme } from '../scheme.js';

/** 2^15 rounds: about 3 s of one core, off the event loop. */
const HIGHEST_COST = 15;
/** bcrypt takes no more of a password. */
const KEY_BYTES = 72;
const FORM = /^\$2(?<variant>[aby]?)\$(?<cost>\d\d)\$(?<rest>[./0-9A-Za-z]{53})$/;
const SHA256_FORM =
  /^\$bcrypt-sha256\$(?:v=(?<version>2),t=2b,r=(?<cost>\d{1,2})|2[ab],(?<oldCost>\d{1,2}))\$(?<salt>[./0-9A-Za-z]{22})\$(?<digest>[./0-9A-Za-z]{31})$/;

/** `$2a$`, `$2b$`, `$2y$`, and the first `$2$`. */
export const BCRYPT: PasswordScheme = {
  identifies: (text) => /^\$2[aby]?\$/.test(text),
  async verify(text, password) {
    const parts = FORM.exec(text)?.groups;
    if (!parts) return false;
    const { variant = '', cost = '', rest = '' } = parts;
    const key = Buffer.from(password);
    return bcrypt(variant === '' ? withoutEnd(key) : key, Number(cost), rest);
  },
};

/** passlib's `$bcrypt-sha256$`: the password goes in as base64 of its digest, so no byte of it is cut off. */
export const BCRYPT_SHA256: PasswordScheme = {
  identifies: (text) => text.startsWith('$bcrypt-sha256$'),
  async verify(text, password) {
    const parts = SHA256_FORM.exec(text)?.groups;
    if (!parts) return false;
    const { version, cost, oldCost, salt = '', digest = '' } = parts;
    const key =
      version === '2'
        ? createHmac('sha256', salt).update(password).digest('base64')
        : hash('sha256', password, 'base64');
    return bcrypt(Buffer.from(key), Number(cost ?? oldCost), salt + digest);
  },
};

async function bcrypt(key: Uint8Array, cost: number, saltAndDigest: string): Promise<boolean> {
  if (cost > HIGHEST_COST) return false;
  return verify(key, `$2b$${String(cost).padStart(2, '0')}$${saltAndDigest}`);
}

/** `$2$` repeats the password without the zero that later variants put between. */
function withoutEnd(key: Buffer): Buffer {
  return key.length === 0 ? key : Buffer.alloc(KEY_BYTES, key);
}
