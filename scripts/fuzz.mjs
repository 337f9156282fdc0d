#!/usr/bin/env node
/**
 * Bad input in every parameter of every endpoint: `npm run fuzz` (test/e2e/bad-input/fuzz), which `npm test` makes shorter. Needs the
 * build. Prints how the cases were answered, the slowest endpoints and which errors do not name the parameter; what is found names
 * its case. Each case is asked of the same state, so that one alone is answered as it was among the others.
 *
 *   --cases N  how many (100000)
 *   --seed N   of the random numbers; printed, so that a run can be repeated (the time)
 *   --from K   the first of them (0)
 *   --case K   this one alone
 *
 * `npm run fuzz -- devices`: answers of security keys, phones and RADIUS servers with one thing otherwise somewhere inside
 * (test/e2e/bad-input/devices), which `npm test` makes shorter. --cases, --seed, --from and --case as above.
 *
 * `npm run fuzz -- walks`: random walks over logins, tokens and policies beside a model of who may be let in (test/e2e/walks), which
 * `npm test` makes shorter.
 *
 *   --steps N  how many (100000)
 *   --seed N   as above
 *
 * `npm run fuzz -- users`: requests of 500 users of the self-service at once over two nodes, each of which must be answered about
 * themselves (test/e2e/userservice/crowd).
 *
 *   --requests N  how many (10000)
 *   --seed N      as above
 */
import { runSuites } from '../test/bench/suites/run-suites.mjs';
import { argumentsOrUsage } from './usage.mjs';

const { values, positionals } = argumentsOrUsage(import.meta.filename, {
  allowPositionals: true,
  options: {
    steps: { type: 'string', default: '100000' },
    requests: { type: 'string', default: '10000' },
    cases: { type: 'string', default: '100000' },
    from: { type: 'string', default: '0' },
    case: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
});
process.stdout.write(`seed ${values.seed}\n`);
if (positionals.includes('walks')) {
  process.exitCode = await runSuites('end-to-end', ['test/e2e/walks/'], {
    TWINLOCK_WALK_STEPS: values.steps,
    TWINLOCK_WALK_SEED: values.seed,
  });
} else if (positionals.includes('users')) {
  process.exitCode = await runSuites('end-to-end', ['test/e2e/userservice/crowd/'], {
    TWINLOCK_CROWD_REQUESTS: values.requests,
    TWINLOCK_CROWD_SEED: values.seed,
  });
} else {
  const areDevices = positionals.includes('devices');
  process.exitCode = await runSuites(
    'end-to-end',
    [`test/e2e/bad-input/${areDevices ? 'devices' : 'fuzz'}/`],
    {
      [areDevices ? 'TWINLOCK_DEVICE_CASES' : 'TWINLOCK_FUZZ_CASES']:
        values.case === undefined ? values.cases : '1',
      TWINLOCK_FUZZ_FROM: values.case ?? values.from,
      TWINLOCK_FUZZ_SEED: values.seed,
    },
  );
}
