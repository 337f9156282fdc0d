import { changeSteps, enrolSteps } from './admin-step.js';
import { loginSteps, pollSteps } from './login-step.js';
import { policySteps, settingSteps } from './policy-step.js';
import { type Server, Town, startServer } from './town.js';
import { Walker } from './walker.js';

/**
 * Random walks over logins, tokens, policies and settings, beside a model that says who may be let in. `npm run fuzz -- walks`
 * makes longer ones. Of what fails, the shortest walk that was found is printed, with the seed that repeats it.
 */

const STEPS = Number(process.env['TWINLOCK_WALK_STEPS'] ?? 10_000);
const SEED = Number(process.env['TWINLOCK_WALK_SEED'] ?? 20_260_101);
/** Only this one walks, from the seed on. */
const ONLY = process.env['TWINLOCK_WALK_TOWN'];
const WALKERS = 6;
const START_WITHIN_MS = 60_000;
// Many times what they take on a slow machine; a test must end.
const WITHIN_MS = 4 * START_WITHIN_MS + STEPS * 150;

const STEP_KINDS = [
  { weight: 64, arbitrary: loginSteps },
  { weight: 8, arbitrary: enrolSteps },
  { weight: 18, arbitrary: changeSteps },
  { weight: 7, arbitrary: policySteps },
  { weight: 2, arbitrary: settingSteps },
  { weight: 3, arbitrary: pollSteps },
];

let shared: Server;
let own: Server;

beforeAll(async () => {
  [shared, own] = await Promise.all([startServer(), startServer()]);
}, START_WITHIN_MS);

afterAll(async () => {
  await shared?.stop();
  await own?.stop();
}, START_WITHIN_MS);

it(
  `nobody gets in without every factor that is asked for, and everybody with them, in ${STEPS} steps`,
  async () => {
    const names = Array.from({ length: WALKERS }, (_, place) => `walker${place}`);
    const towns = await Promise.all([
      ...names.map((name) => Town.found(name, shared, false)),
      Town.found('alone', own, true),
    ]);
    const walkers = towns
      .map((town, place) => new Walker(town, STEP_KINDS, SEED + (ONLY ? 0 : place * 1_000_003)))
      .filter(({ town }) => !ONLY || town.name === ONLY);
    const falls = await Promise.all(walkers.map((walker) => walker.walk(STEPS / walkers.length)));
    expect(falls.filter((fall) => fall !== null)).toEqual([]);
    const sum = (one: 'steps' | 'accepted') => walkers.reduce((all, { taken }) => all + taken[one], 0);
    expect(sum('steps')).toBeGreaterThanOrEqual(STEPS);
    // A walk on which everybody is refused would prove nothing.
    expect(sum('accepted')).toBeGreaterThan(STEPS / 20);
  },
  WITHIN_MS,
);
