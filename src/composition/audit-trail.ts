import { readFile } from 'node:fs/promises';

import {
  type AuditKey,
  type Checkpoint,
  type FaultAt,
  checkpointMessage,
  parseCheckpoint,
  parsePublicKeys,
  signedByAnyOf,
} from '@app/audit';

import type { Settings } from '../config/settings.js';
import { readKeyring } from '../keyring/keyring-file.js';
import { soundHeads } from '../persistence/audit/sound-heads.js';
import { type AuditVerification, verifyAudit } from '../persistence/audit/verify-audit.js';
import type { HeadSource } from '../persistence/audit/witnesses.js';
import { type PrimaryClient, connectPrimary } from '../persistence/database.js';
import { KeyringMismatch, checkCanary, openInstallationKeys } from '../persistence/installation-keys.js';
import type { AuditSigner } from '../persistence/lanes/audit-signer.js';
import { type CommandLog, readyDatabase } from './command-line.js';

export type { AuditVerification } from '../persistence/audit/verify-audit.js';

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
        const kept = await Promise.all(options.checkpointFiles.map((file) => checkpointIn(file, isSigned)));
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
