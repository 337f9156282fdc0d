import { Invalid } from '@app/kernel';
import { CsvError, parse } from 'csv-parse/sync';

import { parsePasswd } from '../passwd-lines.js';
import type { ManagedProfile } from './managed-user.js';

/** A user as a line of an import file tells of them. */
export interface ImportedUser extends ManagedProfile {
  readonly line: number;
  /** As it stands there: a hash, or the password itself; `''`: none. */
  readonly password: string;
}

const COLUMNS = [
  'username',
  'userid',
  'surname',
  'givenname',
  'email',
  'phone',
  'mobile',
  'password',
] as const;
export type ImportColumn = (typeof COLUMNS)[number];

/** Which column of a csv file holds what, counted from 0. */
export type ColumnMapping = Readonly<Partial<Record<ImportColumn, number>>>;

export interface CsvFormat {
  readonly kind: 'csv';
  /** One character. */
  readonly delimiter: string;
  /** One character. */
  readonly quote: string;
  /** The first record is none of a user. */
  readonly hasHeader: boolean;
  readonly columns: ColumnMapping;
}

export type ImportFormat = CsvFormat | { readonly kind: 'passwd' };

/** Where LinOTP expects what (spec/system-api §5.3). */
export const USUAL_COLUMNS: ColumnMapping = Object.fromEntries(COLUMNS.map((name, place) => [name, place]));

// No password and no hash: it stands in another file, or the account is locked.
const NO_PASSWORD = /^x$|^[*!]/;
const HIGHEST_COLUMN = 1_000;
const LONGEST_TEXT = 255;
const LONGEST_PASSWORD = 1_024;

/**
 * The users of a file. Lines without a user id or a login are left out.
 * @throws Invalid for a file that is not of this format, or that has lines and no user in them
 */
export function parseImport(text: string, format: ImportFormat): ImportedUser[] {
  const users = format.kind === 'csv' ? csvUsers(text, format) : passwdUsers(text);
  // A wrong delimiter must not pass for "all users are gone".
  if (users.length === 0 && text.trim() !== '') {
    throw new Invalid('file', 'no line of the file has both a user id and a login: is it of this format?');
  }
  for (const user of users) refuseLongTexts(user);
  return users;
}

function refuseLongTexts({ line, password, ...profile }: ImportedUser): void {
  const isTooLong = Object.values(profile).some((text) => text.length > LONGEST_TEXT);
  if (!isTooLong && password.length <= LONGEST_PASSWORD) return;
  throw new Invalid('file', `line ${line} has a field of more than ${LONGEST_TEXT} characters`);
}

/**
 * The mapping of a JSON object of columns. Names that mean nothing here are passed over.
 * @throws Invalid
 */
export function parseColumnMapping(json: string): ColumnMapping {
  const given = parsedObject(json);
  const mapping: Partial<Record<ImportColumn, number>> = {};
  for (const name of COLUMNS) {
    if (!Object.hasOwn(given, name)) continue;
    const column = Number(given[name]);
    if (given[name] === '' || !Number.isInteger(column) || column < 0 || column > HIGHEST_COLUMN) {
      throw new Invalid('column_mapping', `column_mapping: ${name} needs a column, counted from 0`);
    }
    mapping[name] = column;
  }
  if (mapping.username === undefined || mapping.userid === undefined) {
    throw new Invalid('column_mapping', 'column_mapping needs username and userid');
  }
  return mapping;
}

function parsedObject(json: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Refused below, like every other value that is no object.
  }
  throw new Invalid('column_mapping', 'column_mapping is no JSON object');
}

function passwdUsers(text: string): ImportedUser[] {
  return parsePasswd(text).map(({ number, user, password }) => {
    const { userId, username, surname, givenName, email, phone, mobile } = user;
    const profile = { userId, username, surname, givenName, email, phone, mobile };
    return { line: number, ...profile, password: NO_PASSWORD.test(password) ? '' : password };
  });
}

function csvUsers(text: string, { delimiter, quote, hasHeader, columns }: CsvFormat): ImportedUser[] {
  const users: ImportedUser[] = [];
  for (const { line, fields } of csvRecords(text, delimiter, quote).slice(hasHeader ? 1 : 0)) {
    const field = (name: ImportColumn) => fields[columns[name] ?? -1] ?? '';
    const userId = field('userid');
    const username = field('username');
    if (userId === '' || username.trim() === '') continue;
    users.push({
      line,
      userId,
      username,
      surname: field('surname'),
      givenName: field('givenname'),
      email: field('email'),
      phone: field('phone'),
      mobile: field('mobile'),
      password: field('password'),
    });
  }
  return users;
}

interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[];
}

function csvRecords(text: string, delimiter: string, quote: string): CsvRecord[] {
  if ([...delimiter].length !== 1) throw new Invalid('delimiter', '"delimiter" must be a 1-character string');
  if ([...quote].length !== 1) throw new Invalid('quotechar', '"quotechar" must be a 1-character string');
  if (delimiter === quote) throw new Invalid('delimiter', 'delimiter and quotechar must differ');
  const records: CsvRecord[] = [];
  try {
    parse(text, {
      delimiter,
      quote,
      escape: quote,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      on_record: (fields: string[], { lines }) => {
        records.push({ line: lines, fields });
        return null;
      },
    });
    return records;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    // Its own words would repeat what stands in the file.
    throw new Invalid('file', `the file is no csv from line ${records.at(-1)?.line ?? 0} on: ${error.code}`);
  }
}
