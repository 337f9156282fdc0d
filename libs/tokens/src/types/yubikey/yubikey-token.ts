import {
  YUBIKEY_BLOCK_LENGTH,
  YUBIKEY_KEY_BYTES,
  type YubikeyOtp,
  isSameText,
  modhexBytes,
  openYubikeyOtp,
} from '@app/otp';

import type { Token } from '../../token.js';
import { MalformedPublicId, MalformedYubikeyKey } from '../../token.errors.js';
import { counterOfDevice } from '../after-restore.js';
import type { Spending, TokenType } from '../token-type.js';

/** With the longest public id that `check_yubikey` reads a serial from. */
const USUAL_LENGTH = 48;
const LONGEST_PUBLIC_ID = 32;
const COUNTS_OF_A_USAGE = 256;

/** Yubikeys whose AES key is known here (spec/token-types §11). */
export const yubikeyToken: TokenType = {
  id: 'yubikey',
  label: 'yubikey',
  serialPrefix: 'UBAM',
  hasOtp: true,
  seedForm: 'bytes',
  challenge: { prompt: 'Otp:', needsText: false },

  plan({ seed, digits, publicId: given }) {
    if (seed && seed.length !== YUBIKEY_KEY_BYTES) throw new MalformedYubikeyKey();
    const publicId = given ? publicIdOf(given) : null;
    const length = publicId === null ? USUAL_LENGTH : YUBIKEY_BLOCK_LENGTH + publicId.length;
    return {
      secret: seed ? { kind: 'given', bytes: seed } : { kind: 'generate', length: YUBIKEY_KEY_BYTES },
      digits: digits ?? length,
      hash: null,
      time: null,
      ...(publicId !== null && { device: { publicId, privateId: null } }),
    };
  },

  verify(token, otp) {
    const said = read(token, otp);
    return said ? { kind: 'matched', spends: spendingOf(token, said) } : { kind: 'mismatched' };
  },

  // Whether the public id stands before it or not is the device's matter.
  shortestOtp: YUBIKEY_BLOCK_LENGTH,

  find(token, otp) {
    const said = read(token, otp);
    return said && spendingOf(token, said);
  },

  resync(token, otp1, otp2) {
    const first = read(token, otp1);
    const second = read(token, otp2);
    if (!first || second?.counter !== first.counter + 1) return null;
    return isSameText(first.privateId, second.privateId) ? spendingOf(token, second) : null;
  },
  // Each time that it is plugged in it counts on by 256.
  afterRestore: counterOfDevice(COUNTS_OF_A_USAGE),
};

/** A value of this token's device that is not spent; the counter of a Yubikey only grows, so there is no upper bound. */
function read(token: Token, otp: string): YubikeyOtp | null {
  const said = token.secret.use((key) => openYubikeyOtp(key, otp));
  if (!said || said.counter < token.counter) return null;
  const { publicId = null, privateId = null } = token.device ?? {};
  if (publicId !== null && !isSameText(publicId, said.publicId)) return null;
  // Another device with the same key is not this one.
  if (privateId !== null && !isSameText(privateId, said.privateId)) return null;
  return said;
}

function spendingOf({ device }: Token, { counter, privateId }: YubikeyOtp): Spending {
  const isNew = (device?.privateId ?? null) === null;
  return { nextCounter: counter + 1, once: true, ...(isNew && { privateId }) };
}

/** @throws MalformedPublicId */
function publicIdOf(given: string): string {
  const publicId = given.toLowerCase();
  if (publicId.length > LONGEST_PUBLIC_ID || !modhexBytes(publicId)) throw new MalformedPublicId();
  return publicId;
}
