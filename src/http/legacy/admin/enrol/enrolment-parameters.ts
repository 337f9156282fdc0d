import { OTP_HASHES, type OtpHash, TAN_DIGITS, YUBIKEY_BLOCK_LENGTH } from '@app/otp';
import type { RealmUser } from '@app/realms';
import type { Enrolment, TokenTypeId } from '@app/tokens';

import type { Parameters } from '../../../envelope/parameters/parameters.js';
import { UNSPECIFIC, WireError, missingParameter } from '../../../envelope/errors/wire-error.js';
import { invalidInteger, pythonInteger, pythonQuoted, switchWord } from '../../python-text.js';
import { tokenDescription } from '../../tokens/token-description.js';
import { typeByWireName } from '../../../envelope/parameters/token-type-names.js';
import { callbackIdOf, callbackOf } from '../../question-parameters.js';
import { requiredRecipient } from './recipient.js';
import { elsewhereInfo, sharedSecret } from './elsewhere-parameters.js';
import { ROLL_OUT_DESCRIPTION, isForRollOut, scopePaths } from './token-scope.js';

// 512 bytes of seed: more than any algorithm uses, and what a QR code holds.
const LONGEST_SEED = 1024;
const LONGEST_OTP = 255;
// As long as LinOTP stores one.
const LONGEST_USER_PIN = 127;
const BOTH_KEYS = '[ParameterError] You may either specifygenkey or otpkey, but not both!';

/** @throws WireError for a type that is not installed */
export function enrolmentType(parameters: Parameters): TokenTypeId {
  const name = parameters.text('type') || 'hmac';
  const type = typeByWireName(name);
  if (!type) throw new WireError(1610, `admin/init failed: unknown token type ${pythonQuoted(name)}`);
  return type;
}

/** Reads the parameters of `/admin/init` (spec/admin-api §3.3, spec/token-types §3.2). @throws WireError */
export function parseEnrolment(
  parameters: Parameters,
  type: TokenTypeId,
  owner: RealmUser | null,
): Enrolment {
  const description = tokenDescription(parameters);
  const realm = parameters.text('realm');
  const paths = scopePaths(parameters);
  const isNamed = description !== null && description !== '';
  return {
    type,
    serial: parameters.text('serial') || null,
    serialPrefix: parameters.text('prefix') || null,
    ...secretOf(parameters, type),
    // Whatever its value (spec/token-types §7).
    isOneTime: (type === 'password' || type === 'simple-pass') && parameters.has('onetime'),
    userPin: type === 'motp' ? userPinOf(parameters, 'otppin') : null,
    ...(type === 'ocra2' && ocraOf(parameters)),
    ...((type === 'qr' || type === 'push') && { callback: pairingCallback(parameters) }),
    ...recipientOf(parameters, type),
    ...elsewhereInfo(parameters, type),
    publicId: type === 'yubikey' ? parameters.text('public_uid') || null : null,
    digits: digitsOf(parameters, type),
    hash: hashOf(parameters),
    time: type === 'totp' ? timeOf(parameters) : {},
    pin: parameters.text('pin'),
    description: !isNamed && paths && isForRollOut(paths) ? ROLL_OUT_DESCRIPTION : description,
    ...(paths && { paths }),
    active: switchOf(parameters, 'enable'),
    owner,
    realms: realm ? [realm.trim().toLowerCase()] : [],
  };
}

