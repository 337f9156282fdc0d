/**
 * What a login costs beside what it would cost a server without rules: who uses how much of the machine's CPU, and which rates that
 * allows.
 */
import { availableParallelism } from 'node:os';

import { postgresCpu } from '../measure/cpu.mjs';
import { FLOORS } from '../reference/floors/start-floors.mjs';
import { median, shown, table } from './figures.mjs';

export const LOGIN = 'check_s hotp right';
const MICROSECONDS = 1e6;
const FIGURES = [
  'rate',
  'ratio',
  'cpuMicroseconds',
  'scriptMicroseconds',
  'databaseMicroseconds',
  'clientMicroseconds',
];
const CORES = availableParallelism();

/** What the same client gets from a server without rules, in one round. */
export async function measureFloor(server, connections, { installation, gateway, source, seconds }) {
  const order = { port: server.port, source: { ...source, kind: LOGIN }, connections, seconds };
  const before = await spentBy(server, installation);
  const outcome = await gateway.run(order);
  const after = await spentBy(server, installation);
  const requests = outcome.latencies.login.length;
  const each = (name) => ((after[name] - before[name]) / requests) * MICROSECONDS;
  return {
    rate: requests / outcome.seconds,
    cpuMicroseconds: each('cpu'),
    scriptMicroseconds: each('script'),
    databaseMicroseconds: each('database'),
    clientMicroseconds: (outcome.cpuSeconds / requests) * MICROSECONDS,
  };
}

async function spentBy(server, { database }) {
  return {
    cpu: server.cpuSeconds(),
    script: server.scriptSeconds(),
    database: await postgresCpu(database),
  };
}

/**
 * Prints who uses what at so many connections.
 *
 * @param {{ connections: number, beside: object[], found: object[] }} measured `beside`: of each round pgbench and the floors;
 *                                                                     `found`: Twinlock's medians
 * @returns the same, for the report
 */
export function reportCosts({ connections, beside, found }) {
  const ofRounds = (name, each) => {
    const rounds = beside.map((round) => ({
      ...each(round),
      ratio: each(round).rate / round.reference.transaction.rate,
    }));
    // pgbench asks no server: that costs nothing.
    const medians = FIGURES.map((figure) => [figure, median(rounds.map((round) => round[figure] ?? 0))]);
    return bounded({ name, ...Object.fromEntries(medians) });
  };
  const floors = Object.entries(FLOORS).map(([kind, name]) => ofRounds(name, ({ bare }) => bare.get(kind)));
  const login = found.find(({ kind }) => kind === LOGIN);
  const own = login && bounded({ ...login, name: `Twinlock, ${LOGIN}`, ratio: login.ratio.toTransaction });
  const references = [
    ofRounds('pgbench, five statements', ({ reference }) => reference.transaction),
    ofRounds('pgbench, one statement', ({ reference }) => reference.statement),
  ];
  const rows = [...floors, ...(own ? [own] : []), ...references];
  console.log(`${connections} ${connections === 1 ? 'connection' : 'connections'}, CPU by who uses it\n`);
  console.log(table(TITLES, rows.map(cellsOf)));
  if (own) console.log(`\n${sentences({ ...own, logBytes: login.logBytes }, floors.at(-1))}`);
  console.log('');
  return { connections, cores: CORES, rows };
}

/** With the rates that CPU allows: of one thread that runs JavaScript, and of all cores for all that takes part. */
function bounded({ name, rate, ratio, ...costs }) {
  const { cpuMicroseconds, scriptMicroseconds, databaseMicroseconds, clientMicroseconds } = costs;
  const allMicroseconds = cpuMicroseconds + databaseMicroseconds + clientMicroseconds;
  return {
    name,
    rate,
    ratio,
    cpuMicroseconds,
    scriptMicroseconds,
    databaseMicroseconds,
    clientMicroseconds,
    allMicroseconds,
    busyCores: (rate * allMicroseconds) / MICROSECONDS,
    mostByThread: scriptMicroseconds > 0 ? MICROSECONDS / scriptMicroseconds : Number.NaN,
    mostByCores: (CORES * MICROSECONDS) / allMicroseconds,
  };
}

function sentences(own, committer) {
  const share = (part) => shown((own[part] / own.allMicroseconds) * 100);
  return (
    `A login takes ${shown(own.allMicroseconds)} µs of CPU: ${shown(own.cpuMicroseconds)} (${share('cpuMicroseconds')} %) of Twinlock, ` +
    `${shown(own.databaseMicroseconds)} (${share('databaseMicroseconds')} %) of PostgreSQL, ` +
    `${shown(own.clientMicroseconds)} (${share('clientMicroseconds')} %) of the client. ` +
    `${CORES} cores that do all of it allow ${shown(own.mostByCores)}/s, ` +
    `one thread of JavaScript allows ${shown(own.mostByThread)}/s.\n` +
    `A thousand a second keep ${shown(own.cpuMicroseconds / 1000, 2)} cores busy with Twinlock and ${shown(own.databaseMicroseconds / 1000, 2)} with PostgreSQL; ` +
    `a million write ${shown(own.logBytes / 1000, 1)} GB of write-ahead log.\n` +
    `A server without rules (Nest+Express, two shared statements) gets ${shown(committer.ratio, 2)} times pgbench's five statements, ` +
    `Twinlock ${shown(own.ratio, 2)}: ${shown((own.ratio / committer.ratio) * 100)} % of that.`
  );
}

const TITLES = [
  'server',
  'requests/s',
  'CPU µs',
  'JavaScript µs',
  'database µs',
  'client µs',
  'all µs',
  'busy cores',
  'thread allows/s',
  'cores allow/s',
  'to pgbench 5',
];

function cellsOf(row) {
  return [
    row.name,
    shown(row.rate),
    row.cpuMicroseconds > 0 ? shown(row.cpuMicroseconds) : '-',
    row.scriptMicroseconds > 0 ? shown(row.scriptMicroseconds) : '-',
    shown(row.databaseMicroseconds),
    shown(row.clientMicroseconds),
    shown(row.allMicroseconds),
    shown(row.busyCores, 2),
    shown(row.mostByThread),
    shown(row.mostByCores),
    shown(row.ratio, 2),
  ];
}
