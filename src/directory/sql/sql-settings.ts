import { createHash } from 'node:crypto';

import { Invalid, type Secret } from '@app/kernel';
import type { ResolverDefinition } from '@app/realms';

import { type ConnectionSettings, parseConnection } from './connection-settings.js';
import { parseWhere } from './where-clause.js';

/** An SQL resolver's settings, understood. */
export interface SqlSettings {
  readonly connection: ConnectionSettings;
  /** Schema, if there is one, and name. */
  readonly table: readonly string[];
  /** In parentheses, or empty. */
  readonly where: string;
  /** Column by user field. */
  readonly columns: ReadonlyMap<string, string>;
  readonly limit: number;
}

const HIGHEST_LIMIT = 100_000;

/** @throws Invalid, with a message that repeats no secret */
export function parseSqlSettings({ parameters, secrets }: ResolverDefinition): SqlSettings {
  const connection = parseConnection(parameters, textOf(secrets['Password']), textOf(secrets['Connect']));
  return {
    connection,
    table: parseTable(parameters['Table'] ?? ''),
    where: parseWhere(parameters['Where'] ?? '', connection.driver),
    columns: parseMap(parameters['Map'] ?? ''),
    limit: parseLimit(parameters['Limit'] ?? ''),
  };
}

/** Equal for equal settings; tells nothing of the secrets. */
export function digestOf({ parameters, secrets }: ResolverDefinition): string {
  const opened = ['Password', 'Connect'].map((name) => textOf(secrets[name]));
  return createHash('sha256')
    .update(JSON.stringify([parameters, opened]))
    .digest('hex');
}

/** The column of user ids, where it can be told; else `''`. */
export function userIdColumn(parameters: Readonly<Record<string, string>>): string {
  try {
    return parseMap(parameters['Map'] ?? '').get('userid') ?? '';
  } catch {
    return '';
  }
}

function textOf(secret: Secret | undefined): string {
  return secret?.use((bytes) => Buffer.from(bytes).toString('utf8')) ?? '';
}

function parseTable(text: string): string[] {
  const parts = text.split('.').map((part) => part.trim());
  if (parts.length > 2 || parts.some((part) => part === '' || part.includes('\0'))) {
    throw new Invalid('Table', 'Table must be the name of a table, or schema.table');
  }
  return parts;
}

function parseMap(text: string): ReadonlyMap<string, string> {
  const columns = new Map<string, string>();
  for (const [field, column] of Object.entries(parseObject(text))) {
    if (typeof column !== 'string' || column.includes('\0')) {
      throw new Invalid('Map', `Map must name a column for ${field}`);
    }
    // Forms send all fields, empty where the table has none.
    if (column.trim() !== '') columns.set(field.trim(), column.trim());
  }
  for (const field of ['userid', 'username']) {
    if (!columns.has(field)) throw new Invalid('Map', `Map must name the column of ${field}`);
  }
  return columns;
}

function parseObject(text: string): object {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new Invalid('Map', 'Map must be a JSON object', { cause });
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new Invalid('Map', 'Map must be a JSON object');
  }
  return parsed;
}

function parseLimit(text: string): number {
  if (text.trim() === '') return 1000;
  if (!/^\s*\d{1,9}\s*$/.test(text) || Number(text) < 1)
    throw new Invalid('Limit', 'Limit must be a number above 0');
  return Math.min(Number(text), HIGHEST_LIMIT);
}
