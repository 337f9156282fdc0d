import { createCipheriv } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { modhexBytes, openYubikeyOtp } from './yubikey.js';

interface Vector {
  readonly otp: string;
  readonly publicId: string;
  readonly uidHex: string;
  readonly linotpCounter: number;
}
interface Published {
  readonly keyHex: string;
  readonly otp: string;
  readonly uidHex: string;
  readonly usageCounter: number;
  readonly sessionCounter: number;
}

const { yubico } = JSON.parse(
  readFileSync(new URL('../../../test/vectors/otp.json', import.meta.url), 'utf8'),
) as {
  readonly yubico: {
    readonly keyHex: string;
    readonly vectors: readonly Vector[];
    readonly published: readonly Published[];
  };
};

const KEY = Buffer.from(yubico.keyHex, 'hex');
const [{ otp: OTP = '' } = {}] = yubico.vectors;

describe('modhexBytes', () => {
  it.each([
    { text: 'cbdefghijklnrtuv', hex: '0123456789abcdef' },
    { text: 'ecebeeejedecebeg', hex: '3031333832303135' },
    { text: '', hex: '' },
  ])('reads "$text"', ({ text, hex }) => {
    expect(modhexBytes(text)?.toString('hex')).toBe(hex);
  });

  it.each(['c', 'ca', 'CB', '01', 'c ', 'çç'])('does not read "%s"', (text) => {
    expect(modhexBytes(text)).toBeNull();
  });
});

describe('openYubikeyOtp', () => {
  it('has vectors to be checked with', () => {
    expect(yubico.vectors).toHaveLength(4);
    expect(yubico.published).toHaveLength(1);
  });

  it.each(yubico.vectors)('opens $otp', ({ otp, publicId, uidHex, linotpCounter }) => {
    expect(openYubikeyOtp(KEY, otp)).toEqual({ publicId, privateId: uidHex, counter: linotpCounter });
  });

  it.each(yubico.published)('opens what Yubico publishes: $otp', (vector) => {
    expect(openYubikeyOtp(Buffer.from(vector.keyHex, 'hex'), vector.otp)).toEqual({
      publicId: vector.otp.slice(0, -32),
      privateId: vector.uidHex,
      counter: vector.usageCounter * 256 + vector.sessionCounter,
    });
  });

  it('opens the example of spec/token-types §11', () => {
    const key = Buffer.from('9163508031b20d2ef72868a0b0a0e0d0', 'hex');
    expect(openYubikeyOtp(key, 'vvccccdtbtrbcbtgevbiljtebvnuvgketutelifrlkjf')).toEqual({
      publicId: 'vvccccdtbtrb',
      privateId: 'a1b2c3d4e5f6',
      counter: 66_055,
    });
  });

  it('does not mind capital letters', () => {
    expect(openYubikeyOtp(KEY, OTP.toUpperCase())).toEqual(openYubikeyOtp(KEY, OTP));
  });

  it.each([
    { title: 'nothing', otp: '' },
    { title: 'a value that is cut off', otp: OTP.slice(1) },
    { title: 'a value with another letter', otp: `${OTP.slice(0, -1)}a` },
    { title: 'a value with a letter changed', otp: `${OTP.slice(0, -1)}c` },
    { title: 'letters of another script', otp: `${OTP.slice(0, -1)}ｃ` },
    { title: 'zeros', otp: 'c'.repeat(44) },
  ])('does not open $title', ({ otp }) => {
    expect(openYubikeyOtp(KEY, otp)).toBeNull();
  });

  it('does not open a value of another key', () => {
    expect(openYubikeyOtp(Buffer.alloc(16, 7), OTP)).toBeNull();
  });

  it('does not open a block whose checksum is wrong', () => {
    const cipher = createCipheriv('aes-128-ecb', KEY, null).setAutoPadding(false);
    const hex = cipher.update(Buffer.from('8792ebfe26cc01000302010034125950', 'hex')).toString('hex');
    const otp = [...hex].map((digit) => 'cbdefghijklnrtuv'[Number.parseInt(digit, 16)]).join('');
    expect(openYubikeyOtp(KEY, otp)).toBeNull();
  });
});
