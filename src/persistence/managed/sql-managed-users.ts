import { type ManagedUser, ManagedUsers, type UserSearch } from '@app/realms';
import { cleanText } from '@app/kernel';

import { asUnavailable, type Queryable } from '../database.js';
import { ManagedUserConditions } from './managed-user-conditions.js';
import {
  MANAGED_USER_COLUMNS,
  type ManagedUserRow,
  managedUserOf,
  readManagedUsers,
} from './managed-user-row.js';

const SELECT = `SELECT ${MANAGED_USER_COLUMNS} FROM managed_user WHERE resolver = $1`;

export class SqlManagedUsers extends ManagedUsers {
  constructor(private readonly database: Queryable) {
    super();
  }

  byLogin(resolver: string, login: string): Promise<readonly ManagedUser[]> {
    return this.#select(`${SELECT} AND username = $2 ORDER BY user_id LIMIT 2`, [resolver, login]);
  }

  async byId(resolver: string, userId: string): Promise<ManagedUser | null> {
    const [user] = await this.#select(`${SELECT} AND user_id = $2`, [resolver, userId]);
    return user ?? null;
  }

  byIds(resolver: string, userIds: readonly string[]): Promise<readonly ManagedUser[]> {
    return this.#select(`${SELECT} AND user_id = ANY($2::text[])`, [resolver, userIds.map(cleanText)]);
  }

  page(
    resolver: string,
    search: UserSearch,
    after: string | null,
    limit: number,
  ): Promise<readonly ManagedUser[]> {
    const conditions = new ManagedUserConditions([resolver, after, limit]).add(search);
    return this.#select(
      `${SELECT} AND ($2::text IS NULL OR user_id > $2)${conditions.text} ORDER BY user_id LIMIT $3`,
      conditions.values,
    );
  }

  async all(resolver: string): Promise<readonly ManagedUser[]> {
    try {
      return await readManagedUsers(this.database, resolver);
    } catch (error) {
      throw asUnavailable(error);
    }
  }

  async #select(text: string, values: readonly unknown[]): Promise<ManagedUser[]> {
    // What no column can hold is nobody's; in a pattern it matches nothing.
    const clean = values.map((value) => (typeof value === 'string' ? cleanText(value) : value));
    try {
      const { rows } = await this.database.query<ManagedUserRow>(text, clean);
      return rows.map(managedUserOf);
    } catch (error) {
      throw asUnavailable(error);
    }
  }
}
