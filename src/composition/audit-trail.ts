import { readFile } from 'node:fs/promises';

import {
  type AuditKey,
  type Checkpoint,
  type FaultAt,
  type LaneHead,
  checkpointMessage,
  parseCheckpoint,
  parsePublicKeys,
  signedByAnyOf,
} from '@app/audit';

import type { Settings } from '../config/settings.js';
import { readKeyring } from '../keyring/keyring-file.js';
import { soundHeads } from '../persistence/audit/verify/sound-heads.js';
import { type AuditVerification, verifyAudit } from '../persistence/audit/verify/verify-audit.js';
import type { HeadSource } from '../persistence/audit/verify/witnesses.js';
import { type PrimaryClient, connectPrimary } from '../persistence/database.js';
import { type HeadFile, headFilesIn, readHeadFile } from '../persistence/heads/head-files.js';
import { KeyringMismatch, checkCanary, openInstallationKeys } from '../persistence/installation-keys.js';
import type { AuditSigner } from '../persistence/lanes/audit-signer.js';
import { type CommandLog, readyDatabase } from './command-line.js';

export type { AuditVerification } from '../persistence/audit/verify/verify-audit.js';

/** A file that the operator named cannot be used. */
export class UnusableFile extends Error {
  constructor(path: string, cause: unknown) {
    super(`${path}: ${cause instanceof Error ? cause.message : 'it cannot be read'}`, { cause });
  }
}

/** The trail would not verify: it is not vouched for. */
export class TrailNotSound extends Error {
  constructor(readonly faults: readonly FaultAt[]) {
    super("the trail is not sound: see 'twinlock audit verify'");
  }
}

export interface VerifyTrail {
  readonly checkpointFiles: readonly string[];
  /** Files of heads, or folders of them, beside that of the settings. */
  readonly headPaths: readonly string[];
  readonly everySignature: boolean;
  readonly onProgress: (records: number) => void;
}

/** The audit trail as its commands need it; nothing else of the installation is opened. */
export type OpenTrail = Awaited<ReturnType<typeof openAuditTrail>>;

/**
 * @param publicKeysFile keys that verify; with them no secret is needed. `null`: the installation's own, from the keyring
 * @throws NotReadyForCommands, UnusableFile, KeyringMismatch, KeyringError, Unavailable
 */
export async function openAuditTrail(settings: Settings, log: CommandLog, publicKeysFile: string | null) {
  const given = publicKeysFile === null ? null : await publicKeysIn(publicKeysFile);
  const database = await readyDatabase(settings, log);
  let client: PrimaryClient | undefined;
  try {
    client = await connectPrimary(database.address);
    const connection = client;
    const signer = given ? null : await signerOf(connection, settings);
    const keys = given ?? (signer ? [{ id: signer.keyId, key: signer.publicKey }] : []);
    const isSigned = signedByAnyOf(keys);
    return {
      keys,
      async verify(options: VerifyTrail): Promise<AuditVerification> {
        const ids = new Set(keys.map(({ id }) => id));
        // Read before the trail, which may have moved on by then: never the other way round.
        const kept = [
          ...(await keptHeads(settings.auditHeadsFolder, ids, log)),
          ...(await Promise.all(options.headPaths.map((path) => namedHeads(path, ids, log)))).flat(),
          ...(await Promise.all(options.checkpointFiles.map((file) => checkpointIn(file, isSigned)))),
        ];
        return verifyAudit(connection, { isSigned, kept, ...options });
      },
      /** @throws TrailNotSound when a lane's head is not what its last record says */
      async checkpoint(): Promise<Checkpoint> {
        if (!signer) throw new Error('a checkpoint is signed with the keyring');
        const { heads, faults } = await soundHeads(connection, isSigned);
        if (faults.length > 0) throw new TrailNotSound(faults);
        const unsigned = { at: new Date(), keyId: signer.keyId, heads };
        return { ...unsigned, signature: signer.signMessage(checkpointMessage(unsigned)) };
      },
      async close(): Promise<void> {
        await connection.end().catch(() => undefined);
        await database.release();
      },
    };
  } catch (error) {
    await client?.end().catch(() => undefined);
    await database.release().catch(() => undefined);
    throw error;
  }
}

async function signerOf(client: PrimaryClient, { keyringFile }: Settings): Promise<AuditSigner> {
  const keyring = await readKeyring(keyringFile);
  if (!keyring) throw new KeyringMismatch({ cause: new Error(`there is no keyring at ${keyringFile}`) });
  await checkCanary(client, keyring);
  return (await openInstallationKeys(client, keyring)).audit;
}

async function publicKeysIn(file: string): Promise<AuditKey[]> {
  try {
    return parsePublicKeys(await readFile(file, 'utf8'));
  } catch (error) {
    throw new UnusableFile(file, error);
  }
}

async function checkpointIn(
  file: string,
  isSigned: Parameters<typeof parseCheckpoint>[1],
): Promise<HeadSource> {
  try {
    const { at, heads } = parseCheckpoint(await readFile(file, 'utf8'), isSigned);
    return { name: `the checkpoint of ${at.toISOString()} in ${file}`, heads };
  } catch (error) {
    throw new UnusableFile(file, error);
  }
}

/** What nodes kept in a folder; a head that several files hold counts once. */
async function keptHeads(
  folder: string,
  keyIds: ReadonlySet<string>,
  log: CommandLog,
): Promise<HeadSource[]> {
  let files: HeadFile[];
  try {
    files = await headFilesIn(folder);
  } catch (error) {
    throw new UnusableFile(folder, error);
  }
  return sourceOf(folder, files, keyIds, log);
}

/** @throws UnusableFile: of what an operator names nothing is passed over */
async function namedHeads(path: string, keyIds: ReadonlySet<string>, log: CommandLog): Promise<HeadSource[]> {
  const file = await readHeadFile(path);
  const sources = file ? sourceOf(path, [file], keyIds, log) : await keptHeads(path, keyIds, log);
  if (sources.length === 0) throw new UnusableFile(path, new Error('it holds no heads of this trail'));
  return sources;
}

function sourceOf(
  name: string,
  files: readonly HeadFile[],
  keyIds: ReadonlySet<string>,
  log: CommandLog,
): HeadSource[] {
  const own = files.filter(({ keyId }) => keyIds.has(keyId));
  if (own.length < files.length) log('warn', `Note: heads of another installation in ${name} are not used.`);
  const newest = new Map<string, LaneHead>();
  for (const head of own.flatMap(({ heads }) => heads)) {
    if ((newest.get(head.lane)?.sequence ?? 0) < head.sequence) newest.set(head.lane, head);
  }
  return newest.size > 0 ? [{ name, heads: [...newest.values()] }] : [];
}
