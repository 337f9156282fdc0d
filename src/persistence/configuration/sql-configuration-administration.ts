import type { AuditContext, Audited } from '@app/audit';
import { type Configuration, ConfigurationAdministration, type ConfigurationTransaction } from '@app/realms';

import type { Queryable } from '../database.js';
import type { AdministrationLane } from '../lanes/administration-lane.js';
import { ConfigurationWrites } from './configuration-writes.js';
import { type ConfigurationContext, readConfiguration } from './read-configuration.js';

export class SqlConfigurationAdministration extends ConfigurationAdministration {
  constructor(
    private readonly lane: AdministrationLane,
    private readonly configuration: Configuration,
    private readonly database: Queryable,
    private readonly source: ConfigurationContext,
  ) {
    super();
  }

  async change<T>(
    context: AuditContext,
    work: (configuration: ConfigurationTransaction) => Promise<Audited<T>>,
  ): Promise<T> {
    const { result, version } = await this.lane.run(context, async ({ database }) => {
      // First of all locks: whoever else changes configuration waits here.
      await database.query('SELECT 1 FROM configuration_version WHERE id = 1 FOR NO KEY UPDATE');
      const before = await readConfiguration(database, this.source, this.configuration.current());
      const writes = new ConfigurationWrites(database, this.source.keyring, before);
      const audited = await work(writes);
      // A refusal changes nothing, and costs no node a reload.
      const raisedTo = writes.areAny ? await raiseVersion(database) : before.version;
      return { result: { result: audited.result, version: raisedTo }, facts: audited.facts };
    });
    // The change is committed: a reload that fails now is made at the next request, which sees the new version.
    await this.configuration.atLeast(version).catch(() => undefined);
    return result;
  }

  async owners(resolver: string): Promise<readonly string[]> {
    const { rows } = await this.database.query<{ owner_user_id: string }>(
      'SELECT DISTINCT owner_user_id FROM token WHERE owner_resolver = $1',
      [resolver],
    );
    return rows.map((row) => row.owner_user_id);
  }
}

async function raiseVersion(database: Queryable): Promise<number> {
  const { rows } = await database.query<{ version: number }>(
    'UPDATE configuration_version SET version = version + 1, changed_at = clock_timestamp() WHERE id = 1 RETURNING version',
  );
  const [row] = rows;
  if (!row) throw new Error('the configuration has no version');
  return row.version;
}
