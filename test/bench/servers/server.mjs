import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { cpuSecondsOf, firstThreadCpu } from '../measure/cpu.mjs';

const READY_WITHIN_MS = 60_000;
const SAID_CHARACTERS = 2_000;

/** A server's, as scripts/start.sh has it; the environment below is that script's, too. */
export const NODE = [process.execPath];

/**
 * Starts a server and waits until it is ready.
 *
 * @param {string[]} command program and arguments
 * @param {Record<string, string>} env nothing of this process's own but PATH
 * @param {{ answersMessages?: boolean }} options of a program that tells something when it is sent a message
 */
export async function startServer(command, env, { answersMessages = false } = {}) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const started = performance.now();
  const [program, ...parameters] = command;
  const child = spawn(program, parameters, {
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      UV_THREADPOOL_SIZE: '8',
      MALLOC_ARENA_MAX: '2',
      ...env,
      TWINLOCK_PORT: String(port),
    },
    stdio: ['ignore', 'pipe', 'inherit', ...(answersMessages ? ['ipc'] : [])],
  });
  let said = '';
  child.stdout.on('data', (chunk) => (said = (said + chunk).slice(-SAID_CHARACTERS)));
  const gone = once(child, 'exit');
  let isReady = false;
  while (!isReady) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}: ${said}`);
    if (performance.now() - started > READY_WITHIN_MS) throw new Error('the server does not get ready');
    isReady = await fetch(`${url}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (!isReady) await delay(10);
  }
  return {
    url,
    port,
    pid: child.pid,
    secondsToReady: (performance.now() - started) / 1000,
    /** CPU that it has used so far, all threads. */
    cpuSeconds: () => cpuSecondsOf(child.pid),
    /** Of that, what the thread has used that runs JavaScript. */
    scriptSeconds: () => firstThreadCpu(child.pid),
    memoryMegabytes() {
      const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'));
      return Number(kilobytes) / 1024;
    },
    /** What it tells when it is sent a message. */
    async told(message = {}) {
      child.send(message);
      const [answer] = await once(child, 'message');
      return answer;
    },
    async stop() {
      child.kill('SIGTERM');
      await gone;
    },
  };
}

/** Free a moment ago. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
