import type { ManagedUser, ManagedUserChange } from '@app/realms';

import type { Queryable } from '../database.js';

/** Two statements, however many users there are. */
export async function changeManagedUsers(
  database: Queryable,
  resolver: string,
  { removed, saved }: ManagedUserChange,
): Promise<void> {
  await database.query('DELETE FROM managed_user WHERE resolver = $1 AND user_id = ANY($2::text[])', [
    resolver,
    removed,
  ]);
  const column = (valueOf: (user: ManagedUser) => string | null) => saved.map(valueOf);
  await database.query(
    `INSERT INTO managed_user (resolver, user_id, username, surname, given_name, email, phone, mobile, password_hash)
     SELECT $1, u.* FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[]) AS u
     ON CONFLICT (resolver, user_id) DO UPDATE SET username = excluded.username, surname = excluded.surname,
       given_name = excluded.given_name, email = excluded.email, phone = excluded.phone, mobile = excluded.mobile,
       password_hash = excluded.password_hash`,
    [
      resolver,
      column((user) => user.userId),
      column((user) => user.username),
      column((user) => user.surname),
      column((user) => user.givenName),
      column((user) => user.email),
      column((user) => user.phone),
      column((user) => user.mobile),
      column((user) => user.passwordHash),
    ],
  );
}
