import type { Verdict } from '@app/authentication';
import { tokenType } from '@app/tokens';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

import type { CommitObserver, CommitPath } from '../persistence/lanes/commit-observer.js';

const LATENCY_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const BATCH_BUCKETS = [1, 2, 4, 8, 16, 32];

/** What is read when somebody asks for it. */
export interface ReadFigures {
  configurationVersion(): number;
  unrecordedMisses(): number;
  waitingLogins(): number;
  loginWaitSeconds(): number;
}

/** What Prometheus reads from `/metrics`. Labels are names of routes, outcomes and types, never input. */
export class Metrics implements CommitObserver {
  readonly registry = new Registry();

  readonly #requests = new Counter({
    name: 'twinlock_requests_total',
    help: 'Answered requests by route and status',
    labelNames: ['route', 'status'],
    registers: [this.registry],
  });

  readonly #latency = new Histogram({
    name: 'twinlock_request_seconds',
    help: 'Time from the head of a request to its answer, by route; without logins that were turned away',
    labelNames: ['route'],
    buckets: LATENCY_BUCKETS,
    registers: [this.registry],
  });

  readonly #verdicts = new Counter({
    name: 'twinlock_verdicts_total',
    help: 'Logins by outcome and token type',
    labelNames: ['outcome', 'token_type'],
    registers: [this.registry],
  });

  readonly #batches = new Histogram({
    name: 'twinlock_commit_records',
    help: 'Requests that shared one commit, by path',
    labelNames: ['path'],
    buckets: BATCH_BUCKETS,
    registers: [this.registry],
  });

  readonly #commits = new Histogram({
    name: 'twinlock_commit_seconds',
    help: 'Time of a commit, by path',
    labelNames: ['path'],
    buckets: LATENCY_BUCKETS,
    registers: [this.registry],
  });

  readonly #unknown = new Counter({
    name: 'twinlock_commit_unknown_total',
    help: 'Commits whose answer was lost, by whether their outcome was found out',
    labelNames: ['resolved'],
    registers: [this.registry],
  });

  readonly #resolvers = new Gauge({
    name: 'twinlock_resolver_up',
    help: '0: a resolver does not answer this node; it appears once it has failed',
    labelNames: ['resolver'] as const,
    registers: [this.registry],
  });

  readonly #providers = new Gauge({
    name: 'twinlock_provider_up',
    help: '0: a provider of messages does not answer this node; it appears once it has failed',
    labelNames: ['kind', 'provider'] as const,
    registers: [this.registry],
  });

  readonly #forwardServers = new Gauge({
    name: 'twinlock_forward_server_up',
    help: '0: a server that logins are forwarded to does not answer this node; it appears once it has failed',
    labelNames: ['server'] as const,
    registers: [this.registry],
  });

  readonly #shipped = new Counter({
    name: 'twinlock_audit_shipped_total',
    help: 'Records of the audit trail that were given to a stream',
    labelNames: ['stream'] as const,
    registers: [this.registry],
  });

  readonly #lost = new Counter({
    name: 'twinlock_audit_lost_total',
    help: 'Records of the audit trail that a stream did not get: too many waited for it, or the process ended',
    labelNames: ['stream'] as const,
    registers: [this.registry],
  });

  readonly #streams = new Gauge({
    name: 'twinlock_audit_stream_up',
    help: '0: a stream of the audit trail takes nothing from this node; it appears once it has failed',
    labelNames: ['stream'] as const,
    registers: [this.registry],
  });

  readonly #configuration = new Gauge({
    name: 'twinlock_configuration_version',
    help: 'Version of the configuration that this node acts on',
    registers: [this.registry],
  });

  readonly #clock = new Gauge({
    name: 'twinlock_clock_ahead_seconds',
    help: "How far this node's clock is ahead of the database's; negative: behind; 0: not measurably",
    registers: [this.registry],
  });

  readonly #misses = new Counter({
    name: 'twinlock_unrecorded_misses_total',
    help: 'Requests that met no token, beyond the budget of their client: without a record of their own',
    registers: [this.registry],
  });

  readonly #turnedAway = new Counter({
    name: 'twinlock_logins_turned_away_total',
    help: 'Logins that were refused as they came, since too many were waiting for the database',
    registers: [this.registry],
  });

  readonly #turnedAwayByRoute = new Map<string, number>();

  readonly #waiting = new Gauge({
    name: 'twinlock_logins_waiting',
    help: 'Logins that wait for the database',
    registers: [this.registry],
  });

  readonly #wait = new Gauge({
    name: 'twinlock_login_wait_seconds',
    help: 'How long a login that came now would wait for the database',
    registers: [this.registry],
  });

  constructor(figures: ReadFigures) {
    // With nodejs_eventloop_lag_*, of perf_hooks.
    collectDefaultMetrics({ register: this.registry });
    const collects = (metric: Gauge | Counter, collect: () => void) => Object.assign(metric, { collect });
    collects(this.#configuration, () => this.#configuration.set(figures.configurationVersion()));
    collects(this.#misses, () => {
      this.#misses.reset();
      this.#misses.inc(figures.unrecordedMisses());
    });
    collects(this.#requests, () => this.#countTurnedAway());
    collects(this.#turnedAway, () => this.#countTurnedAway());
    collects(this.#waiting, () => this.#waiting.set(figures.waitingLogins()));
    collects(this.#wait, () => this.#wait.set(figures.loginWaitSeconds()));
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  read(): Promise<string> {
    return this.registry.metrics();
  }

  answered(route: string, status: number, seconds: number): void {
    this.#requests.inc({ route, status });
    this.#latency.observe({ route }, seconds);
  }

  /** Costs next to nothing: what is counted here becomes figures when somebody asks for them. */
  turnedAway(route: string): void {
    this.#turnedAwayByRoute.set(route, (this.#turnedAwayByRoute.get(route) ?? 0) + 1);
  }

  decided(verdict: Verdict): void {
    const accepted = verdict.kind === 'accepted';
    this.#verdicts.inc({
      outcome: verdict.kind === 'rejected' ? verdict.reason : verdict.kind,
      token_type: accepted && verdict.token ? tokenType(verdict.token.type).label : '',
    });
  }

  committed(records: number, path: CommitPath, seconds: number): void {
    this.#batches.observe({ path }, records);
    this.#commits.observe({ path }, seconds);
  }

  resolverAnswers(resolver: string, answers: boolean): void {
    this.#resolvers.set({ resolver }, answers ? 1 : 0);
  }

  providerAnswers(kind: string, provider: string, answers: boolean): void {
    this.#providers.set({ kind, provider }, answers ? 1 : 0);
  }

  forwardServerAnswers(server: string, answers: boolean): void {
    this.#forwardServers.set({ server }, answers ? 1 : 0);
  }

  recordsShipped(stream: string, records: number): void {
    this.#shipped.inc({ stream }, records);
  }

  recordsLost(stream: string, records: number): void {
    this.#lost.inc({ stream }, records);
  }

  streamAnswers(stream: string, answers: boolean): void {
    this.#streams.set({ stream }, answers ? 1 : 0);
  }

  clockMeasured(secondsAhead: number): void {
    this.#clock.set(secondsAhead);
  }

  unknownOutcome(resolved: boolean): void {
    this.#unknown.inc({ resolved: String(resolved) });
  }

  #countTurnedAway(): void {
    for (const [route, logins] of this.#turnedAwayByRoute) {
      this.#turnedAway.inc(logins);
      this.#requests.inc({ route, status: 503 }, logins);
    }
    this.#turnedAwayByRoute.clear();
  }
}
