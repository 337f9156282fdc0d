import type { AuditRecord } from '@app/audit';

import type { Queryable } from '../database.js';
import type { AuditSigner } from './audit-signer.js';
import {
  APPEND_STATEMENT,
  BATCH_LIMIT,
  type ChainBatch,
  chainBatch,
  chainParameters,
} from './chain-batch.js';
import type { OpenLane } from './lane-ledger.js';

/** In one statement, and so long nothing else runs in this process. */
const BATCHES_AT_ONCE = 16;

/**
 * Appends any number of records to the lane within the caller's transaction, in batches as they always are.
 *
 * @param heads kept by the first of them
 * @returns the batches, the last of which says where the lane then stands
 */
export async function appendRecords(
  database: Queryable,
  { id, head: start }: OpenLane,
  records: Generator<AuditRecord, void>,
  signer: AuditSigner,
  heads: string | undefined,
): Promise<readonly ChainBatch[]> {
  const all: ChainBatch[] = [];
  let head = start;
  for (let told = heads; ; told = undefined) {
    const part: ChainBatch[] = [];
    // A statement gives its heads to the first record of a batch: of one batch alone.
    const most = told === undefined ? BATCHES_AT_ONCE : 1;
    while (part.length < most) {
      const some = taken(records, BATCH_LIMIT);
      if (some.length === 0) break;
      const batch = chainBatch(id, head, some, signer, part.length === 0 ? told : undefined);
      part.push(batch);
      ({ head } = batch);
    }
    const [first, ...others] = part;
    if (!first) return all;
    await database.query(APPEND_STATEMENT, chainParameters(joined(first, others)));
    all.push(...part);
  }
}

/** For one statement; it is no batch any more. */
function joined(first: ChainBatch, others: readonly ChainBatch[]): ChainBatch {
  const last = others.at(-1);
  if (!last) return first;
  const columns = first.columns.map((values, place) => [
    ...values,
    ...others.flatMap((batch) => batch.columns[place] ?? []),
  ]);
  return { ...first, head: last.head, columns };
}

function taken(records: Generator<AuditRecord, void>, most: number): AuditRecord[] {
  const some: AuditRecord[] = [];
  while (some.length < most) {
    const { value, done } = records.next();
    if (done === true || !value) break;
    some.push(value);
  }
  return some;
}
