import { type LaneHead, NO_SEAL, type SealedHead, firstGenesis } from '@app/audit';

import type { PrimaryClient } from '../../../src/persistence/database.js';
import { DatabaseAddress } from '../../../src/persistence/database.js';
import { HeadRegister } from '../../../src/persistence/heads/head-register.js';
import type { AuditSigner } from '../../../src/persistence/lanes/audit-signer.js';
import { APPEND_STATEMENT, chainBatch, chainParameters } from '../../../src/persistence/lanes/chain-batch.js';
import { LaneLedger, type OpenLane } from '../../../src/persistence/lanes/lane-ledger.js';
import { givenLane } from '../database/given-lane.js';
import { loginRecord } from './given-records.js';

const MINUTE = 60_000;
const START = Date.parse('2026-01-02T03:00:00Z');

/** Lanes of one process that write in turn, minute by minute, and keep each other's heads; the time is the trail's own. */
export class TrailWriter {
  #now = 0;
  #written = 0;
  readonly register = new HeadRegister(() => this.#now);
  readonly #ledger = new LaneLedger(new DatabaseAddress([{}]), 'node-1', this.register);

  constructor(
    private readonly database: PrimaryClient,
    private readonly signer: AuditSigner,
  ) {}

  open(predecessor: OpenLane | null = null): Promise<OpenLane> {
    return this.#ledger.open(this.database, predecessor);
  }

  /** One batch of each of the given sizes, half a minute apart. @returns the lane as it then stands */
  async write(lane: OpenLane, batches: readonly number[]): Promise<OpenLane> {
    let { head } = lane;
    for (const size of batches) {
      this.#now += MINUTE / 2;
      const records = Array.from({ length: size }, () => this.#record());
      const told = this.register.due(lane.id);
      const batch = chainBatch(lane.id, head, records, this.signer, told?.text);
      await this.database.query(APPEND_STATEMENT, chainParameters(batch));
      ({ head } = batch);
      this.register.moved(lane.id, head);
      told?.kept();
    }
    return { id: lane.id, head };
  }

  #record() {
    const place = this.#written++;
    return loginRecord({
      at: new Date(START + this.#now + place),
      action: ['validate/check', 'admin/init', 'audit/search'][place % 3] ?? '',
      succeeded: place % 5 > 0,
      serial: `OATH${place}`,
      user: `user-${place % 17}`,
      detail: place % 4 === 0 ? 'wrong otp pin' : '',
    });
  }
}

/** A lane as a release before format 2 left it. */
export async function giveOldLane(
  database: PrimaryClient,
  signer: AuditSigner,
  id: number,
  batches: readonly number[],
): Promise<void> {
  const lane = String(id);
  const start: SealedHead = { sequence: 0, chain: firstGenesis(lane, null), seal: NO_SEAL };
  const records = givenLane(batches, { format: 1, lane, start, sign: (of, head) => signer.sign(of, head) });
  const last = records.at(-1);
  await database.query(
    `INSERT INTO audit_lane (id, seq, head, node, opened_at, closed_at) VALUES ($1, $2, $3, 'node-1', $4, $4)`,
    [id, last?.sequence, last?.chain, new Date(START - MINUTE)],
  );
  for (const record of records) {
    await database.query(
      `INSERT INTO audit_record (lane, seq, batch_start, at, action, succeeded, serial, token_type, username, realm,
         administrator, detail, info, node, client, log_level, clearance_level, row_hash, chain, signature)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`,
      [
        id,
        record.sequence,
        record.batchStart,
        record.at,
        record.action,
        record.succeeded,
        record.serial,
        record.tokenType,
        record.user,
        record.realm,
        record.administrator,
        record.detail,
        record.info,
        record.node,
        record.client,
        record.logLevel,
        record.clearanceLevel,
        record.rowHash,
        record.chain,
        record.signature,
      ],
    );
  }
}

/** The heads of all lanes, as somebody outside the database would have kept them. */
export async function headsOf(database: PrimaryClient): Promise<LaneHead[]> {
  const { rows } = await database.query<{ lane: string; sequence: number; chain: Buffer }>(
    'SELECT id::text AS lane, seq AS sequence, head AS chain FROM audit_lane WHERE seq > 0',
  );
  return rows;
}
