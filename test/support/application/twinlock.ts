import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

import type { Installation } from './installation.js';

export const CLI = new URL('../../../dist/src/cli.js', import.meta.url).pathname;

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs `twinlock` to its end, without a terminal. */
export async function twinlock(
  env: Installation['env'],
  args: readonly string[],
  stdin = '',
): Promise<Ended> {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // It may end without having read anything.
  child.stdin.on('error', () => undefined);
  child.stdin.end(stdin);
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { code, out, err };
}
