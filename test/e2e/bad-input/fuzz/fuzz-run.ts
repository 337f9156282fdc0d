import { readFileSync } from 'node:fs';

import { twinlock } from '../../../support/application/twinlock.js';
import { storedText } from '../../../support/database/stored-text.js';
import type { FuzzCase, Sessions } from './cases.js';
import { Findings } from './findings.js';
import { type Read, judge, readAnswer } from './judge.js';
import { send } from './wire.js';
import type { World } from './world.js';

/** How many cases, and which. */
export interface FuzzPlan {
  readonly cases: number;
  /** The first of them. */
  readonly from: number;
  readonly seed: number;
  /** Prints how far it is, and holds answers to a time: beside other tests they take any. */
  readonly isAlone: boolean;
}

/** A case, and what its answer is judged by beside what holds for all. */
export interface FuzzStep {
  readonly one: FuzzCase;
  readonly wrong?: (read: Read) => readonly string[];
  /** What is asked of the state that this leaves; `null`: nothing. */
  readonly next?: (read: Read) => FuzzStep | null;
}

const LOG_IN_EVERY = 1_000;
const LONGEST_MS = 5_000;

/** Asks the cases one after the other, each of the same state, and then looks whether all is as it was. */
export async function runCases(
  world: World,
  { cases, from, seed, isAlone }: FuzzPlan,
  stepAt: (number: number, sessions: Sessions) => FuzzStep,
): Promise<Findings> {
  const { state, secrets, server, database, installation, port } = world;
  const findings = new Findings(seed);
  let sessions = await world.begin();
  for (let number = from; number < from + cases; number++) {
    const done = number - from;
    if (done % LOG_IN_EVERY === LOG_IN_EVERY - 1) {
      sessions = await world.begin();
      findings.log(server.output());
      findings.memory(number, memoryMegabytes(server.pid));
      if (isAlone) process.stdout.write(`${done + 1} cases: ${findings.found().length} findings\n`);
    }
    const asked = [];
    for (let step: FuzzStep | null = stepAt(number, sessions); step;) {
      const answer = await send(port, step.one.request);
      const read = readAnswer(answer);
      asked.push({ ...step, answer, read });
      step = step.next?.(read) ?? null;
    }
    const changes = await state.bringBack();
    for (const [place, { one, answer, read, wrong }] of asked.entries()) {
      // What a step that others follow has changed is seen only with theirs.
      const judged = judge(one, answer, read, place === 0 ? changes : NONE, secrets);
      const isSlow = isAlone && answer.milliseconds > LONGEST_MS;
      findings.add(one, answer, read, [...judged, ...(isSlow ? ['slow'] : []), ...(wrong?.(read) ?? [])]);
    }
  }
  findings.log(server.output());
  const stored = await storedText(database);
  findings.everywhere([
    ...secrets.tracesIn('the database', stored),
    ...secrets.tracesIn('the log', server.output()),
  ]);
  const verified = await twinlock(installation.env, ['audit', 'verify']);
  if (verified.code !== 0) findings.everywhere([`the audit trail: ${verified.out}${verified.err}`]);
  const ready = await fetch(`${server.url}/readyz`);
  if (ready.status !== 200) findings.everywhere([`/readyz: ${ready.status}`]);
  return findings;
}

const NONE: ReadonlySet<string> = new Set();

function memoryMegabytes(pid: number): number {
  const [, kilobytes = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kilobytes) / 1024);
}
