import { Invalid } from '@app/kernel';

import { type Column } from './dialect.js';
import { MySqlDatabase } from './mysql-database.js';
import { PostgresDatabase } from './postgres-database.js';
import type { SqlDatabase } from './sql-database.js';
import type { SqlSettings } from './sql-settings.js';
import { type Statement, UserQueries } from './user-queries.js';

/** One resolver's table of users and the connections to it. Opened at the first question. */
export class SqlUsers {
  #database: Promise<SqlDatabase> | null = null;
  #queries: Promise<UserQueries> | null = null;
  #isClosed = false;

  constructor(readonly settings: SqlSettings) {}

  /** @throws Invalid when the table does not have the columns; what the driver throws */
  queries(): Promise<UserQueries> {
    const queries = (this.#queries ??= this.#describe());
    // Whatever is wrong may be put right in the database.
    queries.catch(() => this.#forget(queries));
    return queries;
  }

  /** Rows for a statement; none for `null`, or for text that the column cannot hold. */
  async rows(statement: Statement | null): Promise<readonly (readonly unknown[])[]> {
    return (await this.rowsIfHoldable(statement)) ?? [];
  }

  /** `null`: the column cannot hold some text of the statement. */
  async rowsIfHoldable(statement: Statement | null): Promise<readonly (readonly unknown[])[] | null> {
    if (!statement) return [];
    const database = await this.#open();
    try {
      return await database.rows(statement);
    } catch (error) {
      if (database.isUnholdable(error) && (await this.#answersWithoutIt(database, statement))) return null;
      // Perhaps the table is another one by now.
      this.#queries = null;
      throw error;
    }
  }

  /** Whether it was the text that was typed: the administrator's condition could fail in the same way. */
  async #answersWithoutIt(database: SqlDatabase, statement: Statement): Promise<boolean> {
    const any = (await this.queries()).any();
    if (any.sql === statement.sql) return false;
    await database.rows(any);
    return true;
  }

  /** Once and for all. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const database = await this.#database?.catch(() => null);
    await database?.close().catch(() => undefined);
  }

  #open(): Promise<SqlDatabase> {
    if (this.#isClosed) return Promise.reject(new Error('the resolver was changed meanwhile'));
    const { connection } = this.settings;
    const database = (this.#database ??=
      connection.driver === 'mysql' ? MySqlDatabase.open(connection) : PostgresDatabase.open(connection));
    database.catch(() => {
      if (this.#database === database) this.#database = null;
    });
    return database;
  }

  #forget(queries: Promise<UserQueries>): void {
    if (this.#queries === queries) this.#queries = null;
  }

  async #describe(): Promise<UserQueries> {
    const { columns: wanted, where } = this.settings;
    const database = await this.#open();
    const { dialect } = database;
    const table = this.settings.table.map((part) => dialect.quoted(part)).join('.');
    const found = await database.rows(dialect.describeTable(table));
    const existing = found.map(([name, type]): Column => ({
      name: String(name),
      kind: dialect.kindOf(String(type)),
    }));
    const columns = new Map<string, Column>();
    for (const [field, name] of wanted) {
      const column = columnOf(existing, name);
      // A map may name columns that a table does not have (spec/system-api §4.4).
      if (column) columns.set(field, column);
    }
    const [userId, username] = [columns.get('userid'), columns.get('username')];
    if (!userId || !username)
      throw new Invalid('Map', 'the table has no such columns for userid and username');
    return new UserQueries(dialect, { table, where, columns, userId, username });
  }
}

/** Case does not matter, unless there are several that differ in nothing else. */
function columnOf(columns: readonly Column[], name: string): Column | undefined {
  return (
    columns.find((column) => column.name === name) ??
    columns.find((column) => column.name.toLowerCase() === name.toLowerCase())
  );
}
