/**
 * Makes a checkout ready to run: dependencies that fit package-lock.json, and a build that fits the sources. Does nothing when
 * all is fresh, nor in an installed package or image, which has no sources. Needs Node alone; prints to stderr.
 *
 *   node scripts/prepare.mjs
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const at = (...parts) => join(ROOT, ...parts);

const LOCK = at('.prepare.lock');
const STAMP = at('dist', '.built-from');
const BUILT = at('dist', 'src', 'main.js');
const OTHER_INPUTS = [
  'ormconfig.ts',
  'tsconfig.json',
  'tsconfig.build.json',
  'nest-cli.json',
  'package-lock.json',
];
const WAIT_MS = 200;

/** What is wrong, and nothing that a stack would add to. */
class NotReady extends Error {}

function prepare() {
  checkNode();
  if (!existsSync(at('src', 'main.ts'))) {
    if (!existsSync(BUILT)) throw new NotReady('there are neither sources nor a build here');
    return;
  }
  linkCommand();
  if (modulesFit() && isBuilt(inputsHash())) return;

  takeLock();
  try {
    // Another process may have done it while this one waited.
    if (!modulesFit()) install();
    const inputs = inputsHash();
    if (!isBuilt(inputs)) build(inputs);
  } finally {
    rmSync(LOCK, { force: true });
  }
}

function checkNode() {
  const range = readJson(at('package.json')).engines.node;
  const own = process.versions.node.split('.').map(Number);
  const fits = range.split('||').some((part) => {
    const [, operator, version] = /^\s*(\^|>=)([\d.]+)\s*$/.exec(part) ?? [];
    const least = version.split('.').map(Number);
    return compare(own, least) >= 0 && (operator === '>=' || own[0] === least[0]);
  });
  if (!fits) throw new NotReady(`Node ${process.versions.node} does not do: it must be ${range}`);
}

function compare(one, other) {
  const i = one.findIndex((part, index) => part !== other[index]);
  return i < 0 ? 0 : one[i] - other[i];
}

/**
 * Whether what npm last installed is what the lock file says. npm leaves its own account of it in node_modules, at the very
 * end of an installation.
 */
function modulesFit() {
  const wanted = readJson(at('package-lock.json')).packages;
  const found = readJson(at('node_modules', '.package-lock.json'))?.packages;
  if (!found) return false;
  return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    if (path === '') return true;
    const installed = found[path];
    // Of another platform.
    if (!installed) return optional === true;
    return installed.version === version && installed.integrity === integrity;
  });
}

function install() {
  say('installing dependencies');
  // The build needs the development ones, also under NODE_ENV=production.
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund'];
  const npm = process.env.npm_execpath ?? '';
  if (npm.endsWith('npm-cli.js')) run(process.execPath, [npm, ...args]);
  else run('npm', args);
  linkCommand();
}

/** Lets `npx twinlock` find this checkout's own command without asking a registry. */
function linkCommand() {
  const link = at('node_modules', '.bin', 'twinlock');
  if (existsSync(link) || !existsSync(dirname(link))) return;
  try {
    symlinkSync(relative(dirname(link), at('bin', 'twinlock.cjs')), link);
  } catch {
    // A convenience: a read-only checkout does without, and of two at once one comes second.
  }
}

function inputsHash() {
  const hash = createHash('sha256');
  const others = OTHER_INPUTS.filter((file) => existsSync(at(file)));
  for (const file of [...others, ...sources('src'), ...sources('libs')]) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(at(file)))
      .update('\0');
  }
  return hash.digest('hex');
}

function sources(folder) {
  return readdirSync(at(folder), { withFileTypes: true })
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return sources(path);
      return entry.isFile() && !/\.(e2e-)?spec\.ts$/.test(entry.name) ? [path] : [];
    });
}

function isBuilt(inputs) {
  return existsSync(BUILT) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === inputs;
}

/** Builds beside the old one and changes places at the end: what runs from dist keeps its files until then. */
function build(inputs) {
  say('building');
  const workshop = at(`.prepare.${process.pid}`);
  try {
    mkdirSync(workshop);
    const configuration = join(workshop, 'tsconfig.json');
    const compilerOptions = { outDir: './dist', incremental: false };
    writeFileSync(configuration, JSON.stringify({ extends: '../tsconfig.build.json', compilerOptions }));
    const nest = at('node_modules', '@nestjs', 'cli', 'bin', 'nest.js');
    run(process.execPath, [nest, 'build', '--path', relative(ROOT, configuration)]);
    writeFileSync(join(workshop, 'dist', '.built-from'), inputs);
    if (existsSync(at('dist'))) renameSync(at('dist'), join(workshop, 'old'));
    renameSync(join(workshop, 'dist'), at('dist'));
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
}

/** One at a time; a lock of a process that died is taken over. */
function takeLock() {
  // Written first and then named: nobody sees half a lock.
  const draft = `${LOCK}.${process.pid}`;
  writeFileSync(draft, JSON.stringify({ pid: process.pid, started: startOf(process.pid) }));
  try {
    for (let isTold = false; !tryToLink(draft); isTold = true) {
      const holder = readJson(LOCK);
      if (holder && startOf(holder.pid) !== holder.started) clearLock(holder);
      else if (holder && !isTold) say(`waiting for process ${holder.pid}, which is preparing`);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT_MS);
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

function tryToLink(draft) {
  try {
    linkSync(draft, LOCK);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Moves the dead lock away before it is removed: of several that found it dead, one moves it. */
function clearLock(dead) {
  const aside = `${LOCK}.${process.pid}.dead`;
  try {
    renameSync(LOCK, aside);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  // Somebody was quicker and this is their new one: it goes back.
  if (readJson(aside)?.pid !== dead.pid) renameSync(aside, LOCK);
  else rmSync(aside);
}

/** When a process began, in whatever unit; `null`: it is dead. Process ids are reused, these two together are not. */
function startOf(pid) {
  try {
    process.kill(pid, 0);
    if (process.platform !== 'linux') return 'alive';
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ...fields] = status.slice(status.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? null : fields[18];
  } catch (error) {
    return error.code === 'EPERM' ? 'alive' : null;
  }
}

function run(program, args) {
  const { status, signal, error } = spawnSync(program, args, { cwd: ROOT, stdio: ['ignore', 2, 2] });
  if (error) throw new NotReady(`${program} cannot be run: ${error.message}`);
  if (status !== 0) throw new NotReady(`${[program, ...args].join(' ')} ended with ${signal ?? status}`);
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

function say(message) {
  process.stderr.write(`twinlock: ${message}\n`);
}

/** Ends the process with a message when there is nothing that could run. */
export function prepareOrExit() {
  try {
    prepare();
  } catch (error) {
    say(error instanceof NotReady ? error.message : String(error.stack));
    process.exit(1);
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url))
  prepareOrExit();
