import { existsSync } from 'node:fs';

import type { Settings } from '../config/settings.js';
import { DatabaseAddress } from '../persistence/database.js';
import { clusterIn } from '../persistence/embedded/cluster.js';
import {
  type EmbeddedLog,
  attachEmbeddedPostgres,
  startEmbeddedPostgres,
} from '../persistence/embedded/embedded-postgres.js';

/** Where the database is, and how to let go of it. */
export interface DatabaseServer {
  readonly address: DatabaseAddress;
  /** Stops the embedded server if it is ours. */
  release(): Promise<void>;
}

/** The database of the settings: the servers of DATABASE_URL, or the embedded one, which is started. */
export async function startDatabase(settings: Settings, log: EmbeddedLog): Promise<DatabaseServer> {
  if (settings.databaseServers) return external(settings.databaseServers);
  const server = await startEmbeddedPostgres({ folder: settings.embeddedFolder, log });
  return { address: new DatabaseAddress([server.target]), release: () => server.stop() };
}

/** As `startDatabase`, but beside a running server: its embedded database is shared, not started twice. */
export async function joinDatabase(settings: Settings, log: EmbeddedLog): Promise<DatabaseServer> {
  return (await runningDatabase(settings)) ?? startDatabase(settings, log);
}

/** As `joinDatabase`, but makes no embedded database. @returns `null` where none was made yet */
export async function existingDatabase(settings: Settings, log: EmbeddedLog): Promise<DatabaseServer | null> {
  const running = await runningDatabase(settings);
  if (running) return running;
  return existsSync(clusterIn(settings.embeddedFolder)) ? startDatabase(settings, log) : null;
}

/** Starts nothing. @returns `null` where the embedded database does not run */
export async function runningDatabase(settings: Settings): Promise<DatabaseServer | null> {
  if (settings.databaseServers) return external(settings.databaseServers);
  const running = await attachEmbeddedPostgres(settings.embeddedFolder);
  if (!running) return null;
  return { address: new DatabaseAddress([running.target]), release: async () => undefined };
}

function external(servers: NonNullable<Settings['databaseServers']>): DatabaseServer {
  return { address: new DatabaseAddress(servers), release: async () => undefined };
}
