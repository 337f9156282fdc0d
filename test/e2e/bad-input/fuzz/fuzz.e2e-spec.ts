import { PRINTS_FIGURES } from '../../../faults/figures.js';
import { Cases } from './cases.js';
import { runCases } from './fuzz-run.js';
import { SLOW, dripUntilEnded } from './wire.js';
import { World } from './world.js';

/**
 * Bad input in every parameter of every endpoint that the application has: it is refused in the form that clients know, changes
 * nothing that it may not, and learns nothing. `npm run fuzz` sends more. What is found names its case; the seed repeats it.
 */

const CASES = Number(process.env['TWINLOCK_FUZZ_CASES'] ?? 1_000);
const SEED = Number(process.env['TWINLOCK_FUZZ_SEED'] ?? 20_260_101);
/** The first of them. */
const FROM = Number(process.env['TWINLOCK_FUZZ_FROM'] ?? 0);
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
    const { endpoints, port } = world;
    expect(endpoints.length).toBeGreaterThan(100);
    const cases = new Cases(endpoints, SEED, world.devices.usual());
    const slow = CASES >= LONG ? dripAll(port) : Promise.resolve([]);
    const plan = { cases: CASES, from: FROM, seed: SEED, isAlone: PRINTS_FIGURES };
    const findings = await runCases(world, plan, (number, sessions) => ({ one: cases.at(number, sessions) }));
    const ended = await slow;
    if (PRINTS_FIGURES) {
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
