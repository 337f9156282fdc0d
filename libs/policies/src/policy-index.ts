import { type CompiledPolicy, requestedKeys } from './compiled-policy.js';

/** The active and readable policies of one scope, found by action and realm without looking at the others. */
export class ScopeIndex {
  /** By key of an action; `*` has those that have it. Policies with `*` are in every list. */
  private readonly byAction = new Map<string, RealmIndex>();
  private readonly everyAction: RealmIndex;
  private readonly withWildcard: RealmIndex;

  constructor(readonly policies: readonly CompiledPolicy[]) {
    for (const key of new Set(policies.flatMap(({ actions }) => [...actions.keys()]))) {
      const having = policies.filter(({ actions }) => actions.has(key) || actions.has('*'));
      this.byAction.set(key, new RealmIndex(having));
    }
    this.everyAction = new RealmIndex(policies);
    this.withWildcard = this.byAction.get('*') ?? new RealmIndex([]);
  }

  /** In order of name; may hold policies whose other conditions do not match, never lacks one that does. */
  find(action: string | undefined, realm: string | undefined): readonly CompiledPolicy[] {
    if (action === undefined) return this.everyAction.find(realm);
    if (!action.includes('=')) return (this.byAction.get(action) ?? this.withWildcard).find(realm);
    const keys = [...requestedKeys(action), '*'];
    return this.everyAction.find(realm).filter(({ actions }) => keys.some((key) => actions.has(key)));
  }
}

class RealmIndex {
  private readonly wildcards: readonly CompiledPolicy[];
  private readonly byRealm = new Map<string, CompiledPolicy[]>();

  constructor(private readonly policies: readonly CompiledPolicy[]) {
    this.wildcards = policies.filter(({ realm }) => realm.isWildcard);
    for (const policy of policies) {
      for (const name of policy.realm.isWildcard ? [] : policy.realm.names) {
        const there = this.byRealm.get(name);
        if (there === undefined) this.byRealm.set(name, [policy]);
        else there.push(policy);
      }
    }
  }

  find(realm: string | undefined): readonly CompiledPolicy[] {
    if (realm === undefined) return this.policies;
    const named = this.byRealm.get(realm.toLowerCase());
    if (named === undefined) return this.wildcards;
    return this.wildcards.length === 0 ? named : [...this.wildcards, ...named].toSorted(byName);
  }
}

/** By code units, so that the order is the same on every machine. */
export function byName(a: CompiledPolicy, b: CompiledPolicy): number {
  return a.policy.name < b.policy.name ? -1 : a.policy.name > b.policy.name ? 1 : 0;
}
