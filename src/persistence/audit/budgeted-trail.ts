import type { AuditContext, AuditFacts, AuditTrail } from '@app/audit';
import type { MissBudget } from '@app/authentication';

/** The trail, but for requests that anybody may send and that met no token: those have a budget. */
export class BudgetedTrail implements AuditTrail {
  /** @param paths where such requests are served: how their actions begin */
  constructor(
    private readonly trail: AuditTrail,
    private readonly misses: MissBudget,
    private readonly paths: readonly string[],
  ) {}

  append(context: AuditContext, facts: AuditFacts): Promise<void> {
    const write = () => this.trail.append(context, facts);
    const hasBudget =
      !facts.succeeded && !facts.serial && this.paths.some((path) => context.action.startsWith(path));
    return hasBudget ? this.misses.record(context, write, undefined) : write();
  }
}
