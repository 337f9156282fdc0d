import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

const LOAD = new URL('./load.mjs', import.meta.url).pathname;

export interface LoadResult {
  readonly requests: number;
  readonly refused: number;
  readonly seconds: number;
  /** Milliseconds. */
  readonly latencies: readonly number[];
}

/** The process that logs in, see load.mjs. */
export class LoadProcess {
  private constructor(private readonly child: ChildProcess) {}

  /** @param tokens how many there are, from the first one on */
  static start(url: string, tokens: number): LoadProcess {
    return new LoadProcess(fork(LOAD, [new URL(url).port, String(tokens)], { execArgv: [] }));
  }

  /** @param realm the tokens' owners log in; `null`: tokens do, by serial */
  async run(connections: number, seconds: number, realm: string | null): Promise<LoadResult> {
    this.child.send({ connections, seconds, realm });
    const [result] = (await once(this.child, 'message')) as [LoadResult];
    if (result.refused > 0) throw new Error(`${result.refused} right OTPs were refused`);
    return result;
  }

  stop(): void {
    this.child.disconnect();
  }
}

/** @param share 0.95: the time that 95 % of them do not exceed */
export function quantile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
