import type { ChainedRecord } from './audit-record.js';

/**
 * A record as it leaves the house, in JSON lines: everything that its hash covers, and its place in the chain, so that copies can be
 * checked later. Bytes are in hexadecimal.
 */
export function recordObject(record: ChainedRecord): Readonly<Record<string, unknown>> {
  return {
    lane: record.lane,
    sequence: record.sequence,
    batchStart: record.batchStart,
    timestamp: record.at.toISOString(),
    action: record.action,
    success: record.succeeded,
    serial: record.serial,
    tokenType: record.tokenType,
    user: record.user,
    realm: record.realm,
    administrator: record.administrator,
    actionDetail: record.detail,
    info: record.info,
    server: record.node,
    client: record.client,
    logLevel: record.logLevel,
    clearanceLevel: record.clearanceLevel,
    rowHash: hex(record.rowHash),
    chain: hex(record.chain),
    ...(record.signature && { signature: hex(record.signature) }),
    ...(record.heads !== '' && { heads: record.heads }),
  };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
