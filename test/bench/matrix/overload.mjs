import { setTimeout as delay } from 'node:timers/promises';

import { startGateway } from '../gateway/start-gateway.mjs';
import { median, quantile, shown, table } from './figures.mjs';
import { openInstallation } from './installation.mjs';

const CONNECTIONS = 64;
const MOST_CONNECTIONS = 4_000;
const PROBE_MS = 100;
const PROBES = ['/healthz', '/readyz', '/admin/show?pagesize=10&page=1'];

/**
 * What happens when more logins come than can be served: what 64 connections get that ask in turn is taken for the rate that can
 * be sustained; then logins come at so many times that rate, whether or not answers do, and at half of it.
 *
 * @param {{ database: string, tokens: number, seconds: number, rounds: number, factors: number[] }} options
 * @returns what was measured, for the report
 */
export async function measureOverload({ database, tokens, seconds, rounds, factors, profile }) {
  const installation = await openInstallation(database, tokens, profile);
  const port = await installation.serve(1);
  const gateway = startGateway();
  const [node] = installation.nodes;
  const source = { kind: 'check_s hotp right', tokens, owned: installation.owned };
  const administrator = await installation.administrator();
  try {
    const inTurn = { port, source, connections: CONNECTIONS, seconds };
    await gateway.run(inTurn);
    const rates = [];
    for (let round = 0; round < rounds; round++) {
      const { latencies, seconds: taken } = await gateway.run(inTurn);
      rates.push(latencies.login.length / taken);
    }
    const sustainable = median(rates);
    console.log(`sustainable: ${shown(sustainable)} logins/s by ${CONNECTIONS} connections in turn\n`);
    const measured = [];
    for (const factor of [...factors, 0.5]) {
      await installation.metrics();
      await node.told({ timesRefusals: true });
      const probing = startProbes(port, administrator);
      const order = {
        port,
        source,
        rate: factor * sustainable,
        seconds,
        connections: MOST_CONNECTIONS,
        server: node.pid,
        takesAnything: true,
      };
      const outcome = await gateway.run(order).finally(() => probing.end());
      const probes = await probing.figures();
      const { refusedMs } = await node.told();
      measured.push({ factor, ...figuresOf(outcome, await installation.metrics(), probes), refusedMs });
    }
    console.log(`${table(TITLES, measured.map(rowOf))}\n`);
    return { sustainable, measured };
  } finally {
    gateway.stop();
    await installation.close();
  }
}

function figuresOf(outcome, metrics, probes) {
  const {
    latencies,
    turnedAway,
    seconds,
    offered,
    unexpected,
    lost,
    unsent,
    ownLatenessMs,
    serverCpu,
    ownCpu,
  } = outcome;
  const accepted = latencies.login ?? [];
  const milliseconds = (name) => Number(new RegExp(`^${name} (\\S+)`, 'm').exec(metrics)?.[1]) * 1000;
  return {
    offeredPerSecond: offered / seconds,
    acceptedPerSecond: accepted.length / seconds,
    turnedAwayPerSecond: turnedAway.length / seconds,
    acceptedMs: [quantile(accepted, 0.5), quantile(accepted, 0.99)],
    turnedAwayMs: [quantile(turnedAway, 0.5), quantile(turnedAway, 0.99)],
    loopDelayMs: [
      milliseconds('nodejs_eventloop_lag_p50_seconds'),
      milliseconds('nodejs_eventloop_lag_p99_seconds'),
    ],
    probes,
    refused: unexpected,
    lost,
    unsent,
    ownLatenessMs,
    serverCpu,
    ownCpu,
  };
}

const TITLES = [
  'offered',
  'logins/s',
  'accepted/s',
  '503/s',
  'accepted p50 ms',
  'p99 ms',
  '503 p50 ms',
  'p99 ms',
  'in server p50 ms',
  'p99 ms',
  'event loop p50 ms',
  'p99 ms',
  'healthz p99 ms',
  'readyz p99 ms',
  'admin p99 ms',
  'refused',
  'no answer',
  'client late p99 ms',
  'CPU server',
  'client',
];

function rowOf(figures) {
  return [
    `${figures.factor} x`,
    shown(figures.offeredPerSecond),
    shown(figures.acceptedPerSecond),
    shown(figures.turnedAwayPerSecond),
    ...figures.acceptedMs.map((ms) => shown(ms, 1)),
    ...figures.turnedAwayMs.map((ms) => shown(ms, 1)),
    ...figures.refusedMs.map((ms) => shown(ms, 2)),
    ...figures.loopDelayMs.map((ms) => shown(ms, 1)),
    ...figures.probes.map(({ p99 }) => shown(p99, 1)),
    figures.refused,
    figures.lost + figures.unsent,
    shown(figures.ownLatenessMs, 1),
    shown(figures.serverCpu, 2),
    shown(figures.ownCpu, 2),
  ];
}

/** Asks beside the logins what must be answered whatever comes: each path once in a while, over and over. */
function startProbes(port, administrator) {
  const state = { isOver: false };
  const times = PROBES.map(() => []);
  const running = PROBES.map(async (path, place) => {
    const headers = Object.fromEntries(
      path.startsWith('/admin')
        ? administrator.lines
            .trim()
            .split('\r\n')
            .map((line) => line.split(': '))
        : [],
    );
    while (!state.isOver) {
      const from = performance.now();
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
      await answer.arrayBuffer();
      if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}`);
      times[place].push(performance.now() - from);
      await delay(PROBE_MS);
    }
  });
  return {
    end: () => void (state.isOver = true),
    async figures() {
      await Promise.all(running);
      return PROBES.map((path, place) => ({
        path,
        p50: quantile(times[place], 0.5),
        p99: quantile(times[place], 0.99),
      }));
    },
  };
}
