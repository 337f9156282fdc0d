import { performance } from 'node:perf_hooks';

import { type Command, Option } from 'commander';

import type { Sealing } from '../../composition/backup.js';
import { CommandError } from '../command-error.js';
import type { Console } from '../console.js';
import { OutputFile } from '../output-file.js';
import { operator, withInstallation } from '../session.js';
import { type PassphraseOptions, newPassphrase } from './passphrase.js';

interface BackupCommandOptions extends PassphraseOptions {
  readonly recipient: readonly string[];
}

const MEBIBYTE = 1024 * 1024;

/** Backups, beside a running server or without one (docs/backup.md). */
export function addBackup(program: Command, console: Console, env: NodeJS.ProcessEnv): void {
  const collect = (value: string, before: readonly string[]) => [...before, value];
  program
    .command('backup <file>')
    .description('write everything in the database to a new file, encrypted; the keyring is not in it')
    .option(
      '--recipient <key>',
      'for whoever has the secret key of this one (age1…); may be given several times',
      collect,
      [],
    )
    .addOption(
      new Option('--passphrase-file <path>', 'file with a passphrase in its first line').conflicts([
        'recipient',
        'stdin',
      ]),
    )
    .addOption(
      new Option('--stdin', 'read the passphrase from standard input, one line').conflicts('recipient'),
    )
    .addHelpText(
      'after',
      '\nOne state of the database, while nodes serve. The file is of the format of age (age-encryption.org), and appears when it is whole.' +
        '\nBack the keyring up apart from it: a backup is of no use without it, and neither alone gives a secret away.' +
        '\nExample:\n  npx twinlock backup-key backup.key            # once; keep it elsewhere\n  npx twinlock backup twinlock.age --recipient age1…',
    )
    .action((path: string, options: BackupCommandOptions) => backUp(path, options, console, env));

  program
    .command('backup-key <file>')
    .description('make a secret key that opens backups, and print the public key that they are made for')
    .action(async (path: string) => {
      const { newIdentity } = await import('../../composition/backup.js');
      const { identity, recipient } = await newIdentity();
      const file = await OutputFile.create(path);
      try {
        file.stream.write(`# public key: ${recipient}\n${identity}\n`);
        await file.keep();
      } finally {
        await file.close();
      }
      console.data(recipient);
      console.say(
        `Wrote the secret key to ${path}: keep it where backups are restored, and not where they are made.`,
      );
    });
}

async function backUp(
  path: string,
  options: BackupCommandOptions,
  console: Console,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const { recipient: recipients } = options;
  const sealing: Sealing =
    recipients.length > 0
      ? { kind: 'recipients', recipients }
      : { kind: 'passphrase', passphrase: await newPassphrase(options, console) };
  const started = performance.now();
  const file = await OutputFile.create(path);
  try {
    const written = await withInstallation(env, console, async ({ backups }, signal) => {
      const onRows = (rows: number) => console.progress(`${rows} rows`);
      const done = await backups.write(file.stream, { sealing, onRows, signal });
      await file.keep();
      await backups.record(operator(), done);
      return done;
    });
    const { rows } = written.end;
    const mebibytes = (file.stream.bytesWritten / MEBIBYTE).toFixed(1);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.progress('');
    console.data(
      `${path}: ${rows['token'] ?? 0} tokens, ${rows['audit_record'] ?? 0} records as of ${written.head.at}, ${mebibytes} MiB in ${seconds} s`,
    );
    console.say('The keyring is not in it: back it up, too, and keep it elsewhere.');
  } catch (error) {
    const { UnusableKey } = await import('../../composition/backup.js');
    throw error instanceof UnusableKey
      ? new CommandError(`--recipient: ${error.message}`, { cause: error })
      : error;
  } finally {
    console.progress('');
    await file.close();
  }
}
