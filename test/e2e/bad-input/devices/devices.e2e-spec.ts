import { PRINTS_FIGURES } from '../../../faults/figures.js';
import { type FuzzStep, runCases } from '../fuzz/fuzz-run.js';
import { World } from '../fuzz/world.js';
import { REJECTS } from '../fuzz/given-devices.js';
import { type DeviceCase, DeviceCases } from './device-cases.js';
import { letsIn } from './lets-in.js';

/**
 * Answers of security keys, phones and RADIUS servers, each with one thing otherwise somewhere inside: they are refused in good form, let
 * nobody in, and change nothing that they may not. `npm run fuzz -- devices` sends more. What is found names its case.
 */

const CASES = Number(process.env['TWINLOCK_DEVICE_CASES'] ?? 500);
const SEED = Number(process.env['TWINLOCK_FUZZ_SEED'] ?? 20_260_101);
const FROM = Number(process.env['TWINLOCK_FUZZ_FROM'] ?? 0);
const START_WITHIN_MS = 120_000;
// Many times what they take on a slow machine; a test must end.
const WITHIN_MS = 2 * START_WITHIN_MS + CASES * 500;

let world: World;

beforeAll(async () => {
  world = await World.start();
}, START_WITHIN_MS);

afterAll(() => world?.stop(), START_WITHIN_MS);

it(
  `answers of devices that are not quite right are refused, in ${CASES} cases`,
  async () => {
    const { endpoints, devices } = world;
    const cases = new DeviceCases(endpoints, devices, SEED);
    const seen = { good: 0, letIn: 0 };
    const stepOf = (one: DeviceCase): FuzzStep => {
      devices.radius.answer = one.radius ?? REJECTS;
      return {
        one,
        wrong: (read) => {
          const isIn = letsIn(read);
          if (one.mayBeGood) seen.good++;
          if (isIn) seen.letIn++;
          return isIn && !one.mayBeGood ? ['somebody is let in'] : [];
        },
        next: (read) => {
          const next = one.next?.(read) ?? null;
          return next && stepOf(next);
        },
      };
    };
    const plan = { cases: CASES, from: FROM, seed: SEED, isAlone: PRINTS_FIGURES };
    const findings = await runCases(world, plan, (number, sessions) => stepOf(cases.at(number, sessions)));
    if (PRINTS_FIGURES) {
      process.stdout.write(`${findings.figures(CASES, endpoints.length)}\n`);
      process.stdout.write(`${seen.good} answers may have been good, ${seen.letIn} were\n`);
    }
    expect(findings.found()).toEqual([]);
    // Else nothing got far.
    if (CASES >= 100) expect(seen.letIn).toBeGreaterThan(0);
  },
  WITHIN_MS,
);
