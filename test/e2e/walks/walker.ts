import fc from 'fast-check';

import { type Model, hasCounter, slotNow } from './model.js';
import { ASKED_BY_CHALLENGES, FOUND_AGAIN } from './policy-step.js';
import type { Step } from './step.js';
import type { StoredToken, Town } from './town.js';

export interface StepKind {
  readonly weight: number;
  readonly arbitrary: fc.Arbitrary<Step>;
}

/** One way through a town, as far as it went. */
interface Way {
  /** Those that could be taken. */
  readonly taken: readonly Step[];
  readonly told: readonly string[];
  readonly accepted: number;
  /** What went wrong at the last of them; `null`: nothing. */
  readonly failure: string | null;
}

const LONGEST = 120;

/** Walks one after the other, each in a town that begins anew; repeatable by its seed. */
export class Walker {
  readonly taken = { steps: 0, accepted: 0 };

  constructor(
    readonly town: Town,
    private readonly kinds: readonly StepKind[],
    private readonly seed: number,
  ) {}

  /** @returns how it fell, or `null` */
  async walk(atLeast: number): Promise<string | null> {
    for (let turn = 0; this.taken.steps < atLeast; turn++) {
      const seed = this.seed + turn;
      const planned = fc.sample(fc.oneof(...this.kinds), { seed, numRuns: LONGEST });
      const way = await this.#go([
        ...(seed % 2 === 0 ? [ASKED_BY_CHALLENGES] : []),
        ...(seed % 2 === 1 ? [FOUND_AGAIN] : []),
        ...planned,
      ]);
      this.taken.steps += way.taken.length;
      this.taken.accepted += way.accepted;
      if (way.failure === null) continue;
      const { told, failure } = await this.#shortest(way);
      const where = `TWINLOCK_WALK_TOWN=${this.town.name} TWINLOCK_WALK_SEED=${seed}`;
      return [where, failure, ...told].join('\n');
    }
    return null;
  }

  async #go(planned: readonly Step[]): Promise<Way> {
    const model = await this.town.start();
    const taken: Step[] = [];
    const told: string[] = [];
    let accepted = 0;
    let slot = slotNow();
    try {
      for (const step of planned) {
        if (!step.check(model)) continue;
        taken.push(step);
        told.push(String(step));
        slot = slotNow();
        const did = await step.run(model, this.town, (what) => told.push(`  ${what}`));
        if (did === 'accepted') accepted++;
        if (slotNow() !== slot) return { taken, told, accepted, failure: null };
      }
      await compare(model, this.town);
      return { taken, told, accepted, failure: null };
    } catch (error) {
      // Which OTPs are right changes with the slot: whether the server saw this one or the next, nobody can tell.
      if (slotNow() !== slot) return { taken, told, accepted, failure: null };
      const failure = error instanceof Error ? error.message : String(error);
      return { taken, told, accepted, failure: `${failure}\n${await this.town.newestRecords()}` };
    }
  }

  /** Leaves out what is not needed for the fall: halves, quarters … single steps. */
  async #shortest(fallen: Way): Promise<Way> {
    let shortest = fallen;
    for (let size = fallen.taken.length; size >= 1; size = Math.floor(size / 2)) {
      for (let start = shortest.taken.length - size; start >= 0; start -= size) {
        const { taken } = shortest;
        const without = await this.#go([...taken.slice(0, start), ...taken.slice(start + size)]);
        if (without.failure !== null) shortest = without;
      }
    }
    return shortest;
  }
}

/** What is stored of the tokens is what the model believes. @throws Error that tells the difference */
async function compare({ prefix, tokens }: Model, town: Town): Promise<void> {
  const stored = new Map((await town.tokens(prefix)).map((token) => [token.serial, token]));
  const believed: readonly StoredToken[] = tokens.map(({ serial, failures, isEnabled, counter }) => ({
    serial,
    failures,
    isEnabled,
    counter,
  }));
  const counted = new Set(tokens.filter(hasCounter).map(({ serial }) => serial));
  const text = ({ counter, ...token }: StoredToken) =>
    JSON.stringify(counted.has(token.serial) ? { ...token, counter } : token);
  for (const token of believed) {
    const found = stored.get(token.serial);
    const is = found ? text(found) : 'nothing';
    if (is !== text(token)) throw new Error(`${text(token)} was expected to be stored, but ${is} is`);
  }
  if (stored.size > believed.length) throw new Error('there are more tokens than there should be');
}
