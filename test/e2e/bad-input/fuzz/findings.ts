import type { FuzzCase } from './cases.js';
import type { Read } from './judge.js';
import type { WireAnswer } from './wire.js';

interface Found {
  readonly first: number;
  readonly sample: string;
  count: number;
}

const SLOWEST = 12;
const ERROR_LEVEL = 50;

/** What was found, and figures of all that was asked. */
export class Findings {
  readonly #found = new Map<string, Found>();
  readonly #statuses = new Map<string, number>();
  readonly #slow = new Map<string, { longest: number; number: number; sum: number; count: number }>();
  readonly #numbers = new Map<string, FuzzCase>();
  readonly #named = { yes: 0, no: 0 };
  readonly #unnamed = new Map<string, { count: number; sample: string }>();
  readonly #memory: string[] = [];
  #read = 0;

  constructor(private readonly seed: number) {}

  add(one: FuzzCase, answer: WireAnswer, read: Read, wrong: readonly string[]): void {
    count(this.#statuses, String(answer.status ?? (one.request.isCutShort ? 'cut short' : 'none')));
    const slow = this.#slow.get(one.endpoint.path) ?? { longest: 0, number: 0, sum: 0, count: 0 };
    slow.sum += answer.milliseconds;
    slow.count++;
    if (answer.milliseconds > slow.longest)
      Object.assign(slow, { longest: answer.milliseconds, number: one.number });
    this.#slow.set(one.endpoint.path, slow);
    const id = answer.headers.get('x-request-id');
    if (id !== undefined) this.#numbers.set(id, one);
    this.#countNames(one, read);
    for (const what of wrong) this.#note(what, one, `${answer.status} ${read.text.slice(0, 1_600)}`);
  }

  /** @param output all that the server wrote so far */
  log(output: string): void {
    const lines = output.slice(this.#read).split('\n');
    this.#read = output.length;
    for (const line of lines) {
      if (/uncaught|unhandled/i.test(line)) this.everywhere([`in the log: ${line.slice(0, 300)}`]);
      if (!line.startsWith('{') || Number(/"level":(\d+)/.exec(line)?.[1] ?? 0) < ERROR_LEVEL) continue;
      const one = this.#numbers.get(/request ([\w-]+) failed/.exec(line)?.[1] ?? '');
      if (one) this.#note('an error in the log', one, line.slice(0, 1_500));
      else this.everywhere([`in the log: ${line.slice(0, 300)}`]);
    }
    this.#numbers.clear();
  }

  memory(number: number, megabytes: number): void {
    this.#memory.push(`${number}: ${megabytes}`);
  }

  /** Of no case in particular. */
  everywhere(wrong: readonly string[]): void {
    for (const what of wrong) this.#found.set(what, { first: -1, sample: '', count: 1 });
  }

  found(): string[] {
    return [...this.#found].map(([what, { first, count: times, sample }]) =>
      first < 0 ? what : `${what} (${times} times; --seed ${this.seed} --case ${first})\n${sample}`,
    );
  }

  figures(different: number, endpoints: number): string {
    const slowest = [...this.#slow].toSorted(([, a], [, b]) => b.longest - a.longest).slice(0, SLOWEST);
    const unnamed = [...this.#unnamed].toSorted(([, a], [, b]) => b.count - a.count);
    return [
      `seed ${this.seed}; ${endpoints} endpoints, ${different} different cases`,
      `answers by status: ${[...this.#statuses]
        .toSorted()
        .map(([status, times]) => `${status}: ${times}`)
        .join(', ')}`,
      `memory in MB after so many cases: ${this.#memory.join(', ')}`,
      `errors about a bad parameter: ${this.#named.yes} name it, ${this.#named.no} do not`,
      ...unnamed.slice(0, 40).map(([what, { count: times, sample }]) => `  ${times} ${what}: ${sample}`),
      'slowest endpoints (longest and mean, ms):',
      ...slowest.map(
        ([path, { longest, number, sum, count: times }]) =>
          `  ${path}: ${longest.toFixed(0)} (case ${number}), ${(sum / times).toFixed(1)}`,
      ),
      `findings: ${this.#found.size}`,
    ].join('\n');
  }

  #note(what: string, { endpoint, number, who, what: bad, request }: FuzzCase, answer: string): void {
    const key = `${what}: ${endpoint.path}`;
    const known = this.#found.get(key);
    if (known) known.count++;
    else
      this.#found.set(key, {
        first: number,
        count: 1,
        sample: `  ${who}, ${bad}: ${request.method} ${request.target.slice(0, 300)}\n  ${request.body.toString('latin1').slice(0, 300)}\n  ${answer}`,
      });
  }

  #countNames({ parameter, endpoint }: FuzzCase, { result }: Read): void {
    const message = result?.error?.message;
    if (parameter === null || typeof message !== 'string') return;
    if (message.toLowerCase().includes(parameter.toLowerCase())) this.#named.yes++;
    else {
      this.#named.no++;
      const key = `${endpoint.path} ${parameter}`;
      const known = this.#unnamed.get(key);
      if (known) known.count++;
      else this.#unnamed.set(key, { count: 1, sample: message.slice(0, 120) });
    }
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
