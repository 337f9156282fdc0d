import type { AuditContext } from '@app/audit';
import { Unavailable } from '@app/kernel';
import { type PolicySecrets, sealedSecretsIn, withSecretsSealedAnew } from '@app/realms';

import { Keyring, type SealBroken } from '../../keyring/keyring.js';
import { KeyringPolicySecrets } from '../../keyring/keyring-policy-secrets.js';
import {
  type DatabaseAddress,
  type PrimaryClient,
  type Queryable,
  connectPrimary,
  sqlState,
} from '../database.js';
import { resealCanary, sealingKeyOf } from '../installation-keys.js';
import type { AdministrationLane } from '../lanes/administration-lane.js';
import { type KeyUsage, POLICIES_WITH_SERVERS, keyUsage } from './key-usage.js';
import { type Resealing, resealTable } from './reseal-table.js';
import { SEALED_TABLES } from './sealed-values.js';

/** Two at once would undo each other. */
export class KeysAreChanged extends Error {
  constructor() {
    super('another command changes the keys of this installation: wait until it is done');
  }
}

/** Changes that began before keep the keys from being retired. */
export class ChangesUnderWay extends Unavailable {
  constructor(cause: unknown) {
    super('a change that began before is still under way: try again when it is done', { cause });
  }
}

export interface Rotated {
  /** Rows, and secrets of policies, that were sealed anew. */
  readonly values: number;
  /** What does not open, and stayed as it was. */
  readonly broken: readonly SealBroken[];
  /** Whether nothing is sealed with another key any more. */
  readonly isComplete: boolean;
}

export interface RotationRun {
  readonly onResealed: (values: number) => void;
  readonly signal: AbortSignal;
}

const KEYS_LOCK = 0x7477_6b79;
/** Whoever seals with the older key while a pass runs is seen by the next one; a node does so for a moment only. */
const MOST_PASSES = 5;
/** Logins that wait behind the lock wait no longer. */
const BARRIER_MS = 2_000;
const LOCK_NOT_AVAILABLE = '55P03';

/** Which keys are in use, and the way from one to the next, while nodes serve (docs/operations.md, "The keyring"). */
export class KeyRotation {
  readonly #secrets: PolicySecrets;

  constructor(
    private readonly address: DatabaseAddress,
    private readonly lane: AdministrationLane,
    private readonly keyring: Keyring,
  ) {
    this.#secrets = new KeyringPolicySecrets(keyring);
  }

