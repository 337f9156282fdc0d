import { cleanText } from '@app/kernel';
import { type OtpHash, OTP_HASHES } from '@app/otp';
import type { TokenSettings } from '@app/tokens';

import type { Parameters } from '../../envelope/parameters/parameters.js';
import { UNSPECIFIC, WireError } from '../../envelope/errors/wire-error.js';
import { invalidInteger, pythonInteger, pythonQuoted } from '../python-text.js';
import { validityDate } from './validity-date.js';

type Value = string | number | Date;

/** A parameter of `/admin/set`: its name, its key in the answer, and how the record calls it. */
interface SettingParameter {
  readonly name: string;
  readonly recorded: string;
  readonly key: keyof TokenSettings;
  /** @throws RangeError, with the text that Python's exception would have */
  readonly read: (text: string) => Value;
  /** Where no token was set, the parameter does not count as one (spec/admin-api §3.11). */
  readonly needsToken?: true;
}

const INT32 = 2_147_483_647;

// In the order in which LinOTP works them off (spec/admin-api §3.11). The limits keep a login's search bounded.
const PARAMETERS: readonly SettingParameter[] = [
  { name: 'pin', recorded: 'pin', key: 'pin', read: (text) => text },
  { name: 'MaxFailCount', recorded: 'maxFailCount', key: 'maxFailures', read: whole(0, INT32) },
  { name: 'SyncWindow', recorded: 'syncWindow', key: 'syncWindow', read: whole(0, 100_000) },
  { name: 'description', recorded: 'description', key: 'description', read: shortText(80) },
  { name: 'CounterWindow', recorded: 'counterWindow', key: 'lookAhead', read: whole(0, 10_000) },
  { name: 'OtpLen', recorded: 'otpLen', key: 'digits', read: whole(0, 255) },
  { name: 'hashlib', recorded: 'hashlib', key: 'hash', read: otpHash },
  { name: 'timeWindow', recorded: 'timeWindow', key: 'timeWindowSeconds', read: whole(0, INT32) },
  { name: 'timeStep', recorded: 'timeStep', key: 'timeStepSeconds', read: whole(0, 60) },
  { name: 'timeShift', recorded: 'timeShift', key: 'timeShiftSeconds', read: whole(-INT32, INT32) },
  ofTokens('countAuth', 'attempts', whole(0, INT32)),
  ofTokens('countAuthMax', 'maxAttempts', whole(0, INT32)),
  ofTokens('countAuthSuccess', 'successes', whole(0, INT32)),
  ofTokens('countAuthSuccessMax', 'maxSuccesses', whole(0, INT32)),
  ofTokens('validityPeriodStart', 'validFrom', minute),
  ofTokens('validityPeriodEnd', 'validUntil', minute),
  ofTokens('phone', 'phone', shortText(255)),
];

const USAGE =
  'Usage: set: parameters are        pin        MaxFailCount        SyncWindow        OtpLen        CounterWindow' +
  '        hashlib        timeWindow        timeStep        timeShift        countAuthSuccessMax' +
  '        countAuthSuccess        countAuth        countAuthMax        validityPeriodStart' +
  '        validityPeriodEnd        description        phone        ';

export interface ParsedSettings {
  readonly settings: TokenSettings;
  /** What the record says, e.g. `pin, maxFailCount=5, `. */
  readonly recorded: string;
  /** The answer's members for so many tokens, in order. @throws WireError where that is no answer */
  members(count: number): Readonly<Record<string, number>>;
}

/** @param parameters names in lower case @throws WireError naming the parameter */
export function parseSettings(parameters: Parameters): ParsedSettings {
  const settings: Record<string, Value> = {};
  const given: SettingParameter[] = [];
  let recorded = '';
  for (const parameter of PARAMETERS) {
    const text = parameters.text(parameter.name.toLowerCase());
    if (text === null) continue;
    const value = valueOf(parameter, text);
    settings[parameter.key] = value;
    given.push(parameter);
    recorded +=
      parameter.key === 'pin' ? 'pin, ' : `${parameter.recorded}=${value instanceof Date ? text : value}, `;
  }
  if (given.length === 0) throw new WireError(77, USAGE);
  return {
    settings,
    recorded,
    members(count) {
      if (count === 0 && given.every(({ needsToken }) => needsToken)) throw new WireError(77, USAGE);
      return Object.fromEntries(given.map(({ name }) => [`set ${name}`, name === 'timeStep' ? 1 : count]));
    },
  };
}

/** LinOTP shows the exception as Python prints it, with some characters replaced (spec/admin-api §3.11). */
export function settingFailed(name: string, exception: string): WireError {
  return new WireError(UNSPECIFIC, `[set] setting ${name} failed: ${exception}`);
}

function ofTokens(name: string, key: keyof TokenSettings, read: SettingParameter['read']): SettingParameter {
  return { name, recorded: name, key, read, needsToken: true };
}

function valueOf({ name, read }: SettingParameter, text: string): Value {
  try {
    return read(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw settingFailed(name, `ValueError(|${replaced(error.message)}|)`);
  }
}

function whole(least: number, most: number): SettingParameter['read'] {
  return (text) => {
    const value = pythonInteger(text);
    if (value === null) throw new RangeError(invalidInteger(text));
    if (value < least || value > most) throw new RangeError(`must be in ${least} … ${most}`);
    return value;
  };
}

function shortText(longest: number): SettingParameter['read'] {
  return (text) => {
    if (text.length > longest) throw new RangeError(`longer than ${longest} characters`);
    return cleanText(text);
  };
}

function otpHash(text: string): OtpHash {
  const hash = OTP_HASHES.find((known) => known === text.toLowerCase());
  if (!hash) throw new RangeError(`unsupported hashlib ${pythonQuoted(text)}: use sha1, sha256 or sha512`);
  return hash;
}

function minute(text: string): Date {
  const date = validityDate(text);
  if (typeof date === 'string') throw new RangeError(date);
  return date;
}

function replaced(text: string): string {
  const characters: Readonly<Record<string, string>> = { '"': '|', "'": ':', '&': '+', '>': ']', '<': '[' };
  return text.replace(/["'&><]/g, (character) => characters[character] ?? character);
}
