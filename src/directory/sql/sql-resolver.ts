import { DomainError, Unavailable, cutText } from '@app/kernel';
import {
  AmbiguousUser,
  type ResolverDefinition,
  type ResolverTest,
  type ResolverTypeDescription,
  type UserRecord,
  type UserSearch,
} from '@app/realms';

import type { DirectoryPasswords } from '../passwords/directory-passwords.js';
import type { PasswordComparison, ResolverAdapter } from '../resolver-adapter.js';
import { SQL_PARAMETERS } from './sql-parameters.js';
import { digestOf, parseSqlSettings, userIdColumn } from './sql-settings.js';
import { SqlUsers } from './sql-users.js';
import { textOf, userOfRow } from './user-rows.js';

/** Connecting and asking have limits of their own; this is for both, and for waiting for a connection. */
const BUDGET_MS = 8_000;
const LONGEST_REASON = 300;
const EVERYBODY: UserSearch = { fields: {}, anyField: null };

/** How many users are read at a time. */
export const PAGE_ROWS = 1_000;

/** Users in a table of PostgreSQL, MySQL or MariaDB (spec/system-api §4.4). */
export class SqlResolver implements ResolverAdapter {
  readonly description: ResolverTypeDescription = {
    parameters: SQL_PARAMETERS,
    userIdSource: userIdColumn,
    isDefinable: true,
  };
  /** By resolver name, stored or being tried out; the key says of which settings. */
  readonly #open = new Map<string, { readonly key: string; readonly users: SqlUsers }>();
  readonly #retired = new Set<SqlUsers>();

  constructor(private readonly passwords: Pick<DirectoryPasswords, 'verify'>) {}

  budgetOf(): number {
    return BUDGET_MS;
  }

