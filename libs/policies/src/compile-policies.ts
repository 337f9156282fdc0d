import { type CompiledPolicy, compilePolicy, isGranting, mayHave } from './compiled-policy.js';
import { explainPolicies } from './explain-policies.js';
import { lookupOf } from './lookup.js';
import { type Candidate, candidateFor, mostSpecific } from './most-specific.js';
import { normalisePolicy } from './normalise.js';
import type { PolicyExplanation } from './policy-explanation.js';
import { ScopeIndex } from './policy-index.js';
import { type PolicyQuery, PolicySet, type PolicyValue } from './policy-set.js';
import { prepareQuery } from './prepared-query.js';
import type { Policy, StoredPolicy } from './policy.js';
import type { ActionValue } from './policy-value.js';

/** Reads and indexes all policies; never fails: what cannot be read is in `problems` and matches nobody. */
export function compilePolicies(stored: readonly StoredPolicy[]): PolicySet {
  const policies = stored.map(normalisePolicy).toSorted(byName);
  return new CompiledPolicySet(policies.map(compilePolicy));
}

/** By code units, so that the order is the same on every machine. */
function byName(a: Policy, b: Policy): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

type ActionQuery = PolicyQuery & { readonly action: string };

class CompiledPolicySet extends PolicySet {
  readonly all: readonly Policy[];
  readonly problems: ReadonlyMap<string, readonly string[]>;
  private readonly byName: ReadonlyMap<string, CompiledPolicy>;
  /** By scope, the actions that active policies have; where a list cannot be read, `*`: it may restrict anything. */
  private readonly usedActions = new Map<string, Set<string>>();
  private readonly byScope = new Map<string, ScopeIndex>();
  /** Active ones that cannot be read; mostly none. */
  private readonly broken: readonly CompiledPolicy[];

  constructor(private readonly compiled: readonly CompiledPolicy[]) {
    super();
    this.all = compiled.map(({ policy }) => policy);
    this.byName = new Map(compiled.map((one) => [one.policy.name, one]));
    this.problems = new Map(
      compiled
        .filter(({ problems }) => problems.length > 0)
        .map(({ policy, problems }) => [policy.name, problems]),
    );
    const active = compiled.filter(({ policy }) => policy.isActive);
    this.broken = active.filter(({ problems }) => problems.length > 0);
    for (const { policy, actions, problems } of active) {
      const used = this.usedActions.get(policy.scope) ?? new Set();
      for (const action of problems.length > 0 ? [...actions.keys(), '*'] : actions.keys()) used.add(action);
      this.usedActions.set(policy.scope, used);
    }
    for (const scope of this.usedActions.keys()) {
      const readable = active.filter((one) => one.policy.scope === scope && one.problems.length === 0);
      this.byScope.set(scope, new ScopeIndex(readable));
    }
  }

  hasActive(scope: string): boolean {
    return this.usedActions.has(scope);
  }

  hasActiveWith(scope: string, action: string): boolean {
    return (
      this.usedActions.get(scope)?.has(action) === true || this.usedActions.get(scope)?.has('*') === true
    );
  }

  matching(query: PolicyQuery): readonly Policy[] {
    return this.chosen(query).map(({ compiled }) => compiled.policy);
  }

  matchingAll(query: PolicyQuery): readonly Policy[] {
    return this.candidates(query).map(({ compiled }) => compiled.policy);
  }

  granting(query: PolicyQuery): readonly Policy[] {
    return this.chosen(query)
      .filter(({ compiled }) => isGranting(compiled, query.action))
      .map(({ compiled }) => compiled.policy);
  }

  grants(query: ActionQuery): boolean {
    return this.chosen(query).some(({ compiled }) => isGranting(compiled, query.action));
  }

  value(query: ActionQuery): ActionValue | undefined {
    return this.valueWithPolicy(query)?.value;
  }

  valueWithPolicy(query: ActionQuery): PolicyValue | undefined {
    for (const { compiled } of this.chosen(query)) {
      const value = compiled.actions.get(query.action);
      if (value !== undefined) return { value, policy: compiled.policy };
    }
    return undefined;
  }

  unreadable({ scope, action, realm }: Parameters<PolicySet['unreadable']>[0]): readonly string[] {
    if (this.broken.length === 0) return [];
    const isMeant = (compiled: CompiledPolicy) =>
      compiled.policy.scope === scope &&
      (realm === undefined || compiled.realm.match(realm.toLowerCase()).precision !== null) &&
      mayHave(compiled, action);
    return this.broken.filter(isMeant).map(({ policy }) => policy.name);
  }

  actionsOf(name: string): ReadonlyMap<string, ActionValue> {
    return this.byName.get(name)?.actions ?? new Map();
  }

  explain(query: PolicyQuery): PolicyExplanation {
    const ofScope = this.compiled.filter(({ policy }) => policy.scope === query.scope);
    const { scope, action, realm } = query;
    const { reads, isRestriction, isOpen } = lookupOf(scope, action);
    const unreadable =
      isRestriction && action !== undefined
        ? this.unreadable({ scope, action, ...(realm !== undefined && { realm }) })
        : [];
    const isUsed = isOpen && action !== undefined ? this.hasActiveWith(scope, action) : this.hasActive(scope);
    return explainPolicies(prepareQuery(query), ofScope, this.chosen(query), {
      reads,
      isUsed,
      isOpen,
      unreadable,
    });
  }

  private chosen(query: PolicyQuery): readonly Candidate[] {
    return mostSpecific(this.candidates(query));
  }

  private candidates(query: PolicyQuery): readonly Candidate[] {
    const index = this.byScope.get(query.scope);
    if (index === undefined) return [];
    const prepared = prepareQuery(query);
    const found: Candidate[] = [];
    for (const compiled of index.find(prepared)) {
      const candidate = candidateFor(compiled, prepared);
      if (candidate !== null) found.push(candidate);
    }
    return found;
  }
}

/** No policy at all: every scope is out of use. */
export const NO_POLICIES: PolicySet = compilePolicies([]);
