import { setTokensBack } from '../seed/copy-tokens.mjs';
import { startGateway } from '../gateway/start-gateway.mjs';
import { postgresCpu } from '../measure/cpu.mjs';
import { isInstalled, preparePgbench } from '../reference/pgbench.mjs';
import { startFloors } from '../reference/floors/start-floors.mjs';
import { LOGIN, measureFloor, reportCosts } from './costs.mjs';
import { median, quantile, shown, table } from './figures.mjs';
import { REALM, openInstallation } from './installation.mjs';
import { startLockSampler } from './lock-sampler.mjs';

const WARM_UP = { connections: 8, seconds: 2 };
const MOST_REFERENCE_TOKENS = 100_000;

/**
 * @typedef {object} LoginOptions
 * @property {string[]} databases   as `openDatabase` takes them
 * @property {number[]} tokens      each on a database of its own
 * @property {number[]} processes   more than one: behind a load balancer
 * @property {number[]} concurrency connections
 * @property {string[]} kinds       of `SOURCES`
 * @property {number} rounds        each is alternated with pgbench and with the other kinds; medians are told
 * @property {number} seconds       of each round
 * @property {boolean} floors       servers without rules are measured beside Twinlock, in the first combination of one process
 * @property {string | undefined} profile folder for CPU profiles
 */

/**
 * Requests a second, latencies and what they cost, of each kind of request.
 *
 * @param {LoginOptions} options
 * @returns `rows`, one for each combination, and `floors`, for the report
 */
export async function measureLogins(options) {
  const rows = [];
  const floors = [];
  for (const database of options.databases) {
    for (const tokens of options.tokens) {
      const installation = await openInstallation(database, tokens, options.profile);
      console.log(
        `${tokens} tokens on ${installation.databaseName}, sealed and copied in ${shown(installation.seedSeconds, 1)} s`,
      );
      try {
        // The embedded one is one process's own.
        const processes = options.processes.filter((count) => database !== 'embedded' || count === 1);
        for (const count of processes) {
          const withFloors = options.floors && count === 1 && floors.length === 0;
          const measured = await measureNodes(installation, { ...options, tokens, count, withFloors });
          rows.push(...measured.rows);
          floors.push(...measured.floors);
        }
      } finally {
        await installation.close();
      }
    }
  }
  return { rows, floors };
}

async function measureNodes(installation, options) {
  const { tokens, count, concurrency, kinds, rounds, seconds, withFloors } = options;
  const port = await installation.serve(count);
  const pgbench = isInstalled()
    ? await preparePgbench(installation.environment, Math.min(tokens, MOST_REFERENCE_TOKENS))
    : null;
  if (!pgbench) console.log('pgbench is not installed: no reference, no ratio, no floors');
  const administrator = await installation.administrator();
  const gateway = startGateway();
  const source = { tokens, owned: installation.owned, realm: REALM, session: administrator.lines };
  const parts = { installation, port, gateway, administrator, source, seconds };
  const shared = { database: installation.databaseName, tokens, processes: count };
  console.log(`${count} ${count === 1 ? 'process' : 'processes behind nginx'}`);
  const rows = [];
  const costs = [];
  const floors = withFloors && pgbench ? await startFloors(installation.nodes[0].url, pgbench) : null;
  try {
    // Processes before these have used them up, and this gateway knows nothing of it.
    await setTokensBack(installation.database);
    for (const warmed of [port, ...(floors?.ports ?? [])]) {
      await gateway.run({ port: warmed, source: { ...source, kind: LOGIN }, ...WARM_UP });
    }
    for (const connections of concurrency) {
      const measured = new Map(kinds.map((kind) => [kind, []]));
      const beside = [];
      for (let round = 0; round < rounds; round++) {
        const reference = {
          transaction: await pgbench?.run('transaction', connections, seconds),
          statement: await pgbench?.run('statement', connections, seconds),
        };
        const bare = new Map();
        for (const [name, server] of floors?.servers ?? []) {
          bare.set(name, await measureFloor(server, connections, parts));
        }
        beside.push({ reference, bare });
        for (const kind of kinds) {
          const figures = await measureRound(kind, connections, parts);
          measured.get(kind).push({ ...figures, reference });
        }
      }
      const found = kinds.map((kind) => ({
        ...shared,
        connections,
        kind,
        ...mediansOf(measured.get(kind)),
      }));
      rows.push(...found);
      if (floors) costs.push({ connections, beside, found });
    }
  } finally {
    gateway.stop();
    await floors?.stop();
    await pgbench?.remove();
  }
  console.log(`\n${table(TITLES, rows.map(cellsOf))}\n`);
  return { rows, floors: costs.map((cost) => reportCosts(cost)) };
}

