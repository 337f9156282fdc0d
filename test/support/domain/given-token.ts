import { createHash } from 'node:crypto';

import { type RandomSource, Secret } from '@app/kernel';
import { settingsOf } from '@app/realms';
import { type EnrolmentDefaults, PLAIN_ATTRIBUTES, type Token, parseSerial, pinVerifier } from '@app/tokens';

/** The test key of RFC 4226, appendix D. */
export const RFC_KEY = Buffer.from('12345678901234567890', 'ascii');

/** Values of the test key at counters 0 … 19 (RFC 4226, appendix D, and its continuation), six digits. */
export const RFC_OTPS = [
  '755224',
  '287082',
  '359152',
  '969429',
  '338314',
  '254676',
  '287922',
  '162583',
  '399871',
  '520489',
  '403154',
  '481090',
  '868912',
  '736127',
  '229903',
  '436521',
  '186581',
  '447589',
  '903435',
  '578337',
] as const;

/** Repeats itself from run to run: the n-th byte is that of a hash over its place. */
export class PredictableRandom implements RandomSource {
  #drawn = 0;

  bytes(length: number): Uint8Array {
    const seed = `draw ${this.#drawn++}`;
    const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, block) =>
      createHash('sha256').update(`${seed} ${block}`).digest(),
    );
    return Buffer.concat(blocks).subarray(0, length);
  }
}

export function pinOf(pin: string): Secret {
  return pinVerifier(pin, new PredictableRandom());
}

/** Of an installation without settings. */
export const ENROLMENT_DEFAULTS: EnrolmentDefaults = {
  time: { stepSeconds: 30, windowSeconds: 300, shiftSeconds: 0 },
  ocra: settingsOf(new Map()).ocra,
};

const PLAIN = {
  id: 1,
  type: 'hotp',
  description: '',
  active: true,
  owner: null,
  realms: [],
  secret: Secret.of(RFC_KEY),
  pin: null,
  digits: 6,
  hash: 'sha1',
  counter: 0,
  failures: 0,
  maxFailures: 10,
  lookAhead: 10,
  syncWindow: 1000,
  time: null,
  ...PLAIN_ATTRIBUTES,
  revision: 1,
  createdAt: new Date('2026-01-01T00:00:00Z'),
} as const;

/** An HOTP token with the RFC's key, unless said otherwise. */
export function givenHotpToken({ serial = 'OATH1', ...changes }: Partial<TokenGiven> = {}): Token {
  return { ...PLAIN, ...changes, serial: parseSerial(serial) };
}

/** A TOTP token with the RFC's key and steps of 30 s. */
export function givenTotpToken({ serial = 'TOTP1', ...changes }: Partial<TokenGiven> = {}): Token {
  const time = { stepSeconds: 30, windowSeconds: 300, shiftSeconds: 0 };
  return { ...PLAIN, type: 'totp', time, ...changes, serial: parseSerial(serial) };
}

/** A password token whose hash is `hash of <password>`. */
export function givenPasswordToken(
  password: string,
  { serial = 'KIPW1', ...changes }: Partial<TokenGiven> = {},
): Token {
  return {
    ...PLAIN,
    type: 'password',
    hash: null,
    secret: Secret.fromText(`hash of ${password}`),
    digits: [...password].length,
    ...changes,
    serial: parseSerial(serial),
  };
}

export function givenSimplePassToken({ serial = 'LSSP1', ...changes }: Partial<TokenGiven> = {}): Token {
  return { ...PLAIN, type: 'simple-pass', hash: null, ...changes, serial: parseSerial(serial) };
}

/** A mOTP token with the seed and PIN of the recordings. */
export function givenMotpToken({ serial = 'LSMO1', ...changes }: Partial<TokenGiven> = {}): Token {
  const secret = Secret.fromText('1234567890123456');
  return {
    ...PLAIN,
    type: 'motp',
    secret,
    userPin: Secret.fromText('1234'),
    ...changes,
    serial: parseSerial(serial),
  };
}

export function givenDayPasswordToken({ serial = 'DOTP1', ...changes }: Partial<TokenGiven> = {}): Token {
  const secret = Secret.fromText('1234567890abcdef');
  return { ...PLAIN, type: 'day-password', hash: null, secret, ...changes, serial: parseSerial(serial) };
}

/** A Yubikey with the key of `test/vectors/otp.json`. */
export function givenYubikeyToken({ serial = 'UBAM1', ...changes }: Partial<TokenGiven> = {}): Token {
  const secret = Secret.of(Buffer.from('00112233445566778899aabbccddeeff', 'hex'));
  return {
    ...PLAIN,
    type: 'yubikey',
    hash: null,
    secret,
    digits: 44,
    ...changes,
    serial: parseSerial(serial),
  };
}

type TokenGiven = Omit<Token, 'serial'> & { serial: string };

/** A token with the RFC's key whose OTPs are sent to a telephone. */
export function givenSmsToken({ serial = 'SMS1', ...changes }: Partial<TokenGiven> = {}): Token {
  return { ...PLAIN, type: 'sms', info: { phone: '49' }, ...changes, serial: parseSerial(serial) };
}

/** The same with a mail address. */
export function givenEmailToken({ serial = 'EMAIL1', ...changes }: Partial<TokenGiven> = {}): Token {
  const info = { email_address: 'anna@example.test' };
  return { ...PLAIN, type: 'email', info, ...changes, serial: parseSerial(serial) };
}

/** The same with calls, which are HMAC-SHA-256. */
export function givenVoiceToken({ serial = 'VOICE1', ...changes }: Partial<TokenGiven> = {}): Token {
  return {
    ...PLAIN,
    type: 'voice',
    hash: 'sha256',
    info: { phone: '49' },
    ...changes,
    serial: parseSerial(serial),
  };
}

/** An OCRA2 token of the usual suite with the key of 32 bytes of RFC 6287. */
export function givenOcraToken({
  serial = 'LSO21',
  suite = 'OCRA-1:HOTP-SHA256-8:C-QN08',
  info = {},
  ...changes
}: Partial<TokenGiven> & { readonly suite?: string } = {}): Token {
  return {
    ...PLAIN,
    type: 'ocra2',
    hash: null,
    digits: 8,
    secret: Secret.of(Buffer.from('12345678901234567890123456789012', 'ascii')),
    ...changes,
    info: { ocrasuite: suite, ...info },
    serial: parseSerial(serial),
  };
}
