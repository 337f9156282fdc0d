/** What lists are about: tokens that nobody can log in with. Written by the database itself, a million in a minute or two. */

const AT_ONCE = 50_000;

export const USERS = 100_000;
/** `head` holds three tokens of ten, `branch7` one of a hundred. */
export const REALMS = ['head', ...Array.from({ length: 70 }, (_, place) => `branch${place}`)];

export const userNameOf = (place) => `user${String(place).padStart(6, '0')}`;

/**
 * @param {import('pg').Client} database of the server
 * @param {number} count
 * @param {string} resolver of type passwd; its users' ids are their places
 */
export async function makeListedTokens(database, count, resolver) {
  for (let start = 0; start < count; start += AT_ONCE) {
    await database.query(
      `INSERT INTO token (serial, type, description, active, owner_resolver, owner_resolver_type, owner_user_id, realms,
         secret_sealed, digits, hash, max_failures, look_ahead, sync_window, created_at)
       SELECT CASE WHEN n % 3 = 0 THEN 'TOTP' ELSE 'OATH' END || upper(substr(md5(n::text), 1, 12)),
         CASE WHEN n % 3 = 0 THEN 'totp' ELSE 'hotp' END,
         (ARRAY['phone of ', 'card ', 'key ring ', 'spare of ', ''])[1 + n % 5] || substr(md5('d' || n), 1, 10),
         n % 50 <> 0,
         CASE WHEN n % 5 < 4 THEN $3 END, CASE WHEN n % 5 < 4 THEN 'passwd' END,
         CASE WHEN n % 5 < 4 THEN (n % ${USERS})::text END,
         CASE WHEN n % 10 < 3 THEN '{head}' ELSE ARRAY['branch' || n % 70] END,
         decode(repeat('ab', 60), 'hex'), 6, 'sha1', 10, 10, 1000, now() - n * interval '1 second'
       FROM generate_series($1::int, $2::int) n`,
      [start, Math.min(count, start + AT_ONCE) - 1, resolver],
    );
  }
  await database.query('VACUUM ANALYZE token');
}
