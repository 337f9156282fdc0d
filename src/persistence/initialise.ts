import type { DataSource } from 'typeorm';

import type { Keyring } from '../keyring/keyring.js';
import { createKeyring, readKeyring } from '../keyring/keyring-file.js';
import type { AdministratorNames } from './configuration/read-configuration.js';
import { type DatabaseAddress, type PrimaryClient, connectPrimary, hasTable } from './database.js';
import { createDataSource } from './data-source.js';
import { RestoreWasCut, hasRestoreMarker } from './backup/restore-marker.js';
import {
  KeyringMismatch,
  checkCanary,
  createInstallationKeys,
  followSealingKey,
  openInstallationKeys,
  type InstallationKeys,
} from './installation-keys.js';
import { insertPartitionKey } from './sql-partition-keys.js';

/** This release is older than the database's schema. */
export class SchemaTooNew extends Error {
  constructor(names: readonly string[]) {
    super(
      `the database was migrated by a newer release (${names.join(', ')}): start that release, or a newer one, instead`,
    );
  }
}

export interface InitialiseOptions {
  readonly address: DatabaseAddress;
  readonly keyringFile: string;
  readonly names: AdministratorNames;
}

export interface Initialised {
  readonly dataSource: DataSource;
  readonly keyring: Keyring;
  readonly keys: InstallationKeys;
}

// Of any number of nodes that start at once, one initialises or migrates at a time.
export const INITIALISATION_LOCK = 0x7477_696e;

/**
 * Makes the database ready: keyring and keys of an empty one, migrations, the realm of administrators.
 *
 * @param underLock runs before the lock is given back, e.g. to make the first administrator
 * @throws RestoreWasCut, KeyringMismatch, KeyringError, SchemaTooNew before anything is written; Unavailable
 */
export async function initialise(
  options: InitialiseOptions,
  underLock: (initialised: Initialised) => Promise<void>,
): Promise<Initialised> {
  const lock = await connectPrimary(options.address);
  let dataSource: DataSource | undefined;
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [INITIALISATION_LOCK]);
    if (await hasRestoreMarker(lock)) throw new RestoreWasCut();
    const keyring = await fittingKeyring(lock, options.keyringFile);
    dataSource = createDataSource(options.address);
    await dataSource.initialize();
    await refuseNewerSchema(lock, dataSource);
    await dataSource.runMigrations();
    await completeFirstStart(lock, keyring, options.names);
    const keys = await openInstallationKeys(lock, keyring);
    const initialised = { dataSource, keyring, keys };
    await underLock(initialised);
    return initialised;
  } catch (error) {
    if (dataSource?.isInitialized) await dataSource.destroy().catch(() => undefined);
    throw error;
  } finally {
    // The lock ends with its connection.
    await lock.end().catch(() => undefined);
  }
}

async function fittingKeyring(database: PrimaryClient, file: string): Promise<Keyring> {
  const keyring = await readKeyring(file);
  if (await hasTable(database, 'secret')) {
    const { rows } = await database.query("SELECT 1 FROM secret WHERE name = 'canary'");
    if (rows.length > 0) {
      if (!keyring) {
        throw new KeyringMismatch({ cause: new Error(`there is no keyring at ${file}`) });
      }
      await checkCanary(database, keyring);
      await followSealingKey(database, keyring);
      return keyring;
    }
  }
  // Only an empty database gets a new keyring: it seals nothing yet.
  return keyring ?? (await createKeyring(file));
}

async function refuseNewerSchema(database: PrimaryClient, dataSource: DataSource): Promise<void> {
  if (!(await hasTable(database, 'migrations'))) return;
  const { rows } = await database.query<{ name: string }>('SELECT name FROM migrations');
  const known = new Set(dataSource.migrations.map((migration) => migration.name));
  const unknown = rows.map(({ name }) => name).filter((name) => !known.has(name));
  if (unknown.length > 0) throw new SchemaTooNew(unknown);
}

async function completeFirstStart(
  database: PrimaryClient,
  keyring: Keyring,
  names: AdministratorNames,
): Promise<void> {
  await database.query('BEGIN');
  const { rows } = await database.query("SELECT 1 FROM secret WHERE name = 'canary'");
  if (rows.length === 0) await createInstallationKeys(database, keyring);
  // Installations of before get theirs now. Apps keep it: it is never made anew.
  await insertPartitionKey(database, keyring, 0);
  await database.query(
    `INSERT INTO resolver (name, type, readonly) VALUES ($1, 'local-administrators', true) ON CONFLICT DO NOTHING`,
    [names.resolver],
  );
  const realm = await database.query(
    'INSERT INTO realm (name) VALUES ($1) ON CONFLICT DO NOTHING RETURNING 1',
    [names.realm],
  );
  if (realm.rows.length > 0) {
    await database.query(
      'INSERT INTO realm_resolver (realm, resolver, position) VALUES ($1, $2, 0) ON CONFLICT DO NOTHING',
      [names.realm, names.resolver],
    );
    await database.query('UPDATE configuration_version SET version = version + 1 WHERE id = 1');
  }
  await database.query('COMMIT');
}
