import { type ChainedRecord, recordObject } from '@app/audit';
import { stringify } from 'csv-stringify/sync';

/** A record with its running number. */
export type NumberedRecord = ChainedRecord & { readonly number: number };

export const EXPORT_FORMATS = ['csv', 'jsonl'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

const COLUMNS: readonly (readonly [name: string, value: (record: NumberedRecord) => string | number])[] = [
  ['number', ({ number }) => number],
  ['date', ({ at }) => at.toISOString()],
  ['action', ({ action }) => action],
  ['success', ({ succeeded }) => (succeeded ? 1 : 0)],
  ['serial', ({ serial }) => serial],
  ['token_type', ({ tokenType }) => tokenType],
  ['user', ({ user }) => user],
  ['realm', ({ realm }) => realm],
  ['administrator', ({ administrator }) => administrator],
  ['action_detail', ({ detail }) => detail],
  ['info', ({ info }) => info],
  ['linotp_server', ({ node }) => node],
  ['client', ({ client }) => client],
  ['log_level', ({ logLevel }) => logLevel],
  ['clearance_level', ({ clearanceLevel }) => clearanceLevel],
  ['lane', ({ lane }) => lane],
  ['sequence', ({ sequence }) => sequence],
];

/** The line of names that comes first; nothing in JSON lines. */
export function exportHead(format: ExportFormat): string {
  return format === 'csv' ? csv([COLUMNS.map(([name]) => name)]) : '';
}

/**
 * CSV (RFC 4180) for people and spreadsheets: what would be a formula there has `'` before it, since strangers choose names. JSON
 * lines hold everything as it is.
 */
export function exportedRecords(format: ExportFormat, records: readonly NumberedRecord[]): string {
  if (format === 'csv') return csv(records.map((record) => COLUMNS.map(([, value]) => value(record))));
  return records
    .map((record) => `${JSON.stringify({ number: record.number, ...recordObject(record) })}\n`)
    .join('');
}

function csv(rows: readonly (readonly (string | number)[])[]): string {
  return stringify([...rows], { escape_formulas: true, record_delimiter: '\r\n' });
}
