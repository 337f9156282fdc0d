import { cleanText } from '@app/kernel';
import type { TokenSettings } from '@app/tokens';

import type { Parameters } from '../../envelope/parameters.js';
import { UNSPECIFIC, WireError } from '../../envelope/wire-error.js';
import { invalidInteger, pythonInteger } from '../python-text.js';

/** A parameter of `/admin/set`: its name, its key in the answer, and how the record calls it. */
interface SettingParameter {
  readonly name: string;
  readonly recorded: string;
  readonly key: keyof TokenSettings;
  readonly limit?: number;
}

// In the order in which LinOTP works them off (spec/admin-api §3.11). The limits keep a login's search bounded.
const PARAMETERS: readonly SettingParameter[] = [
  { name: 'pin', recorded: 'pin', key: 'pin' },
  { name: 'MaxFailCount', recorded: 'maxFailCount', key: 'maxFailures', limit: 2_147_483_647 },
  { name: 'SyncWindow', recorded: 'syncWindow', key: 'syncWindow', limit: 100_000 },
  { name: 'description', recorded: 'description', key: 'description' },
  { name: 'CounterWindow', recorded: 'counterWindow', key: 'lookAhead', limit: 10_000 },
  { name: 'OtpLen', recorded: 'otpLen', key: 'digits', limit: 255 },
  { name: 'timeWindow', recorded: 'timeWindow', key: 'timeWindowSeconds', limit: 2_147_483_647 },
  { name: 'timeStep', recorded: 'timeStep', key: 'timeStepSeconds', limit: 60 },
];

const NOT_YET = [
  'hashlib',
  'timeShift',
  'countAuth',
  'countAuthMax',
  'countAuthSuccess',
  'countAuthSuccessMax',
  'validityPeriodStart',
  'validityPeriodEnd',
  'phone',
];

const USAGE =
  'Usage: set: parameters are        pin        MaxFailCount        SyncWindow        OtpLen        CounterWindow' +
  '        hashlib        timeWindow        timeStep        timeShift        countAuthSuccessMax' +
  '        countAuthSuccess        countAuth        countAuthMax        validityPeriodStart' +
  '        validityPeriodEnd        description        phone        ';

const LONGEST_DESCRIPTION = 80;

export interface ParsedSettings {
  readonly settings: TokenSettings;
  /** What the record says, e.g. `pin, maxFailCount=5, `. */
  readonly recorded: string;
  /** The answer's members, in order. */
  readonly members: readonly string[];
}

/** @param parameters names in lower case @throws WireError naming the parameter */
export function parseSettings(parameters: Parameters): ParsedSettings {
  const unbuilt = NOT_YET.find((name) => parameters.has(name.toLowerCase()));
  if (unbuilt) throw settingFailed(unbuilt, 'Exception(|not supported by this release|)');
  const settings: Record<string, string | number> = {};
  const members: string[] = [];
  let recorded = '';
  for (const parameter of PARAMETERS) {
    const text = parameters.text(parameter.name.toLowerCase());
    if (text === null) continue;
    const value = valueOf(parameter, text);
    settings[parameter.key] = value;
    members.push(`set ${parameter.name}`);
    recorded += parameter.key === 'pin' ? 'pin, ' : `${parameter.recorded}=${value}, `;
  }
  if (members.length === 0) throw new WireError(77, USAGE);
  return { settings, members, recorded };
}

/** LinOTP shows the exception as Python prints it, with some characters replaced (spec/admin-api §3.11). */
export function settingFailed(name: string, exception: string): WireError {
  return new WireError(UNSPECIFIC, `[set] setting ${name} failed: ${exception}`);
}

function valueOf({ name, limit }: SettingParameter, text: string): string | number {
  if (limit === undefined) {
    if (name === 'description' && text.length > LONGEST_DESCRIPTION) {
      throw settingFailed(name, `ValueError(|longer than ${LONGEST_DESCRIPTION} characters|)`);
    }
    return name === 'description' ? cleanText(text) : text;
  }
  const value = pythonInteger(text);
  if (value === null) throw settingFailed(name, `ValueError(|${replaced(invalidInteger(text))}|)`);
  if (value < 0 || value > limit) throw settingFailed(name, `ValueError(|must be in 0 … ${limit}|)`);
  return value;
}

function replaced(text: string): string {
  const characters: Readonly<Record<string, string>> = { '"': '|', "'": ':', '&': '+', '>': ']', '<': '[' };
  return text.replace(/["'&><]/g, (character) => characters[character] ?? character);
}
