import { mkdir, open, rename } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import type { AuditContext } from '@app/audit';

import { productVersion } from '../config/product-version.js';
import type { Settings } from '../config/settings.js';
import { readKeyring } from '../keyring/keyring-file.js';
import { KeyringPolicySecrets } from '../keyring/keyring-policy-secrets.js';
import { UnusableBackup } from '../persistence/backup/backup-format.js';
import { type Opening, type Sealing, decrypted, encrypted } from '../persistence/backup/encryption.js';
import { BackupReader } from '../persistence/backup/read-backup.js';
import { type Restored, restoreBackup } from '../persistence/backup/restore-backup.js';
import { type WrittenBackup, writeBackup } from '../persistence/backup/write-backup.js';
import { type DatabaseAddress, connectPrimary } from '../persistence/database.js';
import { headFilesIn } from '../persistence/heads/head-files.js';
import type { CommandLog } from './command-line.js';
import { type DatabaseServer, joinDatabase } from './database-servers.js';
import type { Installation } from './installation.js';

export { type Opening, type Sealing, UnusableKey, newIdentity } from '../persistence/backup/encryption.js';
export { RestoreUnfinished } from '../persistence/backup/restore-backup.js';

export interface BackupOptions {
  readonly sealing: Sealing;
  readonly onRows: (rows: number) => void;
  readonly signal: AbortSignal;
}

export interface RestoreOptions {
  readonly margin: number;
  readonly administrator: string;
  readonly onRows: (rows: number) => void;
}

export interface RestoredInstallation extends Restored {
  /** Where heads of the audit trail went that lie ahead of what is there now; `null`: there were none. */
  readonly headsMovedTo: string | null;
}

/** Backups of an installation that may serve meanwhile. */
export function backups(
  { policySecrets, committer }: Pick<Installation, 'policySecrets' | 'committer'>,
  address: DatabaseAddress,
) {
  return {
    /** Everything that the database holds, encrypted; the keyring is not in it. @throws UnusableKey, Unavailable */
    async write(target: Writable, { sealing, onRows, signal }: BackupOptions): Promise<WrittenBackup> {
      const client = await connectPrimary(address);
      try {
        let written: WrittenBackup | null = null;
        const rows = writeBackup(client, {
          product: `Twinlock ${productVersion()}`,
          secrets: policySecrets,
          onRows,
        });
        const source = (async function* () {
          written = yield* rows;
        })();
        await pipeline(await encrypted(source, sealing), target, { end: false, signal });
        if (!written) throw new Error('the backup has no end');
        return written;
      } finally {
        await client.end().catch(() => undefined);
      }
    },

    /** That there is one, once it is on the disk. */
    record: (administrator: string, { head: { at }, end: { rows } }: WrittenBackup): Promise<void> =>
      committer.append(contextOf('backup', administrator), {
        succeeded: true,
        info: `snapshot of ${at}: ${rows['token'] ?? 0} tokens, ${rows['audit_record'] ?? 0} records`,
      }),
  };
}

/** A backup that was opened, and the database that it goes to; close it at the end. */
export type OpenRestore = Awaited<ReturnType<typeof openRestore>>;

/**
 * @throws UnusableBackup, UnusableKey, KeyringError, KeyringMismatch, before the database is touched; what starts the embedded one throws
 */
export async function openRestore(settings: Settings, log: CommandLog, file: string, opening: Opening) {
  const { keyringFile, auditHeadsFolder } = settings;
  const keyring = await readKeyring(keyringFile);
  if (!keyring) {
    throw new UnusableBackup(
      `there is no keyring at ${keyringFile}: put back that of the backup's time first`,
    );
  }
  const input = (await open(file)).createReadStream();
  let database: DatabaseServer | null = null;
  try {
    const reader = new BackupReader(await decrypted(input, opening));
    const head = await reader.head();
    return {
      head,
      /** All or nothing. @throws UnusableBackup, DatabaseNotEmpty, KeyringMismatch, HeadsStay, Unavailable; RestoreUnfinished */
      async run({ margin, administrator, onRows }: RestoreOptions): Promise<RestoredInstallation> {
        database = await joinDatabase(settings, log);
        let headsMovedTo: string | null = null;
        const restored = await restoreBackup(reader, head, {
          address: database.address,
          keyring,
          secrets: new KeyringPolicySecrets(keyring),
          margin,
          context: contextOf('restore', administrator),
          node: hostname(),
          onRows,
          // Before anything is there: whoever kills it in between finds a restore to be done again, and nothing left to be moved.
          beforeCommit: async (auditKeyId) => {
            headsMovedTo = await moveHeads(auditHeadsFolder, auditKeyId);
          },
        });
        return { ...restored, headsMovedTo };
      },
      async close(): Promise<void> {
        input.destroy();
        await database?.release();
      },
    };
  } catch (error) {
    input.destroy();
    throw error;
  }
}

class HeadsStay extends Error {}

/** Heads of what came after the backup: they say what is gone, and would call the trail cut off for ever. */
async function moveHeads(folder: string, keyId: string): Promise<string | null> {
  const own = (await headFilesIn(folder)).filter((file) => file.keyId === keyId);
  if (own.length === 0) return null;
  const aside = join(folder, `before-restore-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`);
  try {
    await mkdir(aside, { mode: 0o700 });
    for (const { path } of own) await rename(path, join(aside, basename(path)));
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown failure';
    throw new HeadsStay(
      `the heads in ${folder}, which tell of what is gone, cannot be moved elsewhere (${reason})`,
      { cause: error },
    );
  }
  return aside;
}

function contextOf(action: string, administrator: string): AuditContext {
  return { action, client: '', administrator, user: '', realm: '' };
}
