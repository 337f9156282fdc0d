import type { SealedPlace } from '../../keyring/keyring.js';

/** A table with sealed values, and the column by which its rows are bound into their seals. */
export interface SealedTable {
  readonly table: string;
  readonly row: string;
  readonly rowType: 'bigint' | 'text';
  readonly columns: readonly string[];
}

/**
 * All of them, beside secrets within the texts of policies. Last come the keys that every node opens when it starts: before a
 * rotation is over, no node starts that lacks the older key.
 */
export const SEALED_TABLES: readonly SealedTable[] = [
  {
    table: 'token',
    row: 'id',
    rowType: 'bigint',
    columns: ['secret_sealed', 'pin_sealed', 'user_pin_sealed', 'shared_secret_sealed'],
  },
  { table: 'setting', row: 'key', rowType: 'text', columns: ['sealed'] },
  { table: 'resolver_secret', row: 'id', rowType: 'bigint', columns: ['sealed'] },
  { table: 'provider', row: 'id', rowType: 'bigint', columns: ['config_sealed'] },
  { table: 'secret', row: 'name', rowType: 'text', columns: ['sealed'] },
];

export function sealedPlace({ table }: SealedTable, row: string, column: string): SealedPlace {
  return { table, row, column };
}

/** SQL: the id of the key that a column is sealed with, as bytes (see `Keyring`); NULL where nothing is sealed. */
export function keyIdIn(column: string): string {
  return `substr(${column}, 2, 4)`;
}
