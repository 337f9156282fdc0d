import { type FaultAt, type SignatureCheck, parseHeads } from '@app/audit';
import type { ClientBase } from 'pg';

import { LaneWalk } from './lane-walk.js';
import { besideLanes, outsideLane } from './misplaced-rows.js';
import { type InSnapshot, TrailReader } from './trail-reader.js';
import { type HeadSource, type NewestRecords, Witnesses } from './witnesses.js';

export interface AuditVerification {
  readonly lanes: number;
  readonly records: number;
  /** The first of each lane, oldest first. */
  readonly faults: readonly FaultAt[];
  readonly newest: NewestRecords;
  /** Backups that were put back, as sound lanes tell: what was recorded between each and its restore is not there. */
  readonly restores: readonly RecordedRestore[];
}

export interface RecordedRestore {
  readonly at: Date;
  readonly info: string;
}

export interface VerifyOptions {
  readonly isSigned: SignatureCheck;
  /** Heads that were kept outside the database; read before this begins. */
  readonly kept?: readonly HeadSource[];
  /** Whether all signatures are verified, and not only those that vouch for what comes before them. */
  readonly everySignature?: boolean;
  readonly onProgress?: (records: number) => void;
  readonly inSnapshot?: InSnapshot;
}

/**
 * Walks every lane's chain, in bounded memory, beside a running server (docs/audit.md).
 * @param database a connection that is used for nothing else meanwhile
 */
export async function verifyAudit(database: ClientBase, options: VerifyOptions): Promise<AuditVerification> {
  const reader = new TrailReader(database, options.isSigned, options.inSnapshot);
  // What is added from now on is for the next time.
  const lanes = await reader.lanes();
  const witnesses = new Witnesses(lanes, options.kept ?? []);
  const faults = new Map<string, FaultAt>();
  const add = (fault: FaultAt | null) => {
    if (fault && !faults.has(fault.lane)) faults.set(fault.lane, fault);
  };
  let records = 0;
  for (const lane of lanes) {
    witnesses.opened(lane);
    const walk = new LaneWalk(reader, lane, {
      isSigned: options.isSigned,
      everySignature: options.everySignature ?? false,
      onHeads: (text, { sequence }) => {
        for (const head of parseHeads(text)) witnesses.named(lane.id, sequence, head);
      },
      onRows: ({ length }) => {
        records += length;
        options.onProgress?.(records);
      },
    });
    const fault = (await walk.firstFault()) ?? (await outsideLane(database, lane));
    if (fault) witnesses.disbelieve(fault);
    add(fault);
  }
  for (const fault of await besideLanes(database, lanes)) add(fault);
  for (const fault of await witnesses.contradictions(database, (lane) => faults.has(lane))) add(fault);
  return {
    lanes: lanes.length,
    records,
    faults: [...faults.values()].toSorted((a, b) => when(a) - when(b)),
    newest: await witnesses.newest(database),
    restores: await restoresIn(database, (lane) => !faults.has(lane)),
  };
}

async function restoresIn(
  database: ClientBase,
  isSound: (lane: string) => boolean,
): Promise<readonly RecordedRestore[]> {
  // As the index of actions has it, which knows no logins.
  const { rows } = await database.query<RecordedRestore & { lane: number }>(
    `SELECT lane, at, info FROM audit_record
     WHERE (action COLLATE "C") = 'restore' AND (action COLLATE "C") NOT LIKE 'validate/%' ORDER BY number`,
  );
  return rows.flatMap(({ lane, at, info }) => (isSound(String(lane)) ? [{ at, info }] : []));
}

/** By the rows around a fault; one that nothing dates comes last. */
function when({ row, previous, next }: FaultAt): number {
  const at = row?.at ?? previous?.at ?? next?.at ?? NaN;
  return Number.isNaN(at) ? Number.MAX_VALUE : at;
}
