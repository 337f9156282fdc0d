import { performance } from 'node:perf_hooks';

import type { Command } from 'commander';

import type { AuditVerification } from '../composition/command-line.js';
import type { Console } from './console.js';
import { withInstallation } from './session.js';

type Fault = AuditVerification['faults'][number];

const MEANINGS: Readonly<Record<Fault['fault'], string>> = {
  changed: 'what it says is not what was recorded',
  missing: 'it is not there: removed, or exchanged with another one',
  unchained: 'it does not follow from the one before: inserted, moved or rewritten',
  unsigned: 'the records up to here have no signature',
  forged: 'its signature is not of the key of this installation',
  'head-differs':
    'the lane goes on, or ends, elsewhere: its last records were removed, or its head was changed',
  'lane-missing': 'records from here on are of a lane that is not there',
};

// Two things that whoever writes to the whole database can do alike; the lane's row is all that says where a lane ends.
const LIMIT =
  "Note: without heads that are kept outside the database, it cannot be proven that a lane's newest records were not " +
  'removed together with the head in the row of the lane, nor that a lane was not removed as a whole.';

export function addAudit(program: Command, console: Console, env: NodeJS.ProcessEnv): void {
  const group = program.command('audit').description('the audit trail');
  group
    .command('verify')
    .description('check the chain and the signatures of all records, beside a running server or without one')
    .addHelpText(
      'after',
      '\nEnds with 0 when the trail is sound, with 1 and a line for each fault when it is not.',
    )
    .action(async () => {
      const { found, seconds } = await withInstallation(env, console, async ({ verifyAudit }) => {
        const start = performance.now();
        const verification = await verifyAudit((count) => console.progress(`${count} records`));
        console.progress('');
        return { found: verification, seconds: (performance.now() - start) / 1000 };
      });
      for (const fault of found.faults) console.data(faultLine(fault));
      console.data(summaryLine(found, seconds));
      if (found.faults.length > 0) {
        console.say('What follows a fault in its lane was not checked.');
        process.exitCode = 1;
      }
      console.say(LIMIT);
    });
}

export function faultLine({ lane, sequence, fault }: Fault): string {
  return `lane ${lane}, record ${sequence}: ${fault}: ${MEANINGS[fault]}`;
}

export function summaryLine({ lanes, records, faults }: AuditVerification, seconds: number): string {
  const verdict = faults.length === 0 ? 'sound' : `${faults.length} faulty`;
  const rate = Math.round(records / Math.max(seconds, 0.001));
  return `${lanes} lanes, ${records} records in ${seconds.toFixed(1)} s (${rate} records/s): ${verdict}`;
}
