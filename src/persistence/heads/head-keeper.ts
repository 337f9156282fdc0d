import type { Queryable } from '../database.js';
import { type HeadFile, HeadFiles, headFilesIn } from './head-files.js';
import type { HeadRegister } from './head-register.js';
import type { HeadsObserver } from './heads-observer.js';
import { observeLanes } from './observe-lanes.js';

const EVERY_MS = 60_000;

export interface KeeperOptions {
  readonly folder: string;
  readonly node: string;
  readonly keyId: string;
  readonly register: HeadRegister;
  readonly database: Queryable;
  readonly observer: HeadsObserver;
}

/**
 * Keeps the heads of lanes outside the database, once a minute and at the end: those of this process as it wrote them, and
 * others' as the database has them. Whoever can change the whole database cannot change them there.
 */
export class HeadKeeper {
  readonly #files: HeadFiles;
  #timer: NodeJS.Timeout | null = null;
  #isKept: boolean | null = null;
  #last: Promise<void> = Promise.resolve();

  constructor(private readonly options: KeeperOptions) {
    this.#files = new HeadFiles(options.folder, options.node, options.keyId);
  }

  /** For a process that serves: compares what was kept before, and keeps on keeping. */
  async start(): Promise<void> {
    await this.#compare();
    await this.keep();
    this.#timer = setInterval(() => void this.keep(), EVERY_MS).unref();
  }

  /** Never throws: a node that cannot keep heads works on, and says so. */
  keep(isClosed = false): Promise<void> {
    this.#last = this.#last.then(() => this.#keep(isClosed));
    return this.#last;
  }

  /** At the end, when the lanes are closed. A process that wrote nothing leaves nothing. */
  async close(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    const { register } = this.options;
    if (this.#isKept !== null || register.hasWritten) await this.keep(true);
  }

  async #keep(isClosed: boolean): Promise<void> {
    const { folder, register, database, observer } = this.options;
    try {
      // What others wrote is worth less than what we did: without the database our own heads are kept all the same.
      if (!isClosed) await observeLanes(database, register).catch(() => undefined);
      await this.#files.keep(register.known(), isClosed);
      if (this.#isKept === false) observer.headsKept(folder);
      this.#isKept = true;
    } catch (error) {
      if (this.#isKept !== false) observer.headsNotKept(folder, error);
      this.#isKept = false;
    }
  }

  async #compare(): Promise<void> {
    const { folder, keyId, database, observer } = this.options;
    try {
      const files = await headFilesIn(folder);
      const missing = await missingFrom(
        database,
        files.filter((file) => file.keyId === keyId),
      );
      if (missing.length > 0) observer.headsMissing(missing);
    } catch {
      // Whether the folder can be used is said when it is written.
    }
  }
}

/** Lanes that were further once than the database says. */
async function missingFrom(database: Queryable, files: readonly HeadFile[]): Promise<string[]> {
  const heads = files.flatMap((file) => file.heads);
  const { rows } = await database.query<{ lane: string }>(
    `SELECT DISTINCT k.lane::text AS lane FROM unnest($1::bigint[], $2::bigint[]) AS k(lane, seq)
     LEFT JOIN audit_lane l ON l.id = k.lane WHERE l.seq IS NULL OR l.seq < k.seq ORDER BY 1`,
    [heads.map(({ lane }) => lane), heads.map(({ sequence }) => sequence)],
  );
  return rows.map(({ lane }) => lane);
}
