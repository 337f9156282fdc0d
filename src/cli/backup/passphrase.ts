import { readFile } from 'node:fs/promises';

import { CommandError } from '../command-error.js';
import type { Console } from '../console.js';

export interface PassphraseOptions {
  readonly passphraseFile?: string;
  readonly stdin?: true;
}

/** Whoever has the file may try as many as they like. */
const SHORTEST = 12;

/** For a new backup: of a file, of standard input, or asked twice. @throws CommandError, Aborted */
export async function newPassphrase(options: PassphraseOptions, console: Console): Promise<string> {
  const passphrase = await passphraseOf(options, console);
  if ([...passphrase].length < SHORTEST) {
    throw new CommandError(`the passphrase is too short: ${SHORTEST} characters at least`);
  }
  const isAsked = options.passphraseFile === undefined && !options.stdin;
  if (isAsked && passphrase !== (await console.askHidden('Repeat for confirmation: '))) {
    throw new CommandError('the two entered values do not match');
  }
  return passphrase;
}

/** No secret is an argument: others can read those. @throws CommandError, Aborted */
export async function passphraseOf(
  { passphraseFile, stdin }: PassphraseOptions,
  console: Console,
): Promise<string> {
  if (passphraseFile !== undefined) {
    const [line = ''] = (await textOf(passphraseFile)).split(/\r?\n/);
    if (line === '') throw new CommandError(`${passphraseFile} holds no passphrase in its first line`);
    return line;
  }
  if (stdin) return console.readLine();
  if (!console.isInteractive) {
    throw new CommandError(
      'standard input is no terminal that could ask for a passphrase: use --passphrase-file or --stdin',
    );
  }
  return console.askHidden('Passphrase: ');
}

/** @throws CommandError */
export async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new CommandError(`${path} cannot be read`, { cause: error });
  }
}
