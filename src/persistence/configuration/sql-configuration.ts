import { Configuration, type ConfigurationSnapshot } from '@app/realms';
import type { DataSource } from 'typeorm';

import { asUnavailable } from '../database.js';
import { queryableOf } from '../data-source.js';
import type { Patience } from '../patience.js';
import { type ConfigurationContext, readConfiguration } from './read-configuration.js';

/** Keeps the newest snapshot that this node has seen a need for. */
export class SqlConfiguration extends Configuration {
  #snapshot: ConfigurationSnapshot;
  #reload: Promise<void> | null = null;
  readonly #observers: ((snapshot: ConfigurationSnapshot) => void)[] = [];

  private constructor(
    private readonly dataSource: DataSource,
    private readonly source: ConfigurationContext,
    private readonly patience: Patience,
    snapshot: ConfigurationSnapshot,
  ) {
    super();
    this.#snapshot = snapshot;
  }

  static async load(
    dataSource: DataSource,
    source: ConfigurationContext,
    patience: Patience,
  ): Promise<SqlConfiguration> {
    return new SqlConfiguration(dataSource, source, patience, await readSnapshot(dataSource, source));
  }

  current(): ConfigurationSnapshot {
    return this.#snapshot;
  }

  /** Calls it with the snapshot as it is, and with each that follows; it must not throw. */
  observe(observer: (snapshot: ConfigurationSnapshot) => void): void {
    this.#observers.push(observer);
    observer(this.#snapshot);
  }

  async atLeast(version: number): Promise<ConfigurationSnapshot> {
    // A reload that was under way may have begun before `version`: then once more.
    for (let round = 0; round < 3 && this.#snapshot.version < version; round++) {
      this.#reload ??= this.#reloaded().finally(() => {
        this.#reload = null;
      });
      try {
        await this.patience.during(this.#reload);
      } catch (error) {
        throw asUnavailable(error);
      }
    }
    if (this.#snapshot.version < version) throw asUnavailable(new Error('the configuration went back'));
    return this.#snapshot;
  }

  /** Kept though whoever asked gave up: the next one needs it, too. */
  async #reloaded(): Promise<void> {
    const snapshot = await readSnapshot(this.dataSource, this.source);
    if (snapshot.version > this.#snapshot.version) this.#replace(snapshot);
  }

  #replace(snapshot: ConfigurationSnapshot): void {
    this.#snapshot = snapshot;
    for (const observer of this.#observers) observer(snapshot);
  }
}

/** One consistent view, however many queries it takes. */
async function readSnapshot(
  dataSource: DataSource,
  source: ConfigurationContext,
): Promise<ConfigurationSnapshot> {
  const runner = dataSource.createQueryRunner();
  try {
    await runner.startTransaction('REPEATABLE READ');
    await runner.query('SET TRANSACTION READ ONLY');
    const snapshot = await readConfiguration(queryableOf(runner), source);
    await runner.commitTransaction();
    return snapshot;
  } catch (error) {
    if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
    throw error;
  } finally {
    await runner.release();
  }
}