async function measureRound(kind, connections, parts) {
  const { installation, port, gateway, administrator, source, seconds } = parts;
  await setTokensBack(installation.database);
  await gateway.forget();
  if (kind === 'challenge') await administrator.post('/system/setPolicy', CHALLENGE_POLICY);
  try {
    const before = await spentSoFar(installation);
    const sampler = await startLockSampler(installation.environment);
    const outcome = await gateway.run({ port, source: { ...source, kind }, connections, seconds });
    const lockWaits = await sampler.stop();
    const after = await spentSoFar(installation);
    const all = Object.values(outcome.latencies).flat();
    const each = (name) => (after[name] - before[name]) / all.length;
    return {
      rate: all.length / outcome.seconds,
      latencies: outcome.latencies,
      turnedAway: outcome.turnedAway.length,
      cpuMicroseconds: each('cpuSeconds') * 1e6,
      scriptMicroseconds: each('scriptSeconds') * 1e6,
      databaseMicroseconds: each('databaseSeconds') * 1e6,
      balancerMicroseconds: each('balancerSeconds') * 1e6,
      clientMicroseconds: (outcome.cpuSeconds / all.length) * 1e6,
      roundTrips: each('roundTrips'),
      commits: each('commits'),
      logBytes: each('logBytes'),
      lockWaits,
      memoryMegabytes: installation.nodes.reduce((sum, node) => sum + node.memoryMegabytes(), 0),
    };
  } finally {
    if (kind === 'challenge') await administrator.post('/system/delPolicy', { name: CHALLENGE_POLICY.name });
  }
}

const CHALLENGE_POLICY = {
  name: 'bench_challenges',
  scope: 'authentication',
  action: 'challenge_response=*',
  realm: REALM,
  user: '*',
  client: '*',
  time: '* * * * * *;',
  active: 'True',
};

/** By all processes together. Transactions that write have a number each: their commits are counted by it. */
async function spentSoFar({ nodes, database, balancerSeconds }) {
  const told = await Promise.all(nodes.map((node) => node.told()));
  const { rows } = await database.query(
    `SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS next, pg_current_wal_insert_lsn() - '0/0' AS wal`,
  );
  return {
    cpuSeconds: nodes.reduce((sum, node) => sum + node.cpuSeconds(), 0),
    scriptSeconds: nodes.reduce((sum, node) => sum + node.scriptSeconds(), 0),
    databaseSeconds: await postgresCpu(database),
    balancerSeconds: balancerSeconds(),
    roundTrips: told.reduce((sum, { roundTrips }) => sum + roundTrips, 0),
    commits: Number(rows[0].next),
    logBytes: Number(rows[0].wal),
  };
}

function mediansOf(rounds) {
  const of = (figure) => median(rounds.map(figure));
  const parts = Object.keys(rounds[0].latencies);
  const latency = (latencies) => ({ p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) });
  const whole = rounds.map(({ latencies }) => latency(Object.values(latencies).flat()));
  return {
    rate: of(({ rate }) => rate),
    p50: median(whole.map(({ p50 }) => p50)),
    p99: median(whole.map(({ p99 }) => p99)),
    // Of a challenge: the trigger and the answer.
    parts: Object.fromEntries(
      parts.map((part) => {
        const each = rounds.map(({ latencies }) => latency(latencies[part] ?? []));
        return [part, { p50: median(each.map(({ p50 }) => p50)), p99: median(each.map(({ p99 }) => p99)) }];
      }),
    ),
    turnedAway: rounds.reduce((sum, { turnedAway }) => sum + turnedAway, 0),
    cpuMicroseconds: of(({ cpuMicroseconds }) => cpuMicroseconds),
    scriptMicroseconds: of(({ scriptMicroseconds }) => scriptMicroseconds),
    databaseMicroseconds: of(({ databaseMicroseconds }) => databaseMicroseconds),
    balancerMicroseconds: of(({ balancerMicroseconds }) => balancerMicroseconds),
    clientMicroseconds: of(({ clientMicroseconds }) => clientMicroseconds),
    memoryMegabytes: of(({ memoryMegabytes }) => memoryMegabytes),
    roundTrips: of(({ roundTrips }) => roundTrips),
    commits: of(({ commits }) => commits),
    logBytes: of(({ logBytes }) => logBytes),
    lockWaits: of(({ lockWaits }) => lockWaits),
    pgbench: {
      transactionsPerSecond: of(({ reference }) => reference.transaction?.rate ?? Number.NaN),
      statementsPerSecond: of(({ reference }) => reference.statement?.rate ?? Number.NaN),
    },
    ratio: {
      toTransaction: of(({ rate, reference }) => rate / (reference.transaction?.rate ?? Number.NaN)),
      toStatement: of(({ rate, reference }) => rate / (reference.statement?.rate ?? Number.NaN)),
    },
  };
}

const TITLES = [
  'requests',
  'connections',
  'requests/s',
  'p50 ms',
  'p99 ms',
  'CPU µs',
  'database µs',
  'client µs',
  'MB',
  'round trips',
  'commits',
  'lock waits',
  'pgbench 5',
  'ratio',
  'pgbench 1',
  'ratio',
];

function cellsOf(row) {
  const parts = Object.entries(row.parts);
  const detail =
    parts.length > 1 ? ` (${parts.map(([name, { p50 }]) => `${name} ${shown(p50, 1)}`).join(', ')} ms)` : '';
  return [
    `${row.kind}${detail}`,
    row.connections,
    shown(row.rate),
    shown(row.p50, 1),
    shown(row.p99, 1),
    shown(row.cpuMicroseconds),
    shown(row.databaseMicroseconds),
    shown(row.clientMicroseconds),
    shown(row.memoryMegabytes),
    shown(row.roundTrips, 3),
    shown(row.commits, 3),
    shown(row.lockWaits, 3),
    shown(row.pgbench.transactionsPerSecond),
    shown(row.ratio.toTransaction, 2),
    shown(row.pgbench.statementsPerSecond),
    shown(row.ratio.toStatement, 2),
  ];
}
