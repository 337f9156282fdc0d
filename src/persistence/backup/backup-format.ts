/** A backup that cannot be restored; the text says why, to an operator. */
export class UnusableBackup extends Error {}

export const BACKUP_FORMAT = 'twinlock-backup-1';

/** The first line: everything that is to be known before a row is read. */
export interface BackupHead {
  readonly format: typeof BACKUP_FORMAT;
  /** Of the release that made it. */
  readonly product: string;
  /** When its snapshot was taken, by the database's clock. */
  readonly at: string;
  /** Migrations that the schema has, in order. */
  readonly migrations: readonly string[];
  /** Ids of the keys that something is sealed with. */
  readonly keys: readonly string[];
  /** In the order in which they follow. */
  readonly tables: readonly BackedUpTable[];
}

export interface BackedUpTable {
  readonly name: string;
  readonly columns: readonly string[];
}

/** SQL. One of them is called `user`. */
export function columnList({ columns }: Pick<BackedUpTable, 'columns'>): string {
  return columns.map((name) => `"${name}"`).join(', ');
}

/** The last line: without it the backup is not whole. */
export interface BackupEnd {
  readonly end: true;
  readonly rows: Readonly<Record<string, number>>;
  /** The last value that was drawn, by `table.column`. */
  readonly sequences: Readonly<Record<string, number>>;
}

/**
 * What a backup holds, each table behind those that it refers to. What is not here is either made anew of these (tallies, by
 * triggers) or void after a restore: challenges and all sessions.
 */
export const BACKED_UP = [
  'configuration_version',
  'setting',
  'resolver',
  'resolver_secret',
  'managed_user',
  'provider',
  'realm',
  'realm_resolver',
  'policy',
  'secret',
  'administrator',
  'login_throttle',
  'token',
  'token_report',
  'audit_lane',
  'audit_record',
  'audit_mark',
] as const;

/** Behind the rows of each table, which are in the text format of COPY: there it stands for nothing else. */
export const END_OF_ROWS = '\\.';

/** @throws UnusableBackup */
export function parseHead(line: string): BackupHead {
  const head = jsonOf(line) as Partial<BackupHead> | null;
  if (head?.format !== BACKUP_FORMAT) {
    throw new UnusableBackup(
      `it is no backup of the format ${BACKUP_FORMAT}: a newer release may have made it`,
    );
  }
  const { product, at, migrations, keys, tables } = head;
  const isSound =
    typeof product === 'string' &&
    typeof at === 'string' &&
    !Number.isNaN(Date.parse(at)) &&
    isTexts(migrations) &&
    isTexts(keys) &&
    Array.isArray(tables) &&
    tables.every(({ name, columns }) => typeof name === 'string' && isTexts(columns));
  if (!isSound) throw new UnusableBackup('its head is damaged');
  return head as BackupHead;
}

/** @throws UnusableBackup */
export function parseEnd(line: string): BackupEnd {
  const end = jsonOf(line) as Partial<BackupEnd> | null;
  if (end?.end !== true || !isCounts(end.rows) || !isCounts(end.sequences)) {
    throw new UnusableBackup('it is not whole: its end is missing');
  }
  return { end: true, rows: end.rows, sequences: end.sequences };
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isCounts(value: unknown): value is Readonly<Record<string, number>> {
  return typeof value === 'object' && value !== null && Object.values(value).every(Number.isSafeInteger);
}
