import { existsSync } from 'node:fs';

import type { AuditQuery } from '@app/audit';

import type { Settings } from '../config/settings.js';
import { ShippingObserver } from '../observability/shipping/shipping-observer.js';
import { type ReadPart, numberedRecords } from '../persistence/audit/search/read-records.js';
import { trailExtent } from '../persistence/audit/search/trail-extent.js';
import { CommitObserver } from '../persistence/lanes/commit-observer.js';
import { schemaState } from '../persistence/schema-state.js';
import { shipAudit } from './audit-shipping.js';
import { backups } from './backup.js';
import { type DatabaseServer, existingDatabase, joinDatabase } from './database-servers.js';
import { type InstallationOptions, openInstallation } from './installation.js';
import { keyManagement } from './key-management.js';

/** There is nothing yet that a command could work on. */
export class NotReadyForCommands extends Error {}

export type CommandLog = (level: 'info' | 'warn', message: string) => void;

export type { LaneSequences } from '../persistence/audit/search/trail-extent.js';

/** What commands work with; close it at the end. */
export type CommandInstallation = Awaited<ReturnType<typeof openForCommands>>;

/**
 * The installation of the settings, beside a running server or without one. Makes and migrates nothing.
 * @throws NotReadyForCommands, and what `openInstallation` throws
 */
export async function openForCommands(settings: Settings, log: CommandLog) {
  const database = await readyDatabase(settings, log);
  try {
    const installation = await openInstallation({
      settings,
      database,
      observer: new Unobserved(),
      // Standard output is for what the command has to say.
      recordObserver: shipAudit(settings, new ShippingToConsole(log), null),
      surroundings: null,
    });
    const { queryable } = installation;
    return {
      ...installation,
      keyManagement: keyManagement(installation),
      backups: backups(installation, database.address),
      trailExtent: () => trailExtent(queryable),
      readAudit: (query: AuditQuery, part: ReadPart) => numberedRecords(queryable, query, part),
    };
  } catch (error) {
    await database.release().catch(() => undefined);
    throw error;
  }
}

/** A database that this release can work on as it is. @throws NotReadyForCommands, Unavailable */
export async function readyDatabase(settings: Settings, log: CommandLog): Promise<DatabaseServer> {
  const database = await existingDatabase(settings, log);
  if (!database) throw notInitialised();
  try {
    const state = await schemaState(database.address);
    if (state === 'none') throw notInitialised();
    if (state === 'older') {
      throw new NotReadyForCommands(
        "the database is of an older release: run 'npx twinlock init' or 'npm start' first, which migrate it",
      );
    }
    return database;
  } catch (error) {
    await database.release().catch(() => undefined);
    throw error;
  }
}

/** What an initialisation found. */
export interface Initialisation {
  readonly database: 'made' | 'migrated' | 'ready before';
  readonly keyring: 'made' | 'ready before';
}

/** Does what the first start of the server does, and no more. @throws what `openInstallation` throws */
export async function initialiseInstallation(
  settings: Settings,
  log: CommandLog,
  surroundings: NonNullable<InstallationOptions['surroundings']>,
): Promise<Initialisation> {
  const hadKeyring = existsSync(settings.keyringFile);
  const database = await joinDatabase(settings, log);
  let close = () => database.release();
  try {
    const state = await schemaState(database.address);
    const installation = await openInstallation({
      settings,
      database,
      observer: new Unobserved(),
      surroundings,
    });
    close = () => installation.close();
    return {
      database: state === 'none' ? 'made' : state === 'older' ? 'migrated' : 'ready before',
      keyring: hadKeyring ? 'ready before' : 'made',
    };
  } finally {
    await close();
  }
}

function notInitialised(): NotReadyForCommands {
  return new NotReadyForCommands(
    "there is no database of Twinlock's here yet: run 'npx twinlock init' or 'npm start' first",
  );
}

/** A command is over before anybody could look at its metrics. */
class Unobserved extends CommitObserver {
  committed(): void {}
  unknownOutcome(): void {}
}

/** A command says what its own records did not reach. */
class ShippingToConsole extends ShippingObserver {
  constructor(private readonly log: CommandLog) {
    super();
  }

  shipped(): void {}
  back(): void {}

  lost(stream: string, records: number): void {
    this.log('warn', `${records} records of the audit trail were not shipped to ${stream}`);
  }

  away(stream: string): void {
    this.log('warn', `${stream} takes no records of the audit trail`);
  }
}
