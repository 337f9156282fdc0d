import type { ChainedRecord } from '@app/audit';

/** A record with its place in the chain, as it is read back; its hashes are made up. What is not given is as it is mostly. */
export function chainedRecord(parts: Partial<ChainedRecord> = {}): ChainedRecord {
  return {
    lane: '12',
    sequence: 3,
    batchStart: 2,
    at: new Date('2026-11-22T14:54:53.513Z'),
    action: 'validate/check',
    succeeded: true,
    serial: 'H1',
    tokenType: 'HMAC',
    user: 'anna',
    realm: 'one',
    administrator: '',
    detail: '',
    info: '',
    node: 'n1',
    client: '192.0.2.1',
    logLevel: 'INFO',
    clearanceLevel: 0,
    rowHash: Buffer.from('0a', 'hex'),
    chain: Buffer.from('0b', 'hex'),
    signature: null,
    heads: '',
    ...parts,
  };
}