function secretOf(
  parameters: Parameters,
  type: TokenTypeId,
): { seed: Uint8Array | null; password: string | null } {
  demandFitting(parameters, type);
  const otpkey = parameters.text('otpkey');
  if (otpkey !== null && otpkey.length > LONGEST_SEED) {
    throw new WireError(UNSPECIFIC, `otpkey is longer than ${LONGEST_SEED} characters`);
  }
  const generate = generates(parameters);
  // spec/token-types §5: for totp a generated seed wins silently.
  if (generate && otpkey && type !== 'totp') {
    throw new WireError(344, BOTH_KEYS);
  }
  switch (type) {
    case 'voice':
      // As if `genkey` were there (spec/token-types §10).
      if (otpkey) throw new WireError(344, BOTH_KEYS);
      return { seed: null, password: null };
    case 'qr':
    case 'push':
    case 'fido2':
    case 'u2f':
      return { seed: null, password: null };
    case 'sms':
    case 'email':
      return { seed: otpkey ? seedOf(type, otpkey) : null, password: null };
    case 'password':
      if (!otpkey) throw new WireError(905, "Missing Parameter 'otpkey'!");
      return { seed: null, password: otpkey };
    case 'simple-pass':
      return { seed: otpkey === null ? null : Buffer.from(otpkey, 'utf8'), password: null };
    case 'radius':
      return { seed: sharedSecret(parameters), password: null };
    case 'remote':
    case 'forward':
    case 'yubico':
      return { seed: null, password: null };
    case 'hotp':
    case 'totp':
    case 'motp':
    case 'day-password':
    case 'yubikey':
    case 'ocra2':
      if (generate) return { seed: null, password: null };
      // The wrong name is what LinOTP says for totp, and what clients may match on.
      if (!otpkey) throw missingParameter(type === 'totp' ? 'serial' : 'otpkey');
      return { seed: seedOf(type, otpkey), password: null };
  }
}

/** What only OCRA2 has (spec/token-types §16.2). */
function ocraOf(parameters: Parameters): Partial<Enrolment> {
  return {
    ocraSuite: parameters.text('ocrasuite') || null,
    userPin: parameters.text('ocrapin') ? userPinOf(parameters, 'ocrapin') : null,
    // Exactly this.
    startsRollOut: parameters.text('sharedsecret') === '1',
    callback: callbackOf(parameters),
  };
}

/** Where the app is to answer its pairing URL. @throws WireError */
function pairingCallback(parameters: Parameters): Enrolment['callback'] {
  const id = callbackIdOf(parameters);
  if (id === null) {
    throw new WireError(UNSPECIFIC, 'callback.id must have 1 to 64 letters, digits, `_` or `-`');
  }
  return { id, user: '', password: '' };
}

/** Of types whose app has no idea of anything else, LinOTP takes these and no more (spec/token-types §18.1, §19.1). */
const PAIRED_PARAMETERS = [
  'type',
  'serial',
  'description',
  'user',
  'realm',
  'resConf',
  'pin',
  'session',
  'key_size',
  'user.login',
  'user.realm',
  '::scope::',
  // Ours: which of the places that policies name.
  'callback.id',
];
const FITTING: Partial<Record<TokenTypeId, { readonly name: string; readonly more: readonly string[] }>> = {
  qr: { name: 'qr', more: ['otplen', 'hashlib', 'qr'] },
  push: { name: 'pushtoken', more: [] },
};

/** @throws WireError for a parameter that the type does not have */
function demandFitting(parameters: Parameters, type: TokenTypeId): void {
  const fitting = FITTING[type];
  const isKnown = (name: string) => PAIRED_PARAMETERS.includes(name) || fitting?.more.includes(name);
  if (!fitting || [...parameters.names()].every(isKnown)) return;
  throw new WireError(UNSPECIFIC, `Unknown request type for token type ${fitting.name}`);
}

/** Where the OTPs of the token go. @throws WireError unless that is said */
function recipientOf(parameters: Parameters, type: TokenTypeId): Pick<Enrolment, 'phone' | 'emailAddress'> {
  switch (type) {
    case 'sms':
    case 'voice':
      return { phone: requiredRecipient(parameters, 'phone', missingParameter('phone')) };
    case 'email': {
      // Not as a missing parameter is told of otherwise (spec/token-types §9).
      const missing = new WireError(UNSPECIFIC, "'email_address'");
      return { emailAddress: requiredRecipient(parameters, 'email_address', missing) };
    }
    default:
      return {};
  }
}

/** Mobile-OTP and day passwords take the seed as text, in the case in which it is written. */
function seedOf(type: TokenTypeId, otpkey: string): Uint8Array {
  if (type === 'day-password') return Buffer.from(otpkey, 'utf8');
  const hex = withoutGaps(otpkey);
  if (!/^[0-9a-fA-F]*$/.test(hex)) {
    throw new WireError(UNSPECIFIC, "'The provided token seed contains non-hexadecimal characters'");
  }
  if (hex === '') throw missingParameter('otpkey');
  if (type === 'motp') return Buffer.from(hex, 'latin1');
  if (hex.length % 2 !== 0) throw new WireError(UNSPECIFIC, 'Odd-length string');
  return Buffer.from(hex, 'hex');
}

