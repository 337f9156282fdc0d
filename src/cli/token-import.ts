import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { performance } from 'node:perf_hooks';

import { Secret } from '@app/kernel';
import { FindUser } from '@app/realms';
import {
  type FileProtection,
  ImportRights,
  ImportTokens,
  type ImportedTokens,
  TOKEN_FILE_FORMATS,
  TokenFileRefused,
  noteText,
  parseStartDate,
  tokenFileFormat,
  tokenFileText,
  USUAL_START,
} from '@app/tokens';
import { type Command, InvalidArgumentError, Option } from 'commander';

import type { CommandInstallation } from '../composition/command-line.js';
import { CommandError } from './command-error.js';
import type { Console } from './console.js';
import { operator, withInstallation } from './session.js';

export interface TokenImportOptions {
  readonly type: string;
  readonly realm?: string;
  readonly enabled?: true;
  readonly disabled?: true;
  readonly overwrite?: true;
  readonly dryRun?: true;
  readonly pskcPasswordFile?: string;
  readonly stdin?: true;
  readonly presharedKeyFile?: string;
  readonly checkSerials?: true;
  readonly hashlib?: 'sha1' | 'sha256' | 'sha512';
  readonly startDate?: Date;
  readonly progress?: true;
}

const MEBIBYTE = 1024 * 1024;
const KEY_FILE_BYTES = 1024;
const PROGRESS_MS = 1_000;

/** Tokens from files, beside a running server or without one. */
export function addTokens(program: Command, console: Console, env: NodeJS.ProcessEnv): void {
  const group = program.command('tokens').description('tokens');
  group
    .command('import <file>')
    .description('import the tokens of a file, all or none; the formats are those of admin/loadtokens')
    .addOption(
      new Option('--type <type>', 'the format of the file')
        .choices(TOKEN_FILE_FORMATS.map(({ name }) => name))
        .makeOptionMandatory(),
    )
    .option('--realm <realm>', 'put all tokens into this realm, beside those of their owners')
    .addOption(new Option('--disabled', 'new tokens are not active').conflicts('enabled'))
    .option('--enabled', 'also those that are overwritten become active')
    .option('--overwrite', 'enrol tokens that there are already anew; otherwise nothing is imported')
    .option('--dry-run', 'do everything, and take it back')
    .option('--pskc-password-file <path>', 'pskc: file with the password')
    .addOption(
      new Option('--stdin', 'pskc: read the password from standard input, one line').conflicts([
        'pskcPasswordFile',
        'presharedKeyFile',
      ]),
    )
    .addOption(
      new Option('--preshared-key-file <path>', 'pskc: file with the key in hexadecimal').conflicts(
        'pskcPasswordFile',
      ),
    )
    .option('--check-serials', 'pskc: leave out serials that are not 4 letters or digits and 8 hex digits')
    .addOption(
      new Option('--hashlib <name>', 'aladdin-xml: instead of what the length of seeds says').choices([
        'sha1',
        'sha256',
        'sha512',
      ]),
    )
    .option('--start-date <date>', 'dat: when the clocks of the devices began (2000-01-01)', startDate)
    .option('--progress', 'tell how far it is, also where nobody looks')
    .addHelpText(
      'after',
      '\nOne line that is wrong, and nothing is imported: each is named. Ends with 0 when the tokens are there.' +
        '\nExample:\n  npx twinlock tokens import tokens.csv --type oathcsv --realm sales --dry-run',
    )
    .action(async (path: string, options: TokenImportOptions) => {
      await importFile(path, options, console, env);
    });
}

async function importFile(
  path: string,
  options: TokenImportOptions,
  console: Console,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const protection = await protectionOf(options, console);
  const start = performance.now();
  const imported = await withInstallation(env, console, async (installation, signal) => {
    const { mebibytes } = limitsOf(installation);
    const bytes = await readBounded(path, mebibytes * MEBIBYTE);
    return run(installation, path, bytes, options, protection, console, signal);
  }).finally(() => console.progress(''));
  for (const note of imported.skipped.notes) console.say(`Left out: ${noteText(note)}`);
  const untold = imported.skipped.count - imported.skipped.notes.length;
  if (untold > 0) console.say(`Left out: ${untold} more`);
  console.data(summaryLine(imported, options.dryRun === true, (performance.now() - start) / 1000));
}

function limitsOf({ settings }: CommandInstallation) {
  return { mebibytes: settings.tokenFileMebibytes, tokens: settings.tokenFileTokens };
}

