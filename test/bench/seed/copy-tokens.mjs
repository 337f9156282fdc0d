import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { from as copyFrom } from 'pg-copy-streams';

import { loginOf, PIN, SEED, serialOf, userIdOf } from './tokens.mjs';

const ROWS_AT_ONCE = 500;
const COLUMNS =
  'id, serial, type, secret_sealed, pin_sealed, digits, hash, max_failures, look_ahead, sync_window, step_seconds, window_seconds, shift_seconds, owner_resolver, owner_resolver_type, owner_user_id, realms';
const NULL = String.raw`\N`;

/**
 * Tokens with a PIN, HOTP and TOTP in turn, sealed as the server seals them, in an empty table: by COPY, so that a million of
 * them takes a minute. The first `owned` have an owner each.
 *
 * @param {import('pg').Client} database of the server, whose role owns the table
 * @param {string} dataFolder of the server, with its keyring
 * @param {{ resolver: string, type: string, realm: string, owned: number }} owners
 */
export async function copyTokens(database, dataFolder, count, owners) {
  await database.query(`SELECT setval(pg_get_serial_sequence('token', 'id'), $1)`, [count]);
  const seals = await sealing(dataFolder);
  await database.query('BEGIN');
  // They keep the totals of lists, a row at a time: here they are counted once.
  await database.query('ALTER TABLE token DISABLE TRIGGER USER');
  // Of many rows an index is made at once in a fraction of the time.
  const { rows: indexes } = await database.query(
    `SELECT quote_ident(indexname) AS name, indexdef AS definition FROM pg_indexes
     WHERE schemaname = current_schema() AND tablename = 'token' AND indexdef NOT LIKE 'CREATE UNIQUE %'`,
  );
  for (const { name } of indexes) await database.query(`DROP INDEX ${name}`);
  const sink = database.query(copyFrom(`COPY token (${COLUMNS}) FROM STDIN`));
  await pipeline(Readable.from(lines(count, owners, seals)), sink);
  await database.query(`SET LOCAL maintenance_work_mem = '256MB'`);
  for (const { definition } of indexes) await database.query(definition);
  await database.query('DELETE FROM token_tally');
  await database.query(
    `INSERT INTO token_tally (realms, active, type, owner_resolver, owner_resolver_type, tokens)
     SELECT realms, active, type, owner_resolver, owner_resolver_type, count(*) FROM token GROUP BY 1, 2, 3, 4, 5`,
  );
  await database.query('ALTER TABLE token ENABLE TRIGGER USER');
  await database.query('COMMIT');
  await database.query('VACUUM ANALYZE token');
}

/** As `copyTokens` made them: nothing is spent, nobody has failed; what others made is gone. */
export async function setTokensBack(database) {
  await database.query(`DELETE FROM token WHERE serial LIKE 'MADE%'`);
  await database.query('DELETE FROM challenge');
  await database.query(
    `UPDATE token SET counter = 0, failures = 0, blocked_until = NULL, challenged_at = '{}',
       shift_seconds = CASE WHEN type = 'totp' THEN 0 END
     WHERE counter <> 0 OR failures <> 0 OR challenged_at <> '{}'`,
  );
}

async function sealing(dataFolder) {
  const { readKeyring } = await import('../../../dist/src/keyring/keyring-file.js');
  const { secretPlace } = await import('../../../dist/src/persistence/tokens/token-row.js');
  const { pinVerifier } = await import('../../../dist/libs/tokens/src/index.js');
  const keyring = await readKeyring(join(dataFolder, 'keyring.json'));
  const random = { bytes: (length) => randomBytes(length) };
  const text = (bytes) => `\\\\x${bytes.toString('hex')}`;
  return {
    secret: (id) => text(keyring.seal(secretPlace(id, 'secret_sealed'), SEED)),
    pin: (id) =>
      pinVerifier(PIN, random).use((bytes) => text(keyring.seal(secretPlace(id, 'pin_sealed'), bytes))),
  };
}

function* lines(count, { resolver, type, realm, owned }, seals) {
  let text = '';
  for (let place = 0; place < count; place++) {
    const id = 1 + place;
    const time = place % 2 === 1 ? ['totp', 30, 180, 0] : ['hotp', NULL, NULL, NULL];
    const owner = place < owned ? [resolver, type, userIdOf(place), `{${realm}}`] : [NULL, NULL, NULL, '{}'];
    const [kind, ...clock] = time;
    const limits = [6, 'sha1', 10, 10, 1000];
    text += `${[id, serialOf(place), kind, seals.secret(id), seals.pin(id), ...limits, ...clock, ...owner].join('\t')}\n`;
    if ((place + 1) % ROWS_AT_ONCE === 0 || place + 1 === count) {
      yield text;
      text = '';
    }
  }
}

/** The lines of a passwd file in which the owners stand. */
export function* passwdLines(owned) {
  for (let place = 0; place < owned; place++) yield `${loginOf(place)}:x:${userIdOf(place)}:1:::\n`;
}
