import type { ChainFault, FaultAt, RowReference } from '@app/audit';

import type { AuditVerification } from '../../composition/audit-trail.js';

const MEANINGS: Readonly<Record<ChainFault, string>> = {
  changed: 'what it says is not what was recorded',
  missing: 'it is not there: removed, or exchanged with another one',
  inserted: 'it is where no record may be',
  unchained:
    'it does not follow from the one before: inserted, moved or rewritten, or the row of its lane was changed',
  unsigned: 'its batch ends here without a signature',
  forged: 'the signature of its batch is not of this key: one of it was rewritten, or the signature was',
  renumbered: 'its running number is not the one it was given',
  'mark-forged': 'a mark says that retention removed it, and is not signed by this key',
  'head-differs': 'the row of the lane says that it ends otherwise: its last records or its row were changed',
  'lane-missing': 'the lane has no row',
  cut: 'it is not there, though it was: the end of the lane was cut off, or an old state put back',
  rewritten: 'it is another one than was there',
};

/** One line for a person. */
export function faultLine(fault: FaultAt): string {
  const { lane, sequence, through, row, previous, next, witness } = fault;
  const place = through > sequence ? `records ${sequence} to ${through}` : `record ${sequence}`;
  const itself = row && row.sequence === sequence && through === sequence;
  const around = [
    row && !itself ? `signed at ${named(row)}` : null,
    previous ? `after ${named(previous)}` : null,
    next ? `before ${named(next)}` : null,
    witness === undefined ? null : `according to ${witness}`,
  ].filter((text) => text !== null);
  const details = around.length > 0 ? ` (${around.join(', ')})` : '';
  return `lane ${lane}, ${place}${itself ? `, ${numbered(row)}` : ''}: ${fault.fault}: ${MEANINGS[fault.fault]}${details}`;
}

export function summaryLine({ lanes, records, faults }: AuditVerification, seconds: number): string {
  const verdict = faults.length === 0 ? 'sound' : `${faults.length} faulty`;
  const rate = Math.round(records / Math.max(seconds, 0.001));
  return `${lanes} lanes, ${records} records in ${seconds.toFixed(1)} s (${rate} records/s): ${verdict}`;
}

/** Where the trail goes on from a backup. */
export function restoreLines({ restores }: AuditVerification): string[] {
  return restores.map(
    ({ at, info }) =>
      `Restored at ${at.toISOString()} from a ${info}. What was recorded between that backup and then is not here.`,
  );
}

/** What is proven of the end of the trail, and what is not. */
export function newestLines({ newest, records }: AuditVerification): string[] {
  const { sources, unproven, unprovenSince, unnamed, unnamedSince } = newest;
  if (records === 0 && sources.length === 0) return [];
  const cut = 'could have been cut off together with the heads of their lanes';
  if (sources.length === 0) {
    const since = unnamedSince ? `, those since ${unnamedSince.toISOString()}` : '';
    return [
      `Note: the newest minute is unproven. No heads that are kept outside the database were found, and no checkpoint was given: ` +
        `the ${unnamed} newest records${since}, which no other lane names yet, ${cut}; and all of them could be an older state, put back.`,
    ];
  }
  const vouched = `Vouched for from outside the database by ${sources.join('; ')}.`;
  if (unproven === 0) return [`${vouched} No record is newer.`];
  const since = unprovenSince ? `, those since ${unprovenSince.toISOString()},` : '';
  return [`${vouched} The ${unproven} newest records${since} are behind that: they ${cut}.`];
}

/**
 * Whether something outside the database vouches for every record before `time` (milliseconds since 1970). Without anything
 * from outside nothing is: the whole database may be an older state.
 */
export function isProvenUntil(
  { sources, unprovenSince }: AuditVerification['newest'],
  time: number,
): boolean {
  // Absent: of what nothing vouches for, retention has left no record.
  return sources.length > 0 && (unprovenSince === null || unprovenSince.getTime() >= time);
}

/** All of it for a program (docs/audit.md, "Verifying"). */
export function reportJson(
  verification: AuditVerification,
  seconds: number,
  keyIds: readonly string[],
  isProvenAsRequired: boolean | null = null,
): string {
  const { lanes, records, faults, newest, restores } = verification;
  return JSON.stringify({
    sound: faults.length === 0,
    lanes,
    records,
    seconds: Math.round(seconds * 1000) / 1000,
    keys: keyIds,
    faults: faults.map((fault) => ({
      lane: fault.lane,
      sequence: fault.sequence,
      through: fault.through,
      fault: fault.fault,
      meaning: MEANINGS[fault.fault],
      row: reference(fault.row),
      previous: reference(fault.previous),
      next: reference(fault.next),
      witness: fault.witness ?? null,
    })),
    newest: {
      sources: newest.sources,
      unproven: newest.unproven,
      unprovenSince: newest.unprovenSince?.toISOString() ?? null,
      unnamed: newest.unnamed,
      unnamedSince: newest.unnamedSince?.toISOString() ?? null,
      provenAsRequired: isProvenAsRequired,
    },
    restores: restores.map(({ at, info }) => ({ at: at.toISOString(), info })),
  });
}

function named(row: RowReference): string {
  return `record ${row.sequence}, ${numbered(row)}`;
}

function numbered({ number, at }: RowReference): string {
  return `number ${number} of ${timeOf(at) ?? 'no time'}`;
}

function reference(row: RowReference | null) {
  return row && { sequence: row.sequence, number: row.number, at: timeOf(row.at) };
}

/** What is stored may be no time at all. */
function timeOf(at: number): string | null {
  const time = new Date(at);
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
}
