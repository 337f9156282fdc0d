import { readFileSync } from 'node:fs';

import { storedText } from '../../../support/database/stored-text.js';
import { twinlock } from '../../../support/application/twinlock.js';
import { Cases } from './cases.js';
import { Findings } from './findings.js';
import { judge, readAnswer } from './judge.js';
import { SLOW, dripUntilEnded, send } from './wire.js';
import { World } from './world.js';

/**
 * Bad input in every parameter of every endpoint that the application has: it is refused in the form that clients know, changes
 * nothing that it may not, and learns nothing. `npm run fuzz` sends more. What is found names its case; the seed repeats it.
 */

const CASES = Number(process.env['TWINLOCK_FUZZ_CASES'] ?? 1_000);
const SEED = Number(process.env['TWINLOCK_FUZZ_SEED'] ?? 20_260_101);
/** The first of them. */
const FROM = Number(process.env['TWINLOCK_FUZZ_FROM'] ?? 0);
const PRINTS = process.env['TWINLOCK_FIGURES'] !== undefined;
const LOG_IN_EVERY = 1_000;
/** From so many on there is time to see slow requests end: the server gives them a minute and more. */
const LONG = 10_000;
const SLOW_OF_A_KIND = 10;
const START_WITHIN_MS = 120_000;
// Many times what they take on a slow machine; a test must end.
const WITHIN_MS = 2 * START_WITHIN_MS + CASES * 500;

let world: World;

beforeAll(async () => {
  world = await World.start();
}, START_WITHIN_MS);

afterAll(() => world?.stop(), START_WITHIN_MS);

it(
  `bad input is refused in good form and reaches nothing, in ${CASES} cases`,
  async () => {
    const { endpoints, port, state, secrets, server, database, installation } = world;
    expect(endpoints.length).toBeGreaterThan(100);
    const cases = new Cases(endpoints, SEED);
    const findings = new Findings(SEED);
    const slow = CASES >= LONG ? dripAll(port) : Promise.resolve([]);
    let sessions = await world.begin();
    for (let number = FROM; number < FROM + CASES; number++) {
      const done = number - FROM;
      if (done % LOG_IN_EVERY === LOG_IN_EVERY - 1) {
        sessions = await world.begin();
        findings.log(server.output());
        findings.memory(number, memoryMegabytes(server.pid));
        if (PRINTS) process.stdout.write(`${done + 1} cases: ${findings.found().length} findings\n`);
      }
      const one = cases.at(number, sessions);
      const answer = await send(port, one.request);
      const read = readAnswer(answer);
      findings.add(one, answer, read, judge(one, answer, read, await state.bringBack(), secrets));
    }
    findings.log(server.output());
    const ended = await slow;
    const stored = await storedText(database);
    findings.everywhere([
      ...secrets.tracesIn('the database', stored),
      ...secrets.tracesIn('the log', server.output()),
    ]);
    const verified = await twinlock(installation.env, ['audit', 'verify']);
    if (verified.code !== 0) findings.everywhere([`the audit trail: ${verified.out}${verified.err}`]);
    const ready = await fetch(`${server.url}/readyz`);
    if (ready.status !== 200) findings.everywhere([`/readyz: ${ready.status}`]);
    if (PRINTS) {
      process.stdout.write(`${[findings.figures(cases.count, endpoints.length), ...ended].join('\n')}\n`);
    }
    expect(findings.found()).toEqual([]);
  },
  WITHIN_MS,
);

/** The server ends what does not come to an end, or this waits for ever. */
async function dripAll(port: number): Promise<string[]> {
  return Promise.all(
    Object.entries(SLOW).map(async ([what, text]) => {
      const drips = Array.from({ length: SLOW_OF_A_KIND }, () => dripUntilEnded(port, text));
      return `${what}: ended after ${Math.max(...(await Promise.all(drips))).toFixed(0)} s at the latest`;
    }),
  );
}

function memoryMegabytes(pid: number): number {
  const [, kilobytes = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kilobytes) / 1024);
}
