import { Secret } from '@app/kernel';

import type { TokenInfo } from '../../token.js';
import { type U2fKey, infoOf, u2fKey } from '../../types/u2f/u2f-key.js';
import { descriptionText, fileToken, shown, typeNamed } from '../file-values.js';
import { type FileToken, type LineNote, type TokenFileFormat, Unreadable, itemOf } from '../token-file.js';

/** What LinOTP's `/admin/show` says of one token, as far as it matters here (spec/admin-api §3.2). */
interface ShownToken {
  readonly 'LinOtp.TokenSerialnumber'?: unknown;
  readonly 'LinOtp.TokenType'?: unknown;
  readonly 'LinOtp.TokenDesc'?: unknown;
  readonly 'LinOtp.TokenInfo'?: unknown;
  readonly 'LinOtp.Isactive'?: unknown;
  readonly 'LinOtp.RealmNames'?: unknown;
  readonly 'User.username'?: unknown;
}

// No key of ours: a quotation mark within a text has a backslash before it.
const EACH_SERIAL = /(?<!\\)"LinOtp\.TokenSerialnumber"\s*:/g;
const NO_SECRET = Secret.of(new Uint8Array(0));
/** What would let a token in that LinOTP does not, or no longer. */
const LIMITS = [
  'count_auth_max',
  'count_auth_success_max',
  'validity_period_start',
  'validity_period_end',
  'scope',
];

/**
 * The U2F tokens of another server, by its answer to `/admin/show`: what is known of a registered key is all in it, and nothing of
 * that is secret. PINs are not.
 */
export const u2f: TokenFileFormat = {
  name: 'u2f',

  *parse(text) {
    const rows = rowsOf(text);
    const lines = linesOfSerials(text);
    for (const [place, row] of rows.entries()) {
      const line = lines.length === rows.length ? (lines[place] ?? place + 1) : place + 1;
      yield itemOf(line, () => tokenOf(row, line));
    }
  },
};

/** @throws Unreadable */
function rowsOf(text: string): readonly ShownToken[] {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    // The words of the parser repeat what stands in the file.
    throw new Unreadable('the file is no JSON');
  }
  const { result } = objectIn(answer);
  const { data } = objectIn(objectIn(result)['value']);
  if (!Array.isArray(data)) throw new Unreadable('the file is no answer to /admin/show');
  return data.map(objectIn);
}

function linesOfSerials(text: string): readonly number[] {
  const lines: number[] = [];
  let [line, from] = [1, 0];
  for (const { index } of text.matchAll(EACH_SERIAL)) {
    for (let at = text.indexOf('\n', from); at >= 0 && at < index; at = text.indexOf('\n', at + 1)) line++;
    from = index;
    lines.push(line);
  }
  return lines;
}

/** @throws Unreadable */
function tokenOf(row: ShownToken, line: number): FileToken | LineNote {
  const serial = textIn(row, 'LinOtp.TokenSerialnumber');
  const type = textIn(row, 'LinOtp.TokenType');
  if (type.toLowerCase() !== 'u2f') {
    return { line, reason: `${shown(serial)} is of type ${shown(type)}, whose secret is not shown` };
  }
  const info = infoIn(row);
  const limit = LIMITS.find((name) => info[name] !== undefined);
  if (limit !== undefined) {
    return { line, reason: `${shown(serial)} has ${limit}, which is not imported: no limit is to be lost` };
  }
  const key = keyIn(info);
  if (!key) return { line, reason: `no key is registered with ${shown(serial)}` };
  const [first = '', second = '', ...more] = textsIn(row, 'LinOtp.RealmNames');
  if (more.length > 0) throw new Unreadable(`${shown(serial)} is in more than two realms`);
  const login = textIn(row, 'User.username');
  return fileToken({
    line,
    serial,
    type: typeNamed('u2f'),
    seed: NO_SECRET,
    info: infoOf(key),
    description: descriptionText(textIn(row, 'LinOtp.TokenDesc')),
    owner: login === '' ? null : { login, realm: first },
    realm: login === '' ? first : second,
    ...(row['LinOtp.Isactive'] === false && { isInactive: true }),
  });
}

/** @returns `null`: its registration was never completed @throws Unreadable */
function keyIn(info: TokenInfo): U2fKey | null {
  if (info['phase'] !== 'authentication') return null;
  const key = u2fKey({ info });
  if ('problem' in key) throw new Unreadable(key.problem);
  return key;
}

/** @throws Unreadable */
function infoIn(row: ShownToken): TokenInfo {
  const info = row['LinOtp.TokenInfo'];
  if (typeof info !== 'string') return objectIn(info) as TokenInfo;
  try {
    return objectIn(info === '' ? {} : JSON.parse(info)) as TokenInfo;
  } catch (error) {
    if (error instanceof Unreadable) throw error;
    throw new Unreadable('LinOtp.TokenInfo is no JSON');
  }
}

function objectIn(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new Unreadable('the file is no answer to /admin/show');
}

function textIn(row: ShownToken, name: keyof ShownToken): string {
  const value = row[name] ?? '';
  if (typeof value !== 'string') throw new Unreadable(`${name} is no text`);
  return value;
}

function textsIn(row: ShownToken, name: keyof ShownToken): readonly string[] {
  const value = row[name] ?? [];
  if (!Array.isArray(value) || value.some((one) => typeof one !== 'string')) {
    throw new Unreadable(`${name} is no list of texts`);
  }
  return value;
}
