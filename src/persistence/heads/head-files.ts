import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { type LaneHead, readHead } from '@app/audit';

/** A file of heads, as one process left it. */
export interface HeadFile {
  readonly path: string;
  /** Key that signs the trail which they are of. */
  readonly keyId: string;
  /** Its process ended and wrote its last. */
  readonly isClosed: boolean;
  readonly heads: readonly KeptHead[];
}

export interface KeptHead extends LaneHead {
  /** When it was seen, in milliseconds since 1970. */
  readonly at: number;
}

const FORMAT = 'twinlock-audit-heads-1';
const NAME = /^heads-[0-9a-f]{12}\.json$/;
const DRAFT = /^heads-[0-9a-f]{12}\.json\.draft$/;
// A process that lives writes once a minute: whose file is older is dead, and did not close it.
const DEAD_AFTER_MS = 60 * 60 * 1000;
// Bounds the file: lanes are three a start of a process, and old ones are named by those that followed.
const MOST_HEADS = 1000;

/**
 * The heads that one process keeps outside the database: a file of its own in a folder that nodes may share, whole at any
 * time. It takes over what ended processes left there, so that there are no more files than processes.
 */
export class HeadFiles {
  readonly #path: string;
  #heads = new Map<string, KeptHead>();

  constructor(
    private readonly folder: string,
    private readonly node: string,
    private readonly keyId: string,
    private readonly now: () => number = Date.now,
  ) {
    this.#path = join(folder, `heads-${randomBytes(6).toString('hex')}.json`);
  }

  /** @throws when the folder cannot be written */
  async keep(known: readonly LaneHead[], isClosed = false): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const ended = await this.#ended();
    for (const head of ended.flatMap(({ heads }) => heads)) this.#add(head);
    const at = this.now();
    for (const head of known) this.#add({ ...head, at });
    const newest = [...this.#heads.values()].toSorted((a, b) => b.at - a.at).slice(0, MOST_HEADS);
    this.#heads = new Map(newest.map((head) => [head.lane, head]));
    await this.#write(newest, isClosed);
    // Only now: nobody else has what they held.
    await Promise.all(ended.map(({ path }) => rm(path, { force: true })));
  }

  #add(head: KeptHead): void {
    const kept = this.#heads.get(head.lane);
    if (!kept || kept.sequence < head.sequence) this.#heads.set(head.lane, head);
  }

  async #ended(): Promise<HeadFile[]> {
    const ended: HeadFile[] = [];
    for (const name of await readdir(this.folder)) {
      const path = join(this.folder, name);
      if (path === this.#path || !(NAME.test(name) || DRAFT.test(name))) continue;
      const written = await stat(path).catch(() => null);
      const isDead = written !== null && this.now() - written.mtimeMs > DEAD_AFTER_MS;
      if (DRAFT.test(name)) {
        if (isDead) await rm(path, { force: true });
        continue;
      }
      const file = await readHeadFile(path);
      // Of another installation: nothing that this one may take over.
      if (file && file.keyId === this.keyId && (file.isClosed || isDead)) ended.push(file);
    }
    return ended;
  }

  /** Under its name it is always whole, and on the disk before the one before is gone. */
  async #write(heads: readonly KeptHead[], isClosed: boolean): Promise<void> {
    const draft = `${this.#path}.draft`;
    const file = await open(draft, 'w', 0o600);
    try {
      await file.writeFile(this.#content(heads, isClosed));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, this.#path);
  }

  #content(heads: readonly KeptHead[], isClosed: boolean): string {
    const kept = heads.map(({ lane, sequence, chain, at }) => ({
      lane,
      sequence,
      chain: Buffer.from(chain).toString('hex'),
      at: new Date(at).toISOString(),
    }));
    const { node, keyId } = this;
    const written = new Date(this.now()).toISOString();
    return `${JSON.stringify({ format: FORMAT, node, keyId, written, closed: isClosed, heads: kept }, null, 1)}\n`;
  }
}

/** @returns `null` where there is no such file, or it is none of heads */
export async function readHeadFile(path: string): Promise<HeadFile | null> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return null;
  }
  if (typeof content !== 'object' || content === null) return null;
  const { format, keyId, closed, heads } = content as Record<string, unknown>;
  if (format !== FORMAT || typeof keyId !== 'string' || !Array.isArray(heads)) return null;
  const kept = heads.flatMap((entry: unknown) => {
    const head = readHead(entry);
    if (!head) return [];
    const { at } = entry as { at?: unknown };
    const time = typeof at === 'string' ? Date.parse(at) : NaN;
    return [{ ...head, at: Number.isNaN(time) ? 0 : time }];
  });
  return { path, keyId, isClosed: closed === true, heads: kept };
}

/** All files of heads in a folder; none where there is no such folder. */
export async function headFilesIn(folder: string): Promise<HeadFile[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  const files = await Promise.all(
    names.filter((name) => NAME.test(name)).map((name) => readHeadFile(join(folder, name))),
  );
  return files.filter((file) => file !== null);
}
