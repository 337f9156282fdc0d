import type { AuditContext, Audited } from '@app/audit';
import { AdministratorChanges, type AdministratorStore } from '@app/realms';

import type { AdministrationLane } from '../lanes/administration-lane.js';
import { SqlAdministratorStore } from './sql-administrator-store.js';

export class SqlAdministratorChanges extends AdministratorChanges {
  constructor(private readonly lane: AdministrationLane) {
    super();
  }

  change<T>(
    context: AuditContext,
    work: (administrators: AdministratorStore) => Promise<Audited<T>>,
  ): Promise<T> {
    return this.lane.run(context, ({ database }) => work(new SqlAdministratorStore(database)));
  }
}
