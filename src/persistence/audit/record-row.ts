import type { ChainedRecord } from '@app/audit';

/** A row of table `audit_record`. */
export interface RecordRow {
  readonly lane: number;
  readonly seq: number;
  readonly batch_start: number;
  readonly number: number;
  readonly at: Date;
  readonly action: string;
  readonly succeeded: boolean;
  readonly serial: string;
  readonly token_type: string;
  readonly username: string;
  readonly realm: string;
  readonly administrator: string;
  readonly detail: string;
  readonly info: string;
  readonly node: string;
  readonly client: string;
  readonly log_level: string;
  readonly clearance_level: number;
  readonly row_hash: Buffer;
  readonly chain: Buffer;
  readonly signature: Buffer | null;
  readonly heads: string;
}

/** Stands for what is stored and is no time, such as `infinity`: nothing was ever recorded then, so no hash fits it. */
const NO_TIME = 8_640_000_000_000_000;

export function toChainedRecord(row: RecordRow): ChainedRecord {
  return {
    lane: String(row.lane),
    sequence: row.seq,
    batchStart: row.batch_start,
    at: timeIn(row),
    action: row.action,
    succeeded: row.succeeded,
    serial: row.serial,
    tokenType: row.token_type,
    user: row.username,
    realm: row.realm,
    administrator: row.administrator,
    detail: row.detail,
    info: row.info,
    node: row.node,
    client: row.client,
    logLevel: row.log_level,
    clearanceLevel: row.clearance_level,
    rowHash: row.row_hash,
    chain: row.chain,
    signature: row.signature,
    heads: row.heads,
  };
}

function timeIn({ at }: RecordRow): Date {
  const time = new Date(at);
  return Number.isNaN(time.getTime()) ? new Date(NO_TIME) : time;
}
