import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

import { recordedBefore } from '@app/audit';
import { matchesWildcards } from '@app/kernel';
import { type Command, InvalidArgumentError, Option } from 'commander';

import type { CommandInstallation } from '../../composition/command-line.js';
import { CommandError } from '../command-error.js';
import type { Console } from '../console.js';
import { operator, withInstallation } from '../session.js';
import {
  EXPORT_FORMATS,
  type ExportFormat,
  type NumberedRecord,
  exportHead,
  exportedRecords,
} from './exported-records.js';

interface CleanupOptions {
  readonly maxEntriesToKeep?: number;
  readonly cleanupThreshold?: number;
  readonly deleteAfterDays?: number;
  readonly action?: string;
  readonly export?: true;
  readonly exportdir?: string;
  readonly format: ExportFormat;
}

type Removed = Parameters<CommandInstallation['trailCleanup']['remove']>[0];

/** Retention (spec/system-api §11): beside a running server, in parts, each with its marks in the chain. */
export function addAuditCleanup(group: Command, console: Console, env: NodeJS.ProcessEnv): void {
  group
    .command('cleanup')
    .description('remove old records; the rest of the trail still verifies')
    .option('--max-entries-to-keep <n>', 'keep so many of the newest records', wholeNumber)
    .option('--cleanup-threshold <n>', 'only if there are more than so many', wholeNumber)
    .option(
      '--delete-after-days <n>',
      'remove what was recorded more than so many days before today (UTC)',
      wholeNumber,
    )
    .option('--action <pattern>', 'of these, or of all, only records of this action, e.g. validate/*')
    .option('--export', 'write what is removed to a file first')
    .option('--exportdir <folder>', 'where that file is made (audit-export in the data folder)')
    .addOption(new Option('--format <format>', 'of that file').choices(EXPORT_FORMATS).default('csv'))
    .addHelpText(
      'after',
      '\nCan be interrupted at any moment and called again. Each part that is removed leaves a record.' +
        '\nExample, for a timer:\n  npx twinlock audit cleanup --delete-after-days 365 --export --exportdir /var/backups/twinlock',
    )
    .action(async (options: CleanupOptions) => {
      refuseContradictions(options);
      await withInstallation(env, console, (installation, signal) =>
        cleanUp(installation, options, console, signal),
      ).finally(() => console.progress(''));
    });
}

function refuseContradictions({
  maxEntriesToKeep,
  cleanupThreshold,
  deleteAfterDays,
  action,
}: CleanupOptions): void {
  if (deleteAfterDays !== undefined && (maxEntriesToKeep || cleanupThreshold)) {
    throw new CommandError(
      '`--delete-after-days` can not be used alongside `--max-entries-to-keep` or `--cleanup-threshold`',
    );
  }
  if ((cleanupThreshold ?? maxEntriesToKeep ?? 0) < (maxEntriesToKeep ?? 0)) {
    throw new CommandError('--cleanup-threshold must be greater than or equal to --max-entries-to-keep.');
  }
  if (maxEntriesToKeep === undefined && deleteAfterDays === undefined && action === undefined) {
    throw new CommandError('say what goes: --max-entries-to-keep, --delete-after-days or --action');
  }
}

async function cleanUp(
  { trailCleanup, settings }: CommandInstallation,
  options: CleanupOptions,
  console: Console,
  signal: AbortSignal,
): Promise<void> {
  const started = performance.now();
  const before = await trailCleanup.count();
  const which = await removedBy(options, before, trailCleanup, console, signal);
  const nothing = () => console.say(`Nothing cleaned up. ${before} entries in database.`);
  if (!which) return nothing();
  const folder = options.exportdir ?? join(settings.dataFolder, 'audit-export');
  const file = new RemovalFile(options.export ? folder : null, options.format, await trailCleanup.highest());
  const context = { action: 'audit/cleanup', client: '', administrator: operator(), user: '', realm: '' };
  let cleaned: Awaited<ReturnType<typeof trailCleanup.remove>>;
  try {
    const hearer = {
      removing: (records: readonly NumberedRecord[]) => file.write(records),
      removed: (sum: number) => console.progress(`${sum} records`),
    };
    cleaned = await trailCleanup.remove(which, context, hearer, signal);
  } finally {
    await file.close();
  }
  const { removed, unsound } = cleaned;
  if (removed === 0) nothing();
  else {
    console.say(`${removed} entries cleaned up.`);
    console.say(`${await trailCleanup.count()} entries left in database.`);
    console.say(file.path === null ? 'No export was triggered.' : `Exported into ${file.path}`);
    console.explain(`${((performance.now() - started) / 1000).toFixed(1)} s`);
  }
  if (unsound.length > 0) throw new CommandError(unsound.map(({ message }) => message).join('\n'));
}

/** @returns `null`: nothing is to go */
async function removedBy(
  { maxEntriesToKeep, cleanupThreshold, deleteAfterDays, action }: CleanupOptions,
  count: number,
  trail: CommandInstallation['trailCleanup'],
  console: Console,
  signal: AbortSignal,
): Promise<Removed | null> {
  const byAction =
    action === undefined ? {} : { isOfAction: (name: string) => matchesWildcards(action, name) };
  if (deleteAfterDays !== undefined) {
    return { before: recordedBefore(deleteAfterDays, new Date()), ...byAction };
  }
  // What is recorded from now on stays.
  if (maxEntriesToKeep === undefined) return { before: new Date(), ...byAction };
  if (count <= (cleanupThreshold ?? maxEntriesToKeep)) return null;
  const through = await trail.newestBeyond(
    maxEntriesToKeep,
    (records) => console.progress(`${records} records that stay are verified`),
    signal,
  );
  return through && { through, ...byAction };
}

/** What is removed, on the disk before it is. An interrupted cleanup leaves its file; records that stayed may be in two. */
class RemovalFile {
  #path: string | null = null;
  #handle: FileHandle | null = null;

  /** @param folder `null`: there is no file */
  constructor(
    private readonly folder: string | null,
    private readonly format: ExportFormat,
    private readonly highest: number,
  ) {}

  /** `null` when nothing was written. */
  get path(): string | null {
    return this.#path;
  }

  async write(records: readonly NumberedRecord[]): Promise<void> {
    if (this.folder === null || records.length === 0) return;
    const handle = (this.#handle ??= await this.#create(this.folder));
    await handle.appendFile(exportedRecords(this.format, records));
    await handle.sync();
  }

  async close(): Promise<void> {
    await this.#handle?.close();
  }

  async #create(folder: string): Promise<FileHandle> {
    const time = new Date().toISOString().replaceAll(/[:.]/g, '-');
    const path = join(folder, `SQLAuditExport.${time}.${this.highest}.${this.format}`);
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const handle = await open(path, 'ax', 0o600);
      await handle.appendFile(exportHead(this.format));
      const place = await open(folder);
      await place.sync().finally(() => place.close());
      this.#path = path;
      return handle;
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown failure';
      throw new CommandError(`${folder}: ${reason}: nothing is removed`, { cause: error });
    }
  }
}

function wholeNumber(text: string): number {
  if (!/^\d{1,12}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}