/** People write seeds in groups. */
export function withoutGaps(hex: string): string {
  return hex.replace(/[ -]/g, '');
}

/** The PIN that a device asks for. @throws WireError unless there is one */
export function userPinOf(parameters: Parameters, name: 'otppin' | 'userpin' | 'ocrapin' | 'pin'): string {
  const pin = parameters.text(name);
  if (!pin) throw missingParameter(name);
  if (pin.length > LONGEST_USER_PIN) {
    throw new WireError(UNSPECIFIC, `${name} is longer than ${LONGEST_USER_PIN} characters`);
  }
  return pin;
}

function generates(parameters: Parameters): boolean {
  const genkey = parameters.text('genkey');
  if (genkey === null || genkey === '') return false;
  const value = pythonInteger(genkey);
  if (value === null) throw new WireError(UNSPECIFIC, invalidInteger(genkey));
  if (value !== 0 && value !== 1) {
    throw new WireError(UNSPECIFIC, `TokenClass supports only genkey in range [0,1] : ${value}`);
  }
  return value === 1;
}

function digitsOf(parameters: Parameters, type: TokenTypeId): number | null {
  // Its suite says how many there are.
  if (type === 'ocra2') return null;
  const digits = integer(parameters, 'otplen');
  if (digits === null) return null;
  if (!isFitLength(type, digits)) throw new WireError(UNSPECIFIC, `unsupported digits '${digits}'`);
  return digits;
}

function isFitLength(type: Exclude<TokenTypeId, 'ocra2'>, digits: number): boolean {
  switch (type) {
    case 'hotp':
    case 'totp':
    case 'motp':
    case 'sms':
    case 'email':
    case 'voice':
      return digits === 6 || digits === 8;
    case 'qr':
      return digits >= TAN_DIGITS.fewest && digits <= TAN_DIGITS.most;
    case 'push':
    case 'fido2':
    case 'u2f':
      return false;
    case 'day-password':
    case 'remote':
    case 'radius':
    case 'forward':
      return digits >= 1 && digits <= LONGEST_OTP;
    case 'yubikey':
    case 'yubico':
      return digits >= YUBIKEY_BLOCK_LENGTH && digits <= LONGEST_OTP;
    case 'password':
    case 'simple-pass':
      return digits >= 0 && digits <= LONGEST_OTP;
  }
}

function hashOf(parameters: Parameters): OtpHash | null {
  const name = parameters.text('hashlib')?.toLowerCase() || null;
  const hash = OTP_HASHES.find((known) => known === name) ?? null;
  if (name !== null && hash === null) {
    throw new WireError(UNSPECIFIC, `unsupported hashlib ${pythonQuoted(name)}: use sha1, sha256 or sha512`);
  }
  return hash;
}

function timeOf(parameters: Parameters): Enrolment['time'] {
  const stepSeconds = integer(parameters, 'timeStep');
  const windowSeconds = integer(parameters, 'timeWindow');
  const shiftSeconds = integer(parameters, 'timeShift');
  if (stepSeconds !== null && stepSeconds !== 30 && stepSeconds !== 60) {
    throw new WireError(UNSPECIFIC, `unsupported period for totp token '${stepSeconds}'`);
  }
  return {
    ...(stepSeconds !== null && { stepSeconds }),
    ...(windowSeconds !== null && { windowSeconds: smallInteger('timeWindow', windowSeconds) }),
    ...(shiftSeconds !== null && { shiftSeconds: smallInteger('timeShift', shiftSeconds) }),
  };
}

function smallInteger(name: string, value: number): number {
  if (Math.abs(value) <= 2_147_483_647) return value;
  throw new WireError(UNSPECIFIC, `${name} is out of range`);
}

function integer(parameters: Parameters, name: string): number | null {
  const text = parameters.text(name);
  if (text === null || text === '') return null;
  const value = pythonInteger(text);
  if (value === null) throw new WireError(UNSPECIFIC, invalidInteger(text));
  return value;
}

function switchOf(parameters: Parameters, name: string): boolean | null {
  const text = parameters.text(name);
  if (text === null || text === '') return null;
  const isOn = switchWord(text);
  if (isOn !== null) return isOn;
  throw new WireError(UNSPECIFIC, `${name} must be true or false`);
}