  /** Alone among commands that change keys. @throws KeysAreChanged, Unavailable */
  async alone<T>(work: (keys: KeysAlone) => Promise<T>): Promise<T> {
    const client = await connectPrimary(this.address);
    try {
      const { rows } = await client.query<{ mine: boolean }>('SELECT pg_try_advisory_lock($1) AS mine', [
        KEYS_LOCK,
      ]);
      if (rows[0]?.mine !== true) throw new KeysAreChanged();
      return await work(new KeysAlone(client, this.lane, this.keyring, this.#secrets));
    } finally {
      // The lock ends with its connection.
      await client.end().catch(() => undefined);
    }
  }

  async usage(): Promise<KeyUsage> {
    const client = await connectPrimary(this.address);
    try {
      return await keyUsage(client, this.#secrets);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

export class KeysAlone {
  constructor(
    private readonly client: PrimaryClient,
    private readonly lane: AdministrationLane,
    private readonly keyring: Keyring,
    private readonly secrets: PolicySecrets,
  ) {}

  /** Writes a record of what was done to the keyring. */
  async record(context: AuditContext, info: string): Promise<void> {
    await this.lane.run(context, async () => ({ result: undefined, facts: { succeeded: true, info } }));
  }

  /**
   * All nodes seal with the key from the next request on that they get; then everything else is sealed anew with it. May be broken off at any
   * moment, and called again.
   * @throws UnknownKey, Unavailable
   */
  async rotateTo(
    keyId: string,
    context: AuditContext,
    { onResealed, signal }: RotationRun,
  ): Promise<Rotated> {
    await this.#sealWith(keyId, context);
    const resealing = { database: this.client, keyring: this.keyring, keyId, onResealed, signal };
    let values = 0;
    for (let pass = 1; pass <= MOST_PASSES && !signal.aborted; pass++) {
      const done = await this.#pass(resealing);
      values += done.values;
      const isComplete = done.broken.length === 0 && (await this.#isOnly(keyId));
      if (!isComplete && done.broken.length === 0 && pass < MOST_PASSES) continue;
      const info = `${values} values sealed with key ${keyId}; ${isComplete ? 'none is left under another' : 'some are left under others'}`;
      await this.lane.run(context, async () => ({
        result: undefined,
        facts: { succeeded: isComplete, info },
      }));
      return { values, broken: done.broken, isComplete };
    }
    return { values, broken: [], isComplete: false };
  }

  /**
   * What is in use, with what changes that are under way will leave behind.
   * @throws ChangesUnderWay
   */
  async settledUsage(): Promise<KeyUsage> {
    const tables = [...SEALED_TABLES.map(({ table }) => table), 'policy'].join(', ');
    try {
      // Whoever writes has sealed before: behind this lock they have all committed, or seal with the key of now.
      await this.client.query('BEGIN');
      await this.client.query(`SET LOCAL lock_timeout = ${BARRIER_MS}`);
      await this.client.query(`LOCK TABLE ${tables} IN SHARE MODE`);
    } catch (error) {
      if (sqlState(error) === LOCK_NOT_AVAILABLE) throw new ChangesUnderWay(error);
      throw error;
    } finally {
      await this.client.query('ROLLBACK');
    }
    return keyUsage(this.client, this.secrets);
  }

  async #isOnly(keyId: string): Promise<boolean> {
    const usage = await keyUsage(this.client, this.secrets);
    return [...usage.keys()].every((id) => id === keyId);
  }

  /** The canary names the key that seals; with the version, every node looks at it. */
  async #sealWith(keyId: string, context: AuditContext): Promise<void> {
    const former = await sealingKeyOf(this.client);
    if (former === keyId) return;
    await this.lane.run(context, async ({ database }) => {
      // As every change of the configuration does: none that is under way seals with the older key behind our back.
      await database.query(
        'UPDATE configuration_version SET version = version + 1, changed_at = clock_timestamp() WHERE id = 1',
      );
      this.keyring.sealWith(keyId);
      await resealCanary(database, this.keyring);
      const info = `key ${keyId} seals from now on, after ${former}`;
      return { result: undefined, facts: { succeeded: true, info } };
    });
  }

  async #pass(resealing: Resealing): Promise<{ values: number; broken: SealBroken[] }> {
    const broken: SealBroken[] = [];
    let values = await this.#policies(resealing);
    for (const table of SEALED_TABLES) {
      const done = await resealTable(table, resealing);
      values += done.rows;
      broken.push(...done.broken);
    }
    return { values, broken };
  }

  async #policies({ database, keyId, onResealed }: Resealing): Promise<number> {
    const { rows } = await database.query<{ name: string; action: string }>(POLICIES_WITH_SERVERS);
    let count = 0;
    for (const { name, action } of rows) {
      const old = sealedSecretsIn(action, this.secrets).filter(({ sealed }) => !isSealedWith(sealed, keyId));
      if (old.length === 0) continue;
      const anew = withSecretsSealedAnew(action, this.secrets);
      const changed = await replaceAction(database, name, action, anew);
      if (!changed) continue;
      count += old.length;
      onResealed(old.length);
    }
    return count;
  }
}

function isSealedWith(sealed: string, keyId: string): boolean {
  return Keyring.keyIdOf(Buffer.from(sealed, 'base64url')) === keyId;
}

/** @returns whether it was still what was read */
async function replaceAction(database: Queryable, name: string, old: string, anew: string): Promise<boolean> {
  const { rowCount } = await database.query('UPDATE policy SET action = $3 WHERE name = $1 AND action = $2', [
    name,
    old,
    anew,
  ]);
  return rowCount === 1;
}
