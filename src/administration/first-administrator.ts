import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { Invalid, RandomSource } from '@app/kernel';
import {
  type AdministratorStore,
  EMPTY_PROFILE,
  FIRST_ADMINISTRATOR,
  type FirstPassword,
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
const VARIABLE = 'TWINLOCK_ADMIN_PASSWORD_FILE';

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
  const { kind, password } = await passwordOf(passwordFile, random);
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

/** @throws Invalid naming the variable and never what is in the file */
async function passwordOf(file: string | null, random: RandomSource): Promise<FirstPassword> {
  if (file === null) return firstPassword(null, random);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Invalid(VARIABLE, `${VARIABLE} names a file that cannot be read (${error.code ?? 'error'})`);
  });
  try {
    // Editors and `echo` end a file with a line feed that nobody types at a login.
    return firstPassword(text.replace(/\r?\n$/, ''), random);
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    throw new Invalid(VARIABLE, `${VARIABLE} names a file whose password is refused: ${error.message}`);
  }
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
