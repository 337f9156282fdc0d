import type { ManagedUser, ManagedUserChange } from '@app/realms';

import type { Queryable } from '../database.js';

/** A few statements, however many users there are. Who gets another password, or is gone, is logged out of the self-service. */
export async function changeManagedUsers(
  database: Queryable,
  resolver: string,
  { removed, saved }: ManagedUserChange,
): Promise<void> {
  await database.query('DELETE FROM managed_user WHERE resolver = $1 AND user_id = ANY($2::text[])', [
    resolver,
    removed,
  ]);
  await database.query(
    `DELETE FROM user_session s USING unnest($2::text[], $3::text[]) AS u (user_id, password_hash)
     LEFT JOIN managed_user m ON m.resolver = $1 AND m.user_id = u.user_id
     WHERE s.resolver = $1 AND s.user_id = u.user_id AND m.password_hash IS DISTINCT FROM u.password_hash`,
    [
      resolver,
      [...removed, ...saved.map(({ userId }) => userId)],
      [...removed.map(() => null), ...saved.map(({ passwordHash }) => passwordHash)],
    ],
  );
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
