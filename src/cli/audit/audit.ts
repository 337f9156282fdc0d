import { performance } from 'node:perf_hooks';

import { formatCheckpoint, formatPublicKeys } from '@app/audit';
import { type Command, InvalidArgumentError, Option } from 'commander';

import type { OpenTrail } from '../../composition/audit-trail.js';
import { readSettings } from '../../config/settings.js';
import { SettingsError } from '../../config/settings-error.js';
import { CommandError } from '../command-error.js';
import type { Console } from '../console.js';
import { interruptible, logTo } from '../session.js';
import {
  faultLine,
  isProvenUntil,
  newestLines,
  reportJson,
  restoreLines,
  summaryLine,
} from './verify-report.js';

interface VerifyOptions {
  readonly publicKeys?: string;
  readonly checkpoint: readonly string[];
  readonly heads: readonly string[];
  readonly everySignature?: true;
  readonly requireHeads?: number;
  readonly json?: true;
}

const FAULTY = 1;
const NOT_CHECKED = 3;
const UNPROVEN = 4;

const MINUTE_MS = 60_000;
/** Heads are kept once a minute. */
const MINUTES_BEHIND = 5;

export function addAudit(program: Command, console: Console, env: NodeJS.ProcessEnv): Command {
  const group = program.command('audit').description('the audit trail');
  addVerify(group, console, env);
  group
    .command('checkpoint')
    .description('print where all lanes stand, signed: keep it elsewhere, and verify with it later')
    .action(() =>
      withTrail(env, console, null, async ({ checkpoint }) =>
        console.write(formatCheckpoint(await checkpoint())),
      ),
    );
  group
    .command('keys')
    .description('print the public keys that verify the trail and its checkpoints')
    .action(() => withTrail(env, console, null, async ({ keys }) => console.write(formatPublicKeys(keys))));
  return group;
}

function addVerify(group: Command, console: Console, env: NodeJS.ProcessEnv): void {
  const collect = (value: string, before: readonly string[]) => [...before, value];
  group
    .command('verify')
    .description('check the chain of all records, beside a running server or without one')
    .option('--public-keys <file>', "verify with these keys (see 'audit keys') and without the keyring")
    .option(
      '--checkpoint <file>',
      'nothing of what it names may be gone; may be given several times',
      collect,
      [],
    )
    .option(
      '--heads <path>',
      'heads that other nodes kept: a file or a folder; may be given several times',
      collect,
      [],
    )
    .option(
      '--every-signature',
      'verify all signatures, not only those that vouch for all before them; slower',
    )
    .addOption(
      new Option(
        '--require-heads [minutes]',
        'fail where no heads or checkpoint from outside the database vouch for what is older',
      )
        .preset(String(MINUTES_BEHIND))
        .argParser(minutes),
    )
    .option('--json', 'one JSON object instead of lines')
    .addHelpText(
      'after',
      '\nEnds with 0 when the trail is sound; with 1 when it is not: the first fault of each lane is named; ' +
        'with 3 when it could not be checked; with 4 when it is sound, but less is proven than --require-heads asks for.',
    )
    .action(async (options: VerifyOptions) => {
      try {
        await verify(options, console, env);
      } catch (error) {
        if (error instanceof SettingsError) throw error;
        throw new CommandError(
          `the trail was not checked: ${error instanceof Error ? error.message : 'unknown'}`,
          {
            cause: error,
            exitCode: NOT_CHECKED,
          },
        );
      }
    });
}

async function verify(options: VerifyOptions, console: Console, env: NodeJS.ProcessEnv): Promise<void> {
  const { publicKeys = null, checkpoint, heads, everySignature = false, json = false } = options;
  const { requireHeads: allowedMinutes = null } = options;
  await withTrail(env, console, publicKeys, async (trail) => {
    const start = performance.now();
    const startedAt = Date.now();
    const found = await trail.verify({
      checkpointFiles: checkpoint,
      headPaths: heads,
      everySignature,
      onProgress: (count) => console.progress(`${count} records`),
    });
    console.progress('');
    const seconds = (performance.now() - start) / 1000;
    const required =
      allowedMinutes === null ? null : isProvenUntil(found.newest, startedAt - allowedMinutes * MINUTE_MS);
    if (found.faults.length > 0) process.exitCode = FAULTY;
    else if (required === false) process.exitCode = UNPROVEN;
    if (json) {
      const keyIds = trail.keys.map(({ id }) => id);
      console.data(reportJson(found, seconds, keyIds, required));
      return;
    }
    for (const fault of found.faults) console.data(faultLine(fault));
    console.data(summaryLine(found, seconds));
    if (found.faults.length > 0) console.say('What follows a fault in its lane was not checked.');
    for (const line of [...restoreLines(found), ...newestLines(found)]) console.say(line);
    if (required === false) {
      console.complain(
        `Not proven: records older than ${allowedMinutes} minutes that nothing outside the database vouches for (--require-heads).`,
      );
    }
  });
}

async function withTrail(
  env: NodeJS.ProcessEnv,
  console: Console,
  publicKeysFile: string | null,
  work: (trail: OpenTrail) => Promise<void>,
): Promise<void> {
  // Loaded late: --help and usage errors need none of it.
  const { openAuditTrail } = await import('../../composition/audit-trail.js');
  const settings = readSettings(env);
  for (const notice of settings.notices) console.say(notice);
  await interruptible(() => openAuditTrail(settings, logTo(console), publicKeysFile), work);
}

function minutes(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('It must be a whole number of minutes.');
  return Number(text);
}
