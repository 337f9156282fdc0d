import { cryptNumber, cryptTextOfBlock } from '../crypt-text.js';
import { type DesBlock, ZERO_BLOCK, desCore, desEncrypt, desKey, finalPermutation } from '../des.js';
import { MOST_ROUNDS, inRounds } from '../in-rounds.js';
import { isSame } from '../is-same.js';
import type { PasswordScheme } from '../scheme.js';

const ROUNDS = 25;
const KEY_BYTES = 8;
const SALT_DIGITS = 2;
const BLOCK_DIGITS = 11;
const DIGITS = '[./0-9A-Za-z]';
const DES_FORM = new RegExp(`^${DIGITS}{13}$`);
const BSDI_FORM = new RegExp(`^_(?<rounds>${DIGITS}{4})(?<salt>${DIGITS}{4})(?<digest>${DIGITS}{11})$`);
/** Sixteen blocks at most: longer passwords were cut off at 128 bytes. */
const BIGCRYPT_FORM = new RegExp(`^${DIGITS}{2}(?:${DIGITS}{11}){2,16}$`);

/** The traditional crypt(3): two digits of salt, eleven of digest; eight bytes of the password count, seven bits of each. */
export const DES_CRYPT: PasswordScheme = {
  identifies: (text) => DES_FORM.test(text),
  async verify(text, password) {
    return isSame(text, await chained(text, Buffer.from(password).subarray(0, KEY_BYTES)));
  },
};

/** `bigcrypt` of HP-UX and Digital Unix: one block for each eight bytes, the salt of each from the block before. */
export const BIGCRYPT: PasswordScheme = {
  identifies: (text) => BIGCRYPT_FORM.test(text),
  async verify(text, password) {
    const secret = Buffer.from(password);
    // As many blocks as there are: neither a longer nor a shorter password gives this text.
    const blocks = (text.length - SALT_DIGITS) / BLOCK_DIGITS;
    if (Math.ceil(secret.length / KEY_BYTES) !== blocks) return false;
    return isSame(text, await chained(text, secret));
  },
};

/** `_`, four digits of rounds, four of salt: the extended crypt of BSDi, in which the whole password counts. */
export const BSDI_CRYPT: PasswordScheme = {
  identifies: (text) => text.startsWith('_') && text.length === 20,
  async verify(text, password) {
    const parts = BSDI_FORM.exec(text)?.groups;
    const rounds = cryptNumber(parts?.['rounds'] ?? '');
    if (!parts || rounds < 1 || rounds > MOST_ROUNDS) return false;
    const key = foldedKey(Buffer.from(password));
    return isSame(parts['digest'] ?? '', await desCrypt(key, cryptNumber(parts['salt'] ?? ''), rounds));
  },
};

async function chained(text: string, password: Buffer): Promise<string> {
  let salt = text.slice(0, SALT_DIGITS);
  let result = salt;
  for (let start = 0; start === 0 || start < password.length; start += KEY_BYTES) {
    const digest = await desCrypt(
      keyBytes(password.subarray(start, start + KEY_BYTES)),
      cryptNumber(salt),
      ROUNDS,
    );
    result += digest;
    salt = digest.slice(0, SALT_DIGITS);
  }
  return result;
}

async function desCrypt(key: Uint8Array, salt: number, rounds: number): Promise<string> {
  const schedule = desKey(key);
  let block: DesBlock = ZERO_BLOCK;
  await inRounds(rounds, () => {
    block = desCore(block, schedule, salt);
  });
  return cryptTextOfBlock(...finalPermutation(block));
}

/** Each eight bytes are laid over what the bytes before come to when they encrypt themselves. */
function foldedKey(password: Buffer): Buffer {
  const key = keyBytes(password.subarray(0, KEY_BYTES));
  for (let start = KEY_BYTES; start < password.length; start += KEY_BYTES) {
    const [high, low] = desEncrypt([key.readInt32BE(0), key.readInt32BE(4)], desKey(key));
    key.writeInt32BE(high, 0);
    key.writeInt32BE(low, 4);
    const next = keyBytes(password.subarray(start, start + KEY_BYTES));
    for (const [index, byte] of next.entries()) key[index] = (key[index] ?? 0) ^ byte;
  }
  return key;
}

/** DES does not look at the lowest bit, so the highest one of each character goes. */
function keyBytes(part: Uint8Array): Buffer {
  const key = Buffer.alloc(KEY_BYTES);
  for (const [index, byte] of part.entries()) key[index] = (byte << 1) & 0xff;
  return key;
}
