import type { Settings } from '../config/settings.js';
import { DatabaseAddress } from '../persistence/database.js';
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
  if (settings.databaseServers) return external(settings.databaseServers);
  const running = await attachEmbeddedPostgres(settings.embeddedFolder);
  if (!running) return startDatabase(settings, log);
  return { address: new DatabaseAddress([running.target]), release: async () => undefined };
}

function external(servers: NonNullable<Settings['databaseServers']>): DatabaseServer {
  return { address: new DatabaseAddress(servers), release: async () => undefined };
}
