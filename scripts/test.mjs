#!/usr/bin/env node
/**
 * Everything that tests the project, in one command: `npm test`. Plain Node, since it also runs on a fresh checkout.
 *
 *   npm test                    all steps
 *   npm test -- types lint      these steps
 *   npm test -- replay          the test suites whose path holds `replay` (what they need is built first)
 *
 * TWINLOCK_TEST_REQUIRE_ALL=1: a suite that cannot run here fails; without it, it is named.
 * TEST_DATABASE_URL: a PostgreSQL on which databases may be created, instead of the embedded one.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const JEST = join(ROOT, 'node_modules/jest/bin/jest.js');
const REQUIRES_ALL = process.env.TWINLOCK_TEST_REQUIRE_ALL === '1';

const script = (name) => () => command('npm', 'run', '--silent', name);

/** Installs what is missing and builds what is stale. */
const prepare = () => command(process.execPath, 'scripts/prepare.mjs');

const STEPS = [
  { name: 'build', run: prepare },
  { name: 'types', run: script('typecheck') },
  { name: 'lint', run: script('lint') },
  { name: 'format', run: script('check:format') },
  { name: 'imports', run: script('check:imports') },
  { name: 'unit', run: (patterns) => jest('unit', patterns) },
  { name: 'servers', run: () => command(process.execPath, 'scripts/test-servers.mjs') },
  { name: 'end-to-end', run: (patterns) => jest('end-to-end', patterns) },
];

/** Counts of one step; `suites` of those that ran tests. */
function outcome(passed, failed, skipped = 0, suites = []) {
  return { passed, failed, skipped, suites };
}

function command(program, ...args) {
  const { status } = spawnSync(program, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
  return status === 0 ? outcome(1, 0) : outcome(0, 1);
}

function jest(project, patterns) {
  const folder = mkdtempSync(join(tmpdir(), 'twinlock-test-'));
  try {
    const file = join(folder, 'outcome.json');
    const args = [
      JEST,
      '--selectProjects',
      project,
      '--json',
      '--outputFile',
      file,
      '--passWithNoTests',
      ...patterns,
    ];
    const { status } = spawnSync(process.execPath, args, {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: jestEnvironment(),
    });
    if (!existsSync(file)) return outcome(0, 1);
    return jestOutcome(JSON.parse(readFileSync(file, 'utf8')), status);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function jestEnvironment() {
  const options = `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --disable-warning=ExperimentalWarning`;
  return { ...process.env, NODE_OPTIONS: options.trim() };
}

function jestOutcome(results, status) {
  // A suite that cannot even be loaded has no tests that could fail.
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
  const skipped = results.numPendingTests + results.numTodoTests;
  const suites = results.testResults.map((suite) => ({
    path: relative(ROOT, suite.name),
    milliseconds: suite.endTime - suite.startTime,
    leftOut: namesOf(suite, 'pending'),
    failed:
      suite.status === 'failed' && namesOf(suite, 'failed').length === 0
        ? ['(as a whole)']
        : namesOf(suite, 'failed'),
  }));
  return outcome(results.numPassedTests, failed === 0 && status !== 0 ? 1 : failed, skipped, suites);
}

function namesOf(suite, status) {
  return suite.assertionResults.filter((test) => test.status === status).map((test) => test.fullName);
}

function suitesMatching(project, patterns) {
  const { stdout } = spawnSync(
    process.execPath,
    [JEST, '--selectProjects', project, '--listTests', ...patterns],
    {
      cwd: ROOT,
      encoding: 'utf8',
      env: jestEnvironment(),
    },
  );
  return stdout.split('\n').filter((line) => line.endsWith('.ts'));
}

/** The steps that the arguments mean, and the patterns for those that run suites. */
function selection(args) {
  const named = STEPS.filter((step) => args.includes(step.name));
  const patterns = args.filter((arg) => !STEPS.some((step) => step.name === arg));
  if (args.length === 0) return { steps: STEPS, patterns };
  const steps = new Set(named.map((step) => step.name));
  if (patterns.length > 0) {
    if (suitesMatching('unit', patterns).length > 0) steps.add('unit');
    if (suitesMatching('end-to-end', patterns).length > 0)
      steps.add('build').add('servers').add('end-to-end');
  }
  return { steps: STEPS.filter((step) => steps.has(step.name)), patterns };
}

const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(1).padStart(7)} s`;

function printTable(finished) {
  const suites = finished.flatMap(({ suites: ran }) => ran);
  console.log('\ntime per suite');
  for (const { path, milliseconds } of suites.toSorted((a, b) => b.milliseconds - a.milliseconds)) {
    console.log(`${seconds(milliseconds)}  ${path}`);
  }
  console.log('\ntime per step');
  for (const { name, milliseconds, passed, failed, skipped } of finished) {
    const counts = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
    console.log(`${seconds(milliseconds)}  ${name.padEnd(12)} ${counts}`);
  }
  const leftOut = suites.flatMap((suite) => suite.leftOut);
  if (leftOut.length > 0) console.log(`\nleft out here:\n${leftOut.map((name) => `  ${name}`).join('\n')}`);
  // Where only the end of the output is kept, it has to say what failed.
  const broken = suites.flatMap(({ path, failed }) => failed.map((name) => `  ${path}: ${name}`));
  if (broken.length > 0) console.log(`\nfailed:\n${broken.join('\n')}`);
}

function main(args) {
  // A fresh checkout: everything else needs the dependencies.
  if (!existsSync(JEST)) prepare();
  const { steps, patterns } = selection(args);
  if (steps.length === 0) {
    console.error(
      `neither a step (${STEPS.map((step) => step.name).join(', ')}) nor a suite: ${args.join(' ')}`,
    );
    return 2;
  }
  const finished = steps.map((step) => {
    console.log(`\n── ${step.name}`);
    const start = Date.now();
    return { name: step.name, ...step.run(patterns), milliseconds: Date.now() - start };
  });
  printTable(finished);

  const sum = (count) => finished.reduce((total, step) => total + step[count], 0);
  const skipped = sum('skipped');
  // Nothing may be left out silently where everything is asked for.
  const failed = sum('failed') + (REQUIRES_ALL ? skipped : 0);
  const rest = REQUIRES_ALL || skipped === 0 ? '' : `, ${skipped} skipped`;
  console.log(`\n${sum('passed')} passed, ${failed} failed${rest}`);
  return failed === 0 ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));
