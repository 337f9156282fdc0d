import type { AuditContext, Audited } from '@app/audit';

import type { AdministratorStore } from './administrator-store.js';

/** Changes of administrators' accounts, each in one transaction with its record. */
export abstract class AdministratorChanges {
  /** @throws what `work` throws, after which nothing has changed; Unavailable */
  abstract change<T>(
    context: AuditContext,
    work: (administrators: AdministratorStore) => Promise<Audited<T>>,
  ): Promise<T>;
}
