/**
 * A process that asks a server over and over, on plain sockets: what it costs is taken from what it measures. Told by messages:
 *
 *   { forget: true }                                          tokens were set back on the server
 *   { port, source, connections, seconds }                    so many connections, each asks again once it has its answer
 *   { port, source, rate, seconds, connections, server }      so many requests a second, whether or not answers come, over so
 *                                                             many connections, which stand beforehand; `server` is the process
 *                                                             whose CPU time meanwhile is told
 *
 * `source` as `sourceOf` takes it. Each is answered with what came of it, latencies in milliseconds; with a rate they count
 * from when a request was due.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';

import { cpuSecondsOf } from '../measure/cpu.mjs';
import { forget, sourceOf } from './sources.mjs';
import { Wire, getRequest } from './wire.mjs';

const HELLO = getRequest('/healthz');
const TICK_MS = 1;
const ANSWERS_WITHIN_MS = 10_000;

process.on('message', async (order) => {
  if (order.forget) {
    forget();
    return process.send({});
  }
  process.send(await (order.rate ? atRate(order) : inTurn(order)));
});

/** What came of requests, by kind and by how they were answered. */
class Outcome {
  unexpected = 0;
  sample = null;
  lost = 0;
  unsent = 0;
  latencies = {};
  turnedAway = [];

  add({ kind, answered, isRight }, answer, milliseconds) {
    answered?.();
    if (answer.startsWith('HTTP/1.1 503')) {
      this.turnedAway.push(milliseconds);
      if (!/\r\nretry-after: /i.test(answer)) this.#note(answer);
    } else if (isRight(answer)) (this.latencies[kind] ??= []).push(milliseconds);
    else this.#note(answer);
  }

  #note(answer) {
    this.unexpected++;
    this.sample ??= answer.slice(0, 2_000);
  }
}

/** A few at a time, each once the server has answered on it: it may be connected long before the server takes notice. */
async function connectedWires(port, connections, broken) {
  const wires = [];
  while (wires.length < connections) {
    const some = Array.from(
      { length: Math.min(100, connections - wires.length) },
      () => new Wire(port, broken),
    );
    await Promise.all(some.map((wire) => new Promise((answered) => wire.ask(HELLO, answered))));
    wires.push(...some);
  }
  return wires;
}

async function inTurn({ port, source, connections, seconds }) {
  const next = sourceOf(source);
  const outcome = new Outcome();
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  const deadline = started + seconds * 1000;
  await Promise.all(Array.from({ length: connections }, () => askInTurn(port, next, deadline, outcome)));
  const { user, system } = process.cpuUsage(cpuBefore);
  return { ...outcome, seconds: (performance.now() - started) / 1000, cpuSeconds: (user + system) / 1e6 };
}

function askInTurn(port, next, deadline, outcome) {
  return new Promise((resolve, reject) => {
    const wire = new Wire(port, reject);
    const ask = () => {
      const asked = performance.now() < deadline ? next(wire) : null;
      if (!asked) {
        wire.close();
        return resolve();
      }
      const sentAt = performance.now();
      wire.ask(asked.request, (answer) => {
        outcome.add(asked, answer, performance.now() - sentAt);
        ask();
      });
    };
    wire.socket.on('connect', ask);
  });
}

async function atRate({ port, source, rate, seconds, connections, server }) {
  const next = sourceOf(source);
  const outcome = new Outcome();
  const lateness = monitorEventLoopDelay({ resolution: 1 });
  lateness.enable();
  const pending = { count: 0 };
  const open = await connectedWires(port, connections, () => {
    outcome.lost++;
    pending.count--;
  });
  const idle = [...open];
  const send = (dueAt) => {
    const wire = idle.pop();
    if (!wire) return void outcome.unsent++;
    const asked = next(wire);
    if (!asked) return void idle.push(wire);
    pending.count++;
    wire.ask(asked.request, (answer) => {
      pending.count--;
      outcome.add(asked, answer, performance.now() - dueAt);
      idle.push(wire);
    });
  };
  const cpuSoFar = () => [server, process.pid].map(cpuSecondsOf);
  const cpuBefore = cpuSoFar();
  const started = performance.now();
  let sent = 0;
  await new Promise((resolve) => {
    const tick = setInterval(() => {
      const elapsed = performance.now() - started;
      const due = Math.min(elapsed / 1000, seconds) * rate;
      while (sent + 1 <= due) send(started + (++sent / rate) * 1000);
      if (elapsed < seconds * 1000) return;
      clearInterval(tick);
      resolve();
    }, TICK_MS);
  });
  const taken = (performance.now() - started) / 1000;
  const [serverCpu, ownCpu] = cpuSoFar().map((cpu, place) => (cpu - cpuBefore[place]) / taken);
  lateness.disable();
  const patience = performance.now() + ANSWERS_WITHIN_MS;
  while (pending.count > 0 && performance.now() < patience)
    await new Promise((resolve) => setTimeout(resolve, 10));
  outcome.lost += pending.count;
  for (const wire of open) wire.socket.destroy();
  const ownLatenessMs = lateness.percentile(99) / 1e6;
  return { ...outcome, seconds: taken, offered: sent, ownLatenessMs, serverCpu, ownCpu };
}
