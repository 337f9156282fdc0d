import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const CLI = join(import.meta.dirname, '../../../dist/src/cli.js');
const SEED = '3132333435363738393031323334353637383930';
const POLL_MS = 100;

/** OATH CSV, half of it TOTP; with owners each of them has one token. */
function fileOf(count, owners) {
  const lines = Array.from({ length: count }, (_, place) => {
    const serial = `IMP${String(place).padStart(8, '0')}`;
    const type = place % 2 === 0 ? 'hotp' : 'totp';
    return owners ? `${serial},${SEED},${type},6,,,user${place},bench` : `${serial},${SEED},${type}`;
  });
  return `${lines.join('\n')}\n`;
}

/** The most memory that a process has had so far, in MB; `null` where the system does not say, or it is over. */
function peakMegabytes(pid) {
  try {
    const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kilobytes === undefined ? null : Number(kilobytes) / 1024;
  } catch {
    return null;
  }
}

/**
 * Imports a file by the command line.
 *
 * @returns its summary, seconds of the whole process, and its peak memory in MB
 */
export async function importFile(folder, env, count, { owners = false, args = [] } = {}) {
  const path = join(folder, 'import.csv');
  writeFileSync(path, fileOf(count, owners));
  const start = performance.now();
  const command = [CLI, 'tokens', 'import', path, '--type', 'oathcsv', ...args];
  const child = spawn(process.execPath, command, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let peak = 0;
  const poll = setInterval(() => {
    peak = Math.max(peak, peakMegabytes(child.pid) ?? 0);
  }, POLL_MS);
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  clearInterval(poll);
  rmSync(path);
  if (code !== 0) throw new Error(`the import failed: ${err}`);
  return { summary: out.trim(), seconds: (performance.now() - start) / 1000, megabytes: peak };
}