  async byLogin(resolver: ResolverDefinition, login: string): Promise<UserRecord | null> {
    const found = await this.#asked(resolver, async (users) => {
      const queries = await users.queries();
      return usersOf(queries.fields, await users.rows(queries.byLogin(login)));
    });
    const [first, ...others] = found;
    if (others.some(({ userId }) => userId !== first?.userId)) throw new AmbiguousUser(login);
    return first ?? null;
  }

  async byId(resolver: ResolverDefinition, userId: string): Promise<UserRecord | null> {
    const found = await this.#asked(resolver, async (users) => {
      const queries = await users.queries();
      return usersOf(queries.fields, await users.rows(queries.byId(userId)));
    });
    // The database may take more for equal: case, accents, blanks at the end.
    return found.find((user) => user.userId === userId) ?? null;
  }

  async byIds(
    resolver: ResolverDefinition,
    userIds: readonly string[],
  ): Promise<ReadonlyMap<string, UserRecord>> {
    const wanted = new Set(userIds);
    const found = await this.#asked(resolver, async (users) => {
      const queries = await users.queries();
      const rows = await users.rowsIfHoldable(queries.byIds(userIds));
      if (rows) return usersOf(queries.fields, rows);
      // One of the ids is nothing that the column can hold. The others must not be missed for it.
      const records: UserRecord[] = [];
      for (const userId of userIds) {
        records.push(...usersOf(queries.fields, await users.rows(queries.byId(userId))));
      }
      return records;
    });
    // The database may take more for equal; and of several rows of one user the first counts.
    const known = new Map<string, UserRecord>();
    for (const user of found) {
      if (wanted.has(user.userId) && !known.has(user.userId)) known.set(user.userId, user);
    }
    return known;
  }

  async *search(resolver: ResolverDefinition, search: UserSearch): AsyncGenerator<readonly UserRecord[]> {
    let after: string | null = null;
    for (;;) {
      const last: string | null = after;
      const [page, fields] = await this.#asked(resolver, async (users) => {
        const queries = await users.queries();
        return [await users.rows(queries.page(search, last, PAGE_ROWS)), queries.fields] as const;
      });
      if (page.length > 0) yield usersOf(fields, page);
      if (page.length < PAGE_ROWS) return;
      after = textOf(page.at(-1)?.[fields.indexOf('userid')]);
    }
  }

  async hasPassword(
    resolver: ResolverDefinition,
    user: UserRecord,
    password: string,
  ): Promise<boolean | PasswordComparison> {
    if (password === '') return false;
    const rows = await this.#asked(resolver, async (users) =>
      users.rows((await users.queries()).passwordOf(user.userId)),
    );
    const hashes = new Set(
      rows.flatMap(([userId, hash]) => (textOf(userId) === user.userId ? [textOf(hash).trim()] : [])),
    );
    const [hash, ...others] = hashes;
    // Of several rows none is known to be the right one.
    if (hash === undefined || others.length > 0) return false;
    return () => this.passwords.verify(hash, password);
  }

  async probe(resolver: ResolverDefinition): Promise<void> {
    await this.#asked(resolver, async (users) => users.rows((await users.queries()).any()));
  }

  async test(resolver: ResolverDefinition): Promise<ResolverTest> {
    const userIds: string[] = [];
    try {
      const { limit } = parseSqlSettings(resolver);
      for await (const page of this.search(resolver, EVERYBODY)) {
        userIds.push(...page.map(({ userId }) => userId));
        if (userIds.length > limit)
          return { works: true, userIds: userIds.slice(0, limit), isTruncated: true };
      }
      return { works: true, userIds, isTruncated: false };
    } catch (error) {
      return { works: false, reason: error instanceof DomainError ? error.message : 'the test failed' };
    }
  }

  sourceOf(): string {
    return '';
  }

  retain(resolvers: ReadonlyMap<string, ResolverDefinition>): void {
    const kept = new Set([...resolvers.keys()].map((name) => `stored ${name}`));
    // Drafts, too: whatever was tried out is stored by now, or was not worth it.
    for (const [place, { users }] of this.#open) {
      if (kept.has(place)) continue;
      this.#open.delete(place);
      this.#retire(users);
    }
  }

  async close(): Promise<void> {
    const all = [...[...this.#open.values()].map(({ users }) => users), ...this.#retired];
    this.#open.clear();
    await Promise.all(all.map((users) => users.close()));
  }

  async #asked<T>(resolver: ResolverDefinition, ask: (users: SqlUsers) => Promise<T>): Promise<T> {
    const users = this.#users(resolver);
    try {
      return await ask(users);
    } catch (error) {
      if (error instanceof DomainError) throw error;
      throw new Unavailable(reasonOf(resolver, users, error), { cause: error });
    }
  }

  /** The connections of a resolver as it is defined now; those of an earlier definition are closed. */
  #users(resolver: ResolverDefinition): SqlUsers {
    const isStored = resolver.revision !== '';
    const place = `${isStored ? 'stored' : 'draft'} ${resolver.name}`;
    const key = isStored ? resolver.revision : digestOf(resolver);
    const open = this.#open.get(place);
    if (open?.key === key) return open.users;
    const users = new SqlUsers(parseSqlSettings(resolver));
    this.#open.set(place, { key, users });
    if (open) this.#retire(open.users);
    const draft = `draft ${resolver.name}`;
    const tried = this.#open.get(draft);
    if (isStored && tried) {
      this.#open.delete(draft);
      this.#retire(tried.users);
    }
    return users;
  }

  /** Questions that are under way come to their end first. */
  #retire(users: SqlUsers): void {
    this.#retired.add(users);
    const close = () => void users.close().finally(() => this.#retired.delete(users));
    setTimeout(close, BUDGET_MS).unref();
  }
}

function usersOf(fields: readonly string[], rows: readonly (readonly unknown[])[]): UserRecord[] {
  return rows.flatMap((row) => userOfRow(fields, row) ?? []);
}

/** What the driver says, unless it repeats the password. */
function reasonOf({ name }: ResolverDefinition, { settings }: SqlUsers, error: unknown): string {
  const { password } = settings.connection;
  const said = error instanceof Error && error.message !== '' ? error.message : codeOf(error);
  const isSafe = password === '' || !said.includes(password);
  return `resolver ${name}: ${isSafe ? cutText(said, LONGEST_REASON) : 'the database does not answer'}`;
}

/** Several addresses that all refuse make an error without a message. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'the database does not answer';
}
