import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type TestDatabase, createDatabase } from '../database/database.js';

export const ADMINISTRATOR = 'admin';

/** An empty database with the files beside it: what the nodes of one installation share. */
export interface Installation {
  readonly database: TestDatabase;
  readonly folder: string;
  /** Of the administrator that the first start makes. */
  readonly password: string;
  /** The environment of a node, and nothing of this process's own. */
  readonly env: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

/**
 * @param env      settings beside, or instead of, the usual ones
 * @param password of the first administrator; random unless a test needs to know it beforehand
 * @param existing a database on a server of the suite's own
 */
export async function givenInstallation(
  env: Readonly<Record<string, string>> = {},
  password = randomBytes(12).toString('base64url'),
  existing?: TestDatabase,
): Promise<Installation> {
  const [database, folder] = await Promise.all([
    existing ?? createDatabase(),
    mkdtemp(join(tmpdir(), 'twinlock-installation-')),
  ]);
  const passwordFile = join(folder, 'admin-password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  return {
    database,
    folder,
    password,
    env: {
      DATABASE_URL: database.url,
      TWINLOCK_DATA: folder,
      TWINLOCK_ADMIN_PASSWORD_FILE: passwordFile,
      TWINLOCK_LOG_LEVEL: 'warn',
      // No login is refused because the machine is busy.
      TWINLOCK_DATABASE_WAIT_MILLISECONDS: '60000',
      ...env,
    },
    remove: async () => {
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
