import { performance } from 'node:perf_hooks';

import { USUAL_MARGIN } from '@app/tokens';
import { type Command, InvalidArgumentError, Option } from 'commander';

import type { Opening, RestoredInstallation } from '../../composition/backup.js';
import { readSettings } from '../../config/settings.js';
import { CommandError } from '../command-error.js';
import type { Console } from '../console.js';
import { interruptible, logTo, operator } from '../session.js';
import { type PassphraseOptions, passphraseOf, textOf } from './passphrase.js';

interface RestoreCommandOptions extends PassphraseOptions {
  readonly identity?: string;
  readonly counterMargin: number;
}

/** A backup goes into an empty database, or not at all (docs/backup.md). */
export function addRestore(program: Command, console: Console, env: NodeJS.ProcessEnv): void {
  program
    .command('restore <file>')
    .description('put a backup into an empty database; the keyring of its time must be there')
    .addOption(
      new Option('--identity <path>', 'file with a secret key that opens it').conflicts([
        'passphraseFile',
        'stdin',
      ]),
    )
    .addOption(
      new Option('--passphrase-file <path>', 'file with the passphrase in its first line').conflicts('stdin'),
    )
    .option('--stdin', 'read the passphrase from standard input, one line')
    .option(
      '--counter-margin <n>',
      'so many OTPs at most did any HOTP, OCRA or Yubikey device use up since the backup',
      wholeNumber,
      USUAL_MARGIN,
    )
    .addHelpText(
      'after',
      '\nStop every node first. All of it is restored, or nothing. OTPs that were used before the backup, or since, do not count again,' +
        '\nbut for TOTP tokens, and OCRA2 tokens with a clock, that were resynchronised since the backup: values that were used can be right once more.' +
        '\nResynchronise those before clients are let in, or set them inactive. Sessions and challenges are void. docs/backup.md has more of it.' +
        '\nExample:\n  TWINLOCK_DATA=/srv/twinlock npx twinlock restore twinlock.age --identity backup.key',
    )
    .action((path: string, options: RestoreCommandOptions) => restore(path, options, console, env));
}

async function restore(
  path: string,
  options: RestoreCommandOptions,
  console: Console,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  // Loaded late: --help and usage errors need none of it.
  const { RestoreUnfinished, UnusableKey, openRestore } = await import('../../composition/backup.js');
  const opening = await openingOf(options, console);
  const settings = readSettings(env);
  for (const notice of settings.notices) console.say(notice);
  const started = performance.now();
  try {
    const restored = await interruptible(
      () => openRestore(settings, logTo(console), path, opening),
      (backup) => {
        console.explain(`a backup of ${backup.head.at}, by ${backup.head.product}`);
        return backup.run({
          margin: options.counterMargin,
          administrator: operator(),
          onRows: (rows) => console.progress(`${rows} rows`),
        });
      },
    );
    console.progress('');
    tell(restored, options.counterMargin, (performance.now() - started) / 1000, console);
  } catch (error) {
    console.progress('');
    if (error instanceof UnusableKey)
      throw new CommandError(`--identity: ${error.message}`, { cause: error });
    if (error instanceof RestoreUnfinished) throw new CommandError(error.message, { cause: error });
    const reason = error instanceof Error ? error.message : 'unknown failure';
    throw new CommandError(`nothing was restored from ${path}: ${reason}`, { cause: error });
  }
}

async function openingOf(options: RestoreCommandOptions, console: Console): Promise<Opening> {
  if (options.identity === undefined) {
    return { kind: 'passphrase', passphrase: await passphraseOf(options, console) };
  }
  const lines = (await textOf(options.identity)).split(/\r?\n/).map((line) => line.trim());
  const identities = lines.filter((line) => line !== '' && !line.startsWith('#'));
  if (identities.length === 0) throw new CommandError(`${options.identity} holds no secret key`);
  return { kind: 'identities', identities };
}

function tell(restored: RestoredInstallation, margin: number, seconds: number, console: Console): void {
  const { head, rows, changedTokens, limitedTokens, headsMovedTo } = restored;
  console.data(
    `restored as of ${head.at}: ${rows['token'] ?? 0} tokens, ${rows['audit_record'] ?? 0} records in ${seconds.toFixed(1)} s`,
  );
  console.say(
    `${changedTokens} tokens take no OTP that was used since, if no device used up more than ${margin}.`,
  );
  console.say('Sessions and challenges are void: administrators and users log in anew.');
  if (limitedTokens > 0) {
    console.say(
      `Look at ${limitedTokens} tokens that are good for some uses only: those since the backup are not counted.`,
    );
  }
  if (headsMovedTo !== null) {
    console.say(`Moved heads of the audit trail, which tell of what is gone, to ${headsMovedTo}.`);
  }
}

function wholeNumber(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}
