import { once } from 'node:events';

import { type AuditField, type AuditQuery, starPattern } from '@app/audit';
import { type Command, InvalidArgumentError, Option } from 'commander';

import type { CommandInstallation } from '../../composition/command-line.js';
import type { Console } from '../console.js';
import { withInstallation } from '../session.js';
import { ExportPosition } from './export-position.js';
import { EXPORT_FORMATS, type ExportFormat, exportHead, exportedRecords } from './exported-records.js';
import { OutputFile } from '../output-file.js';

interface ExportOptions {
  readonly format: ExportFormat;
  readonly output?: string;
  readonly from?: Date;
  readonly until?: Date;
  readonly user?: string;
  readonly realm?: string;
  readonly serial?: string;
  readonly action?: string;
  readonly administrator?: string;
  readonly client?: string;
  readonly failed?: true;
  readonly resume?: string;
}

/** Records in files, of any number, in bounded memory, beside a running server or without one. */
export function addAuditExport(group: Command, console: Console, env: NodeJS.ProcessEnv): void {
  group
    .command('export')
    .description('write records to a file or to standard output, the oldest first')
    .addOption(
      new Option('--format <format>', 'csv, or jsonl: JSON lines').choices(EXPORT_FORMATS).default('csv'),
    )
    .option('--output <file>', 'a new file, instead of standard output; it appears when it is whole')
    .option('--from <time>', 'records from this time on: 2026-11-22, or 2026-11-22T14:30:00Z', timeOf)
    .option('--until <time>', 'records before this time', timeOf)
    .option('--user <pattern>', 'exact, or a pattern with *')
    .option('--realm <pattern>', 'the same')
    .option('--serial <pattern>', 'the same')
    .option('--action <pattern>', 'the same, e.g. admin/*')
    .option('--administrator <pattern>', 'the same, as the record has it, e.g. anna@*')
    .option('--client <pattern>', 'the same')
    .option('--failed', 'only what did not succeed')
    .option('--resume <file>', 'only what came since the export that left this file; moves it on at the end')
    .addHelpText(
      'after',
      '\nCSV marks what a spreadsheet would take for a formula; JSON lines hold everything as it is.' +
        '\nExample:\n  npx twinlock audit export --from 2026-11-01 --until 2026-12-01 --output november.csv' +
        '\nExample, for a timer:\n  npx twinlock audit export --format jsonl --resume position.json >> trail.jsonl',
    )
    .action(async (options: ExportOptions) => {
      const count = await withInstallation(env, console, (installation, signal) =>
        exportRecords(installation, options, console, signal),
      ).finally(() => console.progress(''));
      console.say(`${count} records exported.`);
    });
}

async function exportRecords(
  { readAudit, trailExtent }: CommandInstallation,
  options: ExportOptions,
  console: Console,
  signal: AbortSignal,
): Promise<number> {
  const position = options.resume === undefined ? null : await ExportPosition.read(options.resume);
  const file = options.output === undefined ? null : await OutputFile.create(options.output);
  try {
    const target = file?.stream ?? console.output;
    await write(target, exportHead(options.format));
    let count = 0;
    const extent = await trailExtent();
    const part = { extent, ...(position && { since: position.sequences }) };
    for await (const records of readAudit(queryOf(options), part)) {
      signal.throwIfAborted();
      await write(target, exportedRecords(options.format, records));
      count += records.length;
      console.progress(`${count} records`);
    }
    await (file ? file.keep() : flushed(target));
    await position?.moveTo(extent.sequences);
    return count;
  } finally {
    await file?.close();
  }
}

/** No faster than it is taken. */
async function write(target: NodeJS.WritableStream, text: string): Promise<void> {
  if (text !== '' && !target.write(text)) await once(target, 'drain');
}

/** Everything has been taken. */
function flushed(target: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve, reject) => {
    target.write('', (error) => (error ? reject(error) : resolve()));
  });
}

function queryOf(options: ExportOptions): AuditQuery {
  const patterns: readonly (readonly [AuditField, string | undefined])[] = [
    ['user', options.user],
    ['realm', options.realm],
    ['serial', options.serial],
    ['action', options.action],
    ['administrator', options.administrator === undefined ? undefined : `'${options.administrator}'`],
    ['client', options.client],
  ];
  return {
    within: null,
    conditions: [
      ...patterns.flatMap(([field, pattern]) =>
        pattern === undefined ? [] : [{ field, like: starPattern(pattern) }],
      ),
      ...(options.failed ? [{ field: 'succeeded', like: '0' } as const] : []),
    ],
    combine: 'all',
    ...(options.from && { from: options.from }),
    ...(options.until && { until: options.until }),
    sort: { field: 'number', descending: false },
  };
}

/** A date alone begins at midnight, UTC. */
export function timeOf(text: string): Date {
  const time = new Date(text);
  if (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(time.getTime())) {
    throw new InvalidArgumentError('It must be a date or a time, e.g. 2026-11-22 or 2026-11-22T14:30:00Z.');
  }
  return time;
}
