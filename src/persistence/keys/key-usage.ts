import { type PolicySecrets, sealedSecretsIn } from '@app/realms';

import { Keyring } from '../../keyring/keyring.js';
import type { Queryable } from '../database.js';
import { SEALED_TABLES, keyIdIn } from './sealed-values.js';

/** How many values are sealed with a key, by the table that they are in; policies count as one. */
export type KeyUsage = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** What stands for a key id where a value is of no format that this release knows. */
export const NO_KEY = 'none';

/**
 * Looks at every sealed value, without opening any.
 * @returns by key id; keys that nothing is sealed with are not in it
 */
export async function keyUsage(database: Queryable, secrets: PolicySecrets): Promise<KeyUsage> {
  const usage = new Map<string, Map<string, number>>();
  const add = (keyId: string, table: string, count: number) => {
    const tables = usage.get(keyId) ?? new Map<string, number>();
    usage.set(keyId, tables.set(table, (tables.get(table) ?? 0) + count));
  };
  for (const { table, columns } of SEALED_TABLES) {
    const ids = columns.map((column) => `(${keyIdIn(`t.${column}`)})`).join(', ');
    const { rows } = await database.query<{ id: string; count: number }>(
      `SELECT encode(k.id, 'hex') AS id, count(*) FROM ${table} t CROSS JOIN LATERAL (VALUES ${ids}) AS k(id)
       WHERE k.id IS NOT NULL GROUP BY k.id`,
    );
    for (const { id, count } of rows) add(id, table, count);
  }
  for (const { sealed } of await policySecretsIn(database, secrets)) {
    add(Keyring.keyIdOf(Buffer.from(sealed, 'base64url')) ?? NO_KEY, 'policy', 1);
  }
  return usage;
}

async function policySecretsIn(database: Queryable, secrets: PolicySecrets) {
  const { rows } = await database.query<{ action: string }>(POLICIES_WITH_SERVERS);
  return rows.flatMap(({ action }) => sealedSecretsIn(action, secrets));
}

/** Most policies name no server. */
export const POLICIES_WITH_SERVERS = `SELECT name, action FROM policy WHERE action ILIKE '%forward_server%' ORDER BY name`;
