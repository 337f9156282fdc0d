import { type ChainHead, type LaneHead, headsText } from '@app/audit';

const TELL_AFTER_MS = 60_000;
// Bounds a record: own lanes first, then those that were not told of for the longest time.
const MOST_TOLD = 32;
// Own lanes that are closed: long enough for others to have told of their last heads.
const MOST_CLOSED = 32;
const MOST_OTHERS = 256;

/** Heads that a record is about to keep; `kept` when it was committed. */
export interface ToldHeads {
  readonly text: string;
  kept(): void;
}

interface Told {
  at: number;
  /** Sequences by lane. */
  readonly own: Map<number, number>;
}

/**
 * The heads of lanes that this process knows of: its own, as they move, and others', as they were last read. Each of its
 * lanes keeps them in one of its records a minute, so that the end of one lane cannot be cut off without that of another.
 * A record that is written anyhow takes them along: none is written for them.
 */
export class HeadRegister {
  readonly #own = new Map<number, ChainHead>();
  readonly #closed = new Set<number>();
  readonly #others = new Map<number, ChainHead>();
  /** Of others, by lane: the sequence that one of our lanes told last. */
  readonly #othersTold = new Map<number, number>();
  readonly #told = new Map<number, Told>();

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** A lane of this process was opened, or what it committed is known. */
  moved(lane: number, head: ChainHead): void {
    this.#own.set(lane, head);
  }

  closed(lane: number): void {
    this.#told.delete(lane);
    if (!this.#own.has(lane)) return;
    this.#closed.add(lane);
    for (const oldest of this.#closed) {
      if (this.#closed.size <= MOST_CLOSED) break;
      this.#closed.delete(oldest);
      this.#own.delete(oldest);
    }
  }

  /** Heads of lanes as the database has them; those of our own are known better. */
  observe(rows: readonly { readonly id: number; readonly seq: number; readonly head: Uint8Array }[]): void {
    for (const { id, seq, head } of rows) {
      if (!this.#own.has(id) && seq > (this.#others.get(id)?.sequence ?? 0)) {
        this.#others.set(id, { sequence: seq, chain: head });
      }
    }
    for (const oldest of this.#others.keys()) {
      if (this.#others.size <= MOST_OTHERS) break;
      this.#others.delete(oldest);
      this.#othersTold.delete(oldest);
    }
  }

  /** Whether a lane of this process has records. */
  get hasWritten(): boolean {
    return [...this.#own.values()].some(({ sequence }) => sequence > 0);
  }

  /** All that is known, for whoever keeps it elsewhere. */
  known(): LaneHead[] {
    return [...this.#own, ...this.#others].flatMap(([lane, head]) => asTold(lane, head));
  }

  /** What a lane that is about to be opened names. */
  atOpening(lane: number): string {
    const own = [...this.#own];
    this.#told.set(lane, { at: this.now(), own: new Map(own.map(([id, { sequence }]) => [id, sequence])) });
    const others = [...this.#others].slice(-MOST_TOLD);
    for (const [id, { sequence }] of others) this.#othersTold.set(id, sequence);
    return headsText([...own, ...others].flatMap(([id, head]) => asTold(id, head)));
  }

  /** What the next record of this lane is to keep; `null`: nothing, since it is too early or nothing has moved. */
  due(lane: number): ToldHeads | null {
    const now = this.now();
    const told = this.#told.get(lane);
    if (!told || now - told.at < TELL_AFTER_MS) return null;
    const own = [...this.#own].filter(
      ([id, { sequence }]) => id !== lane && sequence > (told.own.get(id) ?? 0),
    );
    const others = [...this.#others]
      .filter(([id, { sequence }]) => sequence > (this.#othersTold.get(id) ?? 0))
      .slice(0, Math.max(0, MOST_TOLD - own.length));
    if (own.length + others.length === 0) return null;
    return {
      text: headsText([...own, ...others].flatMap(([id, head]) => asTold(id, head))),
      kept: () => {
        told.at = now;
        for (const [id, { sequence }] of own) told.own.set(id, sequence);
        for (const [id, head] of others) {
          this.#othersTold.set(id, head.sequence);
          // To the end of the order: next time it is the turn of others.
          const newest = this.#others.get(id) ?? head;
          this.#others.delete(id);
          this.#others.set(id, newest);
        }
      },
    };
  }
}

function asTold(lane: number, { sequence, chain }: ChainHead): LaneHead[] {
  return sequence > 0 ? [{ lane: String(lane), sequence, chain }] : [];
}
