import type { ManagedUser } from '@app/realms';

import type { Queryable } from '../database.js';

export const MANAGED_USER_COLUMNS =
  'user_id, username, surname, given_name, email, phone, mobile, password_hash';

export interface ManagedUserRow {
  readonly user_id: string;
  readonly username: string;
  readonly surname: string;
  readonly given_name: string;
  readonly email: string;
  readonly phone: string;
  readonly mobile: string;
  readonly password_hash: string | null;
}

export function managedUserOf(row: ManagedUserRow): ManagedUser {
  const { user_id: userId, username, surname, given_name: givenName, email, phone, mobile } = row;
  return { userId, username, surname, givenName, email, phone, mobile, passwordHash: row.password_hash };
}

/** In order of user id. */
export async function readManagedUsers(database: Queryable, resolver: string): Promise<ManagedUser[]> {
  const { rows } = await database.query<ManagedUserRow>(
    `SELECT ${MANAGED_USER_COLUMNS} FROM managed_user WHERE resolver = $1 ORDER BY user_id`,
    [resolver],
  );
  return rows.map(managedUserOf);
}
