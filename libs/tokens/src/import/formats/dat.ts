import {
  descriptionText,
  fileToken,
  hexSeed,
  otpDigits,
  shown,
  timeStep,
  typeNamed,
} from '../file-values.js';
import { demandShort, linesOf } from '../text-lines.js';
import {
  type FileItem,
  type FileToken,
  itemOf,
  type LineNote,
  NOTHING,
  problemOf,
  type TokenFileFormat,
  type TokenFileOptions,
  Unreadable,
} from '../token-file.js';

/** Lines with something in them, up to the next empty one. */
interface DatRecord {
  readonly line: number;
  readonly values: Map<string, string>;
  problem: FileItem | null;
}

/** SafeWord's and eToken's records (spec/token-types §22.6). */
export const dat: TokenFileFormat = {
  name: 'dat',

  *parse(text, options) {
    for (const record of recordsOf(text)) {
      if (!record) yield NOTHING;
      else yield record.problem ?? itemOf(record.line, () => tokenOf(record, options));
    }
  },
};

/** `null`: some thousand lines more were read. */
function* recordsOf(text: string): Generator<DatRecord | null> {
  let record: DatRecord | null = null;
  for (const line of linesOf(text)) {
    if (!line) {
      yield null;
      continue;
    }
    const { number, text: whole } = line;
    if (whole.startsWith('#')) continue;
    if (whole.trim() === '') {
      if (record) yield record;
      record = null;
      continue;
    }
    record ??= { line: number, values: new Map(), problem: null };
    try {
      readLine(withoutComment(whole), record.values);
    } catch (error) {
      record.problem ??= problemOf(number, error);
    }
  }
  if (record) yield record;
}

function withoutComment(line: string): string {
  demandShort(line);
  const [content = '', , more] = line.split('#');
  if (more !== undefined) throw new Unreadable('there are two # in the line');
  return content;
}

function readLine(line: string, values: Map<string, string>): void {
  const [key, value] = split(line, ':');
  if (key !== 'sccTokenData') {
    put(values, key, value);
    return;
  }
  for (const part of value.split(';')) if (part.trim() !== '') put(values, ...split(part, '='));
}

function split(text: string, separator: string): [key: string, value: string] {
  const place = text.indexOf(separator);
  if (place < 0) throw new Unreadable(`there is no '${separator}' after the name of a value`);
  return [text.slice(0, place).trim(), text.slice(place + 1).trim()];
}

function put(values: Map<string, string>, key: string, value: string): void {
  // Two seeds or serials of one token: neither is the right one.
  if (key.startsWith('scc') && values.has(key) && values.get(key) !== value) {
    throw new Unreadable(`${key} is there twice`);
  }
  values.set(key, value);
}

function tokenOf({ line, values }: DatRecord, { startDate }: TokenFileOptions): FileToken | LineNote {
  const value = (key: string) => values.get(key) ?? '';
  const serial = value('sccAuthenticatorId');
  const key = value('sccKey');
  if (serial === '' && key === '') return { line, reason: 'it is of no token' };
  if (serial === '') throw new Unreadable('there is no sccAuthenticatorId');
  if (value('sccMode') === '') throw new Unreadable(`there is no sccMode of ${shown(serial)}`);
  const isTimed = value('sccMode') === 'T';
  const started = value('sccPrTime');
  return fileToken({
    line,
    serial,
    type: typeNamed(isTimed ? 'totp' : 'hmac'),
    seed: hexSeed(key),
    digits: value('sccPwLen') === '' ? null : otpDigits('sccPwLen', value('sccPwLen')),
    hash: hashOf(value('crypto')),
    stepSeconds: isTimed ? timeStep('sccTick', value('sccTick') || '30') : null,
    // Its clock counts from there on.
    shiftSeconds: isTimed && started !== '' ? -Math.floor(startDate.getTime() / 1000) : null,
    description: descriptionText([value('sccTokenType'), started].filter((text) => text !== '').join(' ')),
  });
}

function hashOf(crypto: string): 'sha1' | 'sha256' | 'sha512' {
  switch (crypto.toLowerCase()) {
    case '':
    case 'hmacsha1':
      return 'sha1';
    case 'hmacsha256':
      return 'sha256';
    case 'hmacsha512':
      return 'sha512';
    default:
      throw new Unreadable('crypto is none of HmacSHA1, HmacSHA256, HmacSHA512');
  }
}

const FORMS = [
  /^(?<day>\d{1,2})\.(?<month>\d{1,2})\.(?<year>\d{4})(?:\+(?<hour>\d{1,2}):(?<minute>\d{1,2})| (?<hour2>\d{1,2}):(?<minute2>\d{1,2})(?::(?<second>\d{1,2}))?)?$/,
  /^(?<year>\d{4})-(?<month>\d{1,2})-(?<day>\d{1,2})(?:\+(?<hour>\d{1,2}):(?<minute>\d{1,2})| (?<hour2>\d{1,2}):(?<minute2>\d{1,2})(?::(?<second>\d{1,2}))?)?$/,
];

/** When nothing else is said. */
export const USUAL_START = new Date(2000, 0, 1);

/** `d.m.Y` or `Y-m-d`, with a time or without one, in this machine's zone. @returns `null` for anything else */
export function parseStartDate(text: string): Date | null {
  const parts = FORMS.map((form) => form.exec(text)?.groups).find((groups) => groups !== undefined);
  if (!parts) return null;
  const number = (...names: readonly string[]) => Number(names.map((name) => parts[name]).find(Boolean) ?? 0);
  const [year, month, day] = [number('year'), number('month'), number('day')];
  const [hour, minute, second] = [number('hour', 'hour2'), number('minute', 'minute2'), number('second')];
  const date = new Date(year, month - 1, day, hour, minute, second);
  // 31 February is no day.
  const isReal = date.getMonth() === month - 1 && date.getDate() === day;
  return isReal && hour < 24 && minute < 60 && second < 60 ? date : null;
}
