import { type RunningApplication, startApplication } from '../support/application/application.js';
import { type Installation, givenInstallation } from '../support/application/installation.js';
import { type Expectation, LISTED_NAMES, expectationOf } from './expectations.js';
import { ADMIN_PASSWORD, RECORDINGS } from './recordings.js';
import { type Replayed, replay } from './replay.js';
import { summary } from './summary.js';

const REPLAY_WITHIN_MS = 120_000;

describe('the recordings of LinOTP 3.4.4', () => {
  const replayed = new Map<string, Replayed>();
  let installation: Installation;
  let running: RunningApplication;

  beforeAll(async () => {
    installation = await givenInstallation({}, ADMIN_PASSWORD);
    running = await startApplication({ installation });
    for await (const outcome of replay(running.url)) replayed.set(outcome.recording.name, outcome);
  }, REPLAY_WITHIN_MS);

  afterAll(async () => {
    process.stdout.write(summary([...replayed.values()]));
    await running?.stop();
    await installation?.remove();
  });

  const outcomeOf = (name: string): Replayed => {
    const outcome = replayed.get(name);
    if (!outcome) throw new Error(`${name} was not replayed`);
    return outcome;
  };
  const recordingsThat = (predicate: (expectation: Expectation) => boolean) =>
    RECORDINGS.filter(({ name }) => predicate(expectationOf(name)));

  it('are each spoken of once', () => {
    expect([...LISTED_NAMES].toSorted()).toEqual(RECORDINGS.map(({ name }) => name).toSorted());
  });

  for (const { n, name } of recordingsThat(({ kind }) => kind === 'built')) {
    it(`${n} ${name}: answered as recorded`, () => {
      expect(outcomeOf(name).differences).toEqual([]);
    });
  }

  for (const { n, name } of recordingsThat(({ kind }) => kind === 'differs')) {
    const expectation = expectationOf(name);
    if (expectation.kind !== 'differs') continue;
    it(`${n} ${name}: answered otherwise, since ${expectation.reason}`, () => {
      const { answer, differences } = outcomeOf(name);
      const places = differences.map((difference) => difference.slice(0, difference.indexOf(': ')));
      expect(places).not.toEqual([]);
      expect(places.filter((place) => !expectation.at.test(place))).toEqual([]);
      expectation.check(answer);
    });
  }
});
