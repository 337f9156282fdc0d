import { type Gateway, startGateway } from './start-gateway.mjs';

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** Milliseconds. */
  readonly latencies: readonly number[];
}

/** A process that logs in over and over with right OTPs of the tokens that `enrolTokens` makes. */
export class LoadProcess {
  private constructor(
    private readonly gateway: Gateway,
    private readonly port: number,
    private readonly tokens: number,
  ) {}

  /** @param tokens how many there are, from the first one on */
  static start(url: string, tokens: number): LoadProcess {
    return new LoadProcess(startGateway(), Number(new URL(url).port), tokens);
  }

  /**
   * @param realm the tokens' owners log in; `null`: tokens do, by serial
   * @throws Error when a right OTP was refused
   */
  async run(connections: number, seconds: number, realm: string | null): Promise<LoadResult> {
    const { port, tokens, gateway } = this;
    const kind = realm === null ? 'check_s hotp right' : 'check hotp right';
    const source = { kind, tokens, owned: tokens, every: 1, ...(realm !== null && { realm }) } as const;
    const outcome = await gateway.run({ port, source, connections, seconds });
    const latencies = outcome.latencies['login'] ?? [];
    return { requests: latencies.length, seconds: outcome.seconds, latencies };
  }

  stop(): void {
    this.gateway.stop();
  }
}

/** @param share 0.95: the time that 95 % of them do not exceed */
export function quantile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
