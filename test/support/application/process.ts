import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import type { Installation } from './installation.js';

const MAIN = new URL('../../../dist/src/main.js', import.meta.url).pathname;
const READY_WITHIN_MS = 55_000;
const POLL_MS = 25;

/** A server of its own: `node dist/src/main.js`. */
export interface RunningProcess {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** What it wrote so far. */
  output(): string;
  /** Resolves when it has written this text, at once if it has already. Bounded by the test's own time. */
  logged(text: string): Promise<void>;
  /** Ends it as an operator does, at once by SIGINT. @returns its exit code */
  stop(signal?: 'SIGTERM' | 'SIGINT'): Promise<number | null>;
  /** Ends it as an accident does. */
  kill(): Promise<void>;
}

export interface ProcessOptions {
  /** Ready when it has written this, instead of when `/readyz` answers by plain HTTP. */
  readonly untilLogged?: string;
  /** Where one was before; else any free one. */
  readonly port?: number;
  /** Instead of the build: a script that starts it in its own way. */
  readonly main?: string;
  /** In a process group of its own, as a shell starts what is typed into it. */
  readonly hasOwnGroup?: boolean;
}

/** Starts a node of the installation and waits until it is ready. @throws Error with its output when it does not get there */
export async function startProcess(
  installation: Pick<Installation, 'env'>,
  env: Readonly<Record<string, string>> = {},
  { untilLogged, port: givenPort, main = MAIN, hasOwnGroup = false }: ProcessOptions = {},
): Promise<RunningProcess> {
  const port = givenPort ?? (await freePort());
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, [main], {
    detached: hasOwnGroup,
    env: { PATH: process.env['PATH'] ?? '', ...installation.env, TWINLOCK_PORT: String(port), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('the server could not be started');
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  const output = () => Buffer.concat(chunks).toString('utf8');

  const logged = async (text: string) => {
    while (!output().includes(text)) await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  };

  const fault =
    untilLogged === undefined
      ? await faultOf(url, child)
      : await Promise.race([
          logged(untilLogged).then(() => null),
          once(child, 'exit').then(() => 'it ended'),
        ]);
  if (fault !== null) {
    await end(child, 'SIGKILL');
    throw new Error(`the server did not get ready, ${fault}:\n${output()}`);
  }
  return {
    url,
    port,
    pid,
    output,
    logged,
    stop: async (signal = 'SIGTERM') => {
      await end(child, signal);
      return child.exitCode;
    },
    kill: () => end(child, 'SIGKILL'),
  };
}

/** @returns `null` when it is ready; else what it said last */
async function faultOf(url: string, child: ChildProcess): Promise<string | null> {
  const deadline = Date.now() + READY_WITHIN_MS;
  let said = 'no answer';
  while (child.exitCode === null && child.signalCode === null && Date.now() < deadline) {
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    if (answer) said = (await answer.text().catch(() => 'half an answer')).trim();
    if (answer?.ok) return null;
    await delay(POLL_MS);
  }
  return said;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

/** Free a moment ago: nobody else on this machine is expected to take it in between. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