async function run(
  installation: CommandInstallation,
  path: string,
  bytes: Uint8Array,
  options: TokenImportOptions,
  protection: FileProtection,
  console: Console,
  signal: AbortSignal,
): Promise<ImportedTokens> {
  const { configuration, directory, random, tokenAdministration } = installation;
  const format = tokenFileFormat(options.type);
  if (!format) throw new CommandError(`there is no format ${options.type}`);
  const useCase = new ImportTokens(tokenAdministration, new FindUser(directory), random);
  try {
    return await useCase.execute(
      {
        format,
        text: tokenFileText(bytes),
        options: {
          protection,
          hash: options.hashlib ?? null,
          startDate: options.startDate ?? USUAL_START,
          checksSerials: options.checkSerials === true,
          random,
        },
        mostTokens: limitsOf(installation).tokens,
        fileName: basename(path),
        realm: options.realm?.trim().toLowerCase() || null,
        active: options.disabled ? false : options.enabled ? true : null,
        overwrites: options.overwrite === true,
        isDryRun: options.dryRun === true,
        onProgress: progressTo(console, options.progress === true),
        signal,
      },
      configuration.current(),
      ImportRights.ALL,
      { action: 'tokens/import', client: '', administrator: operator(), user: '', realm: '' },
    );
  } catch (error) {
    if (!(error instanceof TokenFileRefused)) throw error;
    console.progress('');
    for (const problem of error.problems) console.complain(noteText(problem));
    const more = error.count - error.problems.length;
    if (more > 0) console.complain(`and ${more} more`);
    throw new CommandError(
      `nothing was imported: ${error.count} in ${basename(path)} ${error.count === 1 ? 'is' : 'are'} wrong`,
    );
  }
}

/** @param isWanted also where nobody looks: then a line a second at most */
function progressTo(console: Console, isWanted: boolean): (done: number, total: number) => void {
  const start = performance.now();
  let told = start;
  return (done, total) => {
    const now = performance.now();
    const text = `${done} of ${total} tokens (${Math.round((done * 1000) / Math.max(1, now - start))}/s)`;
    if (!isWanted) {
      console.progress(text);
      return;
    }
    if (now - told < PROGRESS_MS && done < total) return;
    told = now;
    console.say(text);
  };
}

export function summaryLine(
  { created, renewed, skipped }: ImportedTokens,
  isDryRun: boolean,
  seconds: number,
): string {
  const count = created + renewed;
  const parts = [`${created} new`, `${renewed} overwritten`, `${skipped.count} lines left out`].join(', ');
  const rate = Math.round(count / Math.max(seconds, 0.001));
  const would = isDryRun ? 'would be ' : '';
  return `${count} tokens ${would}imported (${parts}) in ${seconds.toFixed(1)} s (${rate}/s)`;
}

/** No secret is an argument: others can read those. @throws CommandError, Aborted */
async function protectionOf(
  { pskcPasswordFile, presharedKeyFile, stdin }: TokenImportOptions,
  console: Console,
): Promise<FileProtection> {
  if (presharedKeyFile !== undefined) {
    const hex = await readSecret(presharedKeyFile);
    if (!/^([0-9a-fA-F]{32}|[0-9a-fA-F]{48}|[0-9a-fA-F]{64})$/.test(hex)) {
      throw new CommandError(`${presharedKeyFile} holds no 32, 48 or 64 hexadecimal digits`);
    }
    return { kind: 'key', key: Secret.of(Buffer.from(hex, 'hex')) };
  }
  if (pskcPasswordFile !== undefined) {
    return { kind: 'password', password: Secret.fromText(await readSecret(pskcPasswordFile)) };
  }
  if (stdin) {
    const password = console.isInteractive
      ? await console.askHidden('Password of the file: ')
      : await console.readLine();
    return { kind: 'password', password: Secret.fromText(password) };
  }
  return { kind: 'plain' };
}

/** The first line of a file. */
async function readSecret(path: string): Promise<string> {
  const bytes = await readBounded(path, KEY_FILE_BYTES);
  return (Buffer.from(bytes).toString('utf8').split('\n')[0] ?? '').trimEnd();
}

/** @throws CommandError when it cannot be read, or is larger */
async function readBounded(path: string, most: number): Promise<Uint8Array> {
  try {
    const file = await open(path, 'r');
    try {
      const chunks: Buffer[] = [];
      let length = 0;
      // A pipe has no size to be asked for.
      for await (const chunk of file.createReadStream({ autoClose: false })) {
        chunks.push(chunk as Buffer);
        length += (chunk as Buffer).length;
        if (length > most) throw new CommandError(`${path} is larger than ${most} bytes`);
      }
      return Buffer.concat(chunks);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`${path} cannot be read`, { cause: error });
  }
}

function startDate(text: string): Date {
  const date = parseStartDate(text);
  if (!date)
    throw new InvalidArgumentError(
      'It must be like 31.12.2024 or 2024-12-31, with 23:59 behind it or without.',
    );
  return date;
}
