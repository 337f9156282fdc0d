import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

const AT_ONCE = 1_000;

export const SEED = Buffer.from('12345678901234567890', 'ascii');
export const PIN = 'pin1';
export const loginOf = (place) => `user${place}`;
export const userIdOf = (place) => String(10_000 + place);
export const serialOf = (place) => `BENCH${String(place).padStart(8, '0')}`;

/**
 * Enrols HOTP tokens with a PIN, sealed as the server seals them, past its interface: thousands a second.
 *
 * @param {import('pg').Client} database of the server
 * @param {string} dataFolder of the server, with its keyring
 * @param {number} count
 * @param {{ resolver: string, type: string, realm: string, userIdOf?: (place: number) => string } | null} owners each token has one of its own
 */
export async function enrolTokens(database, dataFolder, count, owners = null) {
  const { readKeyring } = await import('../../../dist/src/keyring/keyring-file.js');
  const { secretPlace } = await import('../../../dist/src/persistence/tokens/token-row.js');
  const { pinVerifier } = await import('../../../dist/libs/tokens/src/index.js');
  const keyring = await readKeyring(join(dataFolder, 'keyring.json'));
  const random = { bytes: (length) => randomBytes(length) };
  for (let start = 0; start < count; start += AT_ONCE) {
    const places = Array.from({ length: Math.min(AT_ONCE, count - start) }, (_, place) => start + place);
    const { rows } = await database.query(
      `SELECT nextval(pg_get_serial_sequence('token', 'id'))::int AS id FROM generate_series(1, $1)`,
      [places.length],
    );
    const ids = rows.map(({ id }) => id);
    const seal = (id, column, secret) => keyring.seal(secretPlace(id, column), secret);
    const pins = ids.map((id) => pinVerifier(PIN, random).use((bytes) => seal(id, 'pin_sealed', bytes)));
    await database.query(
      `INSERT INTO token (id, serial, type, secret_sealed, pin_sealed, owner_user_id, digits, hash, max_failures, look_ahead,
         sync_window, owner_resolver, owner_resolver_type, realms)
       SELECT t.*, 6, 'sha1', 10, 10, 1000, $7, $8, $9
       FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bytea[], $5::bytea[], $6::text[]) AS t`,
      [
        ids,
        places.map(serialOf),
        places.map(() => 'hotp'),
        ids.map((id) => seal(id, 'secret_sealed', SEED)),
        pins,
        places.map(owners ? (owners.userIdOf ?? userIdOf) : () => null),
        owners?.resolver ?? null,
        owners?.type ?? null,
        owners ? [owners.realm] : [],
      ],
    );
  }
  await database.query('ANALYZE token');
}
