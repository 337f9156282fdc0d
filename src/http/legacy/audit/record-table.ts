import type { AuditPage, FoundRecord } from '@app/audit';

import type { RawReplyOptions } from '../../server/raw-reply.js';

/** The form of a search's answer (spec/system-api §7.3). */
export interface RecordTable {
  readonly isCsv: boolean;
  readonly hasHeaders: boolean;
}

const HEADERS = [
  'number',
  'date',
  'sig_check',
  'missing_line',
  'action',
  'success',
  'serial',
  'token_type',
  'user',
  'realm',
  'administrator',
  'action_detail',
  'info',
  'linotp_server',
  'client',
  'log_level',
  'clearance_level',
];

type Cell = string | number;

export function contentType({ isCsv }: RecordTable): string {
  return isCsv ? 'text/csv; charset=utf-8' : 'application/json';
}

export function headersOf({ isCsv }: RecordTable): RawReplyOptions {
  return isCsv ? { headers: { 'content-disposition': 'attachment; filename=linotp-audit.csv' } } : {};
}

/** What comes before the rows. @param page `null`: all records, which are page 1 */
export function tableHead({ isCsv, hasHeaders }: RecordTable, page: AuditPage | null): string[] {
  if (isCsv) return hasHeaders ? [csvLine(HEADERS)] : [];
  return [`{"page": ${page ? page.offset / page.limit + 1 : 1}, "rows": [`];
}

export function tableRows(
  { isCsv, hasHeaders }: RecordTable,
  records: readonly FoundRecord[],
  areFirst: boolean,
): string {
  const rows = records.map(cellsOf);
  if (isCsv) return rows.map(csvLine).join('');
  const objects = rows.map((cell) =>
    JSON.stringify({ id: cell[0], cell, ...(hasHeaders && { data: HEADERS }) }),
  );
  return `${areFirst || objects.length === 0 ? '' : ', '}${objects.join(', ')}`;
}

export function tableEnd({ isCsv }: RecordTable, total: number): string {
  return isCsv ? '\n' : `], "total": ${total}}`;
}

function cellsOf({ record, number, isSound }: FoundRecord): Cell[] {
  return [
    number,
    record.at.toISOString().replace('Z', '+00:00'),
    isSound ? 'OK' : 'FAIL',
    // Rows that are missing are found by `audit verify`, over the whole chain.
    '',
    record.action,
    record.succeeded ? '1' : '0',
    record.serial,
    record.tokenType,
    record.user,
    record.realm,
    `'${record.administrator}'`,
    record.detail,
    record.info,
    record.node,
    record.client,
    record.logLevel,
    record.clearanceLevel,
  ];
}

/** Fields as JSON scalars; double quotes in them become single ones. */
function csvLine(cells: readonly Cell[]): string {
  const scalars = cells.map((cell) =>
    JSON.stringify(typeof cell === 'string' ? harmless(cell.replaceAll('"', "'")) : cell),
  );
  return `${scalars.join(', ')}\n`;
}

// Behind a blank a quote is none to a spreadsheet, which then begins a cell at each comma or semicolon of the text, too.
const FORMULA = /(^|[,;|\t\r\n])(\s*)(?=[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])/g;

/** Names that strangers send end up in spreadsheets: what would be a formula there is marked as text. */
function harmless(text: string): string {
  return text.replaceAll(FORMULA, "$1$2'");
}
