import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { Invalid, RandomSource } from '@app/kernel';
import {
  type AdministratorStore,
  EMPTY_PROFILE,
  FIRST_ADMINISTRATOR,
  firstPassword,
  needsFirstAdministrator,
} from '@app/realms';
import type { PasswordHasher } from '@app/tokens';

export interface FirstAdministratorSurroundings {
  /** A file that holds the password to use (TWINLOCK_ADMIN_PASSWORD_FILE); `null`: one is made up. */
  readonly passwordFile: string | null;
  /** Whether somebody is looking at what `write` writes. */
  readonly isTerminal: boolean;
  write(text: string): void;
  /** Where a made-up password is left when nobody is looking. */
  readonly dataFolder: string;
  /** For the log: never gets a password. */
  log(message: string): void;
  readonly random: RandomSource;
}

const FILE_NAME = 'first-administrator-password';

/**
 * Makes the administrator `admin` when there is none. To be called under the initialisation lock.
 *
 * A made-up password is shown once on a terminal, else written to a file of mode 0600; a given one is shown nowhere.
 *
 * @throws Invalid when the password file cannot be read or holds a password that is too weak; Unavailable
 */
export async function ensureFirstAdministrator(
  store: AdministratorStore,
  passwords: PasswordHasher,
  surroundings: FirstAdministratorSurroundings,
): Promise<void> {
  if (!(await needsFirstAdministrator(store))) return;
  const { passwordFile, isTerminal, dataFolder, random, log } = surroundings;
  const given = passwordFile === null ? null : await readPassword(passwordFile);
  const { kind, password } = firstPassword(given, random);
  const hash = await passwords.hash(password);

  // Before the account, so that there never is one whose password nobody can know.
  const file = join(dataFolder, FILE_NAME);
  const isWritten = kind === 'made up' && !isTerminal;
  if (isWritten) await writePrivately(file, `${password}\n`);

  await store.add(FIRST_ADMINISTRATOR, hash, EMPTY_PROFILE);

  if (isWritten) log(`made the administrator '${FIRST_ADMINISTRATOR}'; the password is in ${file}`);
  else log(`made the administrator '${FIRST_ADMINISTRATOR}'`);
  if (kind === 'made up' && isTerminal) {
    surroundings.write(
      `\nFirst administrator: ${FIRST_ADMINISTRATOR}\nPassword:            ${password}\n` +
        'It is shown this once. Change it with: npx twinlock local-admins password admin\n\n',
    );
  }
}

async function readPassword(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Invalid(
      'TWINLOCK_ADMIN_PASSWORD_FILE',
      `the password file cannot be read (${error.code ?? 'error'})`,
    );
  });
  // Editors and `echo` end a file with a line feed that nobody types at a login.
  return text.replace(/\r?\n$/, '');
}

/** Beside it first: an old file of another mode, or a link, is replaced and not written through. */
async function writePrivately(file: string, text: string): Promise<void> {
  // With a database and a keyring elsewhere, this is the first that the data folder is needed for.
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const fresh = `${file}.${process.pid}.new`;
  await writeFile(fresh, text, { mode: 0o600, flag: 'wx' });
  // Whatever the umask was.
  await chmod(fresh, 0o600);
  await rename(fresh, file);
}
