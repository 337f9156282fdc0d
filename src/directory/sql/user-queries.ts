import type { UserSearch } from '@app/realms';

import type { Column, Dialect } from './dialect.js';

/** A statement and what is bound to it. */
export interface Statement {
  readonly sql: string;
  readonly values: readonly string[];
}

/** The table of users as it was found: columns by user field, those that it does not have left out. */
export interface UserTable {
  readonly table: string;
  readonly where: string;
  readonly columns: ReadonlyMap<string, Column>;
  readonly userId: Column;
  readonly username: Column;
}

/** Never searched, never in a record: else a pattern could guess a hash letter by letter. */
const HIDDEN = new Set(['password', 'salt']);
/** Several rows of one user may come from a join; more than these are not looked at. */
const SAME_USER_ROWS = 50;
const LIKE_SPECIAL = /[!%_]/g;
const COMPARISON = /^(?<operator><=|>=|<|>)(?<value>.*)$/s;
const UUID = /^[\da-f]{8}-?(?:[\da-f]{4}-?){3}[\da-f]{12}$/i;

/** Writes all statements of a resolver. Names are quoted, values bound; only `Where` is put in as it is. */
export class UserQueries {
  /** The fields that a row holds, in their order. */
  readonly fields: readonly string[];
  readonly #selected: string;
  readonly #searchable: ReadonlyMap<string, Column>;

  constructor(
    private readonly dialect: Dialect,
    private readonly users: UserTable,
  ) {
    const shown = [...users.columns].filter(([field]) => !HIDDEN.has(field.toLowerCase()));
    this.fields = shown.map(([field]) => field);
    // A user id as the database itself writes it: it is compared as such.
    this.#selected = shown
      .map(([field, column]) => (field === 'userid' ? this.#ordered(column) : dialect.quoted(column.name)))
      .join(', ');
    this.#searchable = new Map(shown.map(([field, column]) => [field.toLowerCase(), column]));
  }

  /** `null`: no such text can be in the column. */
  byLogin(login: string): Statement | null {
    return this.#matching(this.#selected, this.users.username, login);
  }

  byId(userId: string): Statement | null {
    return this.#matching(this.#selected, this.users.userId, userId);
  }

  /** All rows of these users. `null`: none of them can be in the column. */
  byIds(userIds: readonly string[]): Statement | null {
    const { userId: column } = this.users;
    const values: string[] = [];
    const bound = userIds
      .filter((userId) => canHold(column, userId))
      .map((userId) => this.dialect.comparable(this.#bound(userId, values), column.kind));
    if (bound.length === 0) return null;
    const where = this.#filtered([`${this.#ordered(column)} IN (${bound.join(', ')})`]);
    return { sql: `SELECT ${this.#selected} FROM ${this.users.table}${where}`, values };
  }

  /** Rows of user id and password; `null` where there is no such column. */
  passwordOf(userId: string): Statement | null {
    const password = this.users.columns.get('password');
    if (!password) return null;
    const selected = `${this.#ordered(this.users.userId)}, ${this.dialect.quoted(password.name)}`;
    return this.#matching(selected, this.users.userId, userId);
  }

  /** One row, whichever: shows whether the database understands the settings. */
  any(): Statement {
    return {
      sql: `SELECT ${this.#selected} FROM ${this.users.table}${this.#filtered([])} LIMIT 1`,
      values: [],
    };
  }

  /**
   * A page of a listing in the order of user ids, which are unique by what the column takes for equal.
   * `null`: nobody can match.
   *
   * @param after the last user id of the page before
   */
  page(search: UserSearch, after: string | null, rows: number): Statement | null {
    const values: string[] = [];
    const conditions = this.#searched(search, values);
    if (!conditions) return null;
    const { name, kind } = this.users.userId;
    const column = this.#ordered(this.users.userId);
    // A view may give rows without one; they belong to nobody.
    conditions.push(`${this.dialect.quoted(name)} IS NOT NULL`);
    if (after !== null)
      conditions.push(`${column} > ${this.dialect.comparable(this.#bound(after, values), kind)}`);
    const sql = `SELECT ${this.#selected} FROM ${this.users.table}${this.#filtered(conditions)} ORDER BY ${column} LIMIT ${rows}`;
    return { sql, values };
  }

  #matching(selected: string, column: Column, text: string): Statement | null {
    if (!canHold(column, text)) return null;
    const values: string[] = [];
    const bound = this.dialect.comparable(this.#bound(text, values), column.kind);
    const where = this.#filtered([`${this.#ordered(column)} = ${bound}`]);
    return { sql: `SELECT ${selected} FROM ${this.users.table}${where} LIMIT ${SAME_USER_ROWS}`, values };
  }

  #searched({ fields, anyField }: UserSearch, values: string[]): string[] | null {
    const conditions: string[] = [];
    for (const [field, pattern] of Object.entries(fields)) {
      const column = this.#searchable.get(field.toLowerCase());
      if (!column) continue;
      const compared = column === this.users.userId ? COMPARISON.exec(pattern.trim())?.groups : undefined;
      if (!compared) conditions.push(this.#like(column, pattern, values));
      else {
        const value = (compared['value'] ?? '').trim();
        if (!canHold(column, value)) return null;
        const bound = this.dialect.comparable(this.#bound(value, values), column.kind);
        conditions.push(`${this.#ordered(column)} ${compared['operator']} ${bound}`);
      }
    }
    if (anyField !== null) {
      const any = [...this.#searchable.values()].map((column) => this.#like(column, anyField, values));
      conditions.push(`(${any.join(' OR ')})`);
    }
    return conditions;
  }

  #like(column: Column, pattern: string, values: string[]): string {
    const text = pattern.trim().replaceAll('\0', '').replace(LIKE_SPECIAL, '!$&').replaceAll('*', '%');
    return this.dialect.like(this.dialect.quoted(column.name), this.#bound(text, values));
  }

  /** What a column is compared and ordered by: its own type and index where text can be turned into that safely. */
  #ordered({ name, kind }: Column): string {
    const column = this.dialect.quoted(name);
    return kind === 'other' ? this.dialect.asText(column) : column;
  }

  #bound(value: string, values: string[]): string {
    values.push(value);
    return this.dialect.placeholder(values.length);
  }

  #filtered(conditions: readonly string[]): string {
    const all = [...(this.users.where === '' ? [] : [this.users.where]), ...conditions];
    return all.length === 0 ? '' : ` WHERE ${all.join(' AND ')}`;
  }
}

/**
 * Text that is no number would be an error to PostgreSQL, and 0 to MySQL: `x` would be the user with the id 0. Text with a
 * NUL is an error, too.
 */
function canHold({ kind }: Column, text: string): boolean {
  if (kind === 'integer') return isInt64(text);
  if (kind === 'uuid') return UUID.test(text);
  return !text.includes('\0');
}

function isInt64(text: string): boolean {
  return /^(?:0|-?[1-9]\d{0,18})$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text);
}
