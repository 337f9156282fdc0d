import { type CompiledPolicy, requestedKeys } from './compiled-policy.js';
import type { PreparedQuery } from './prepared-query.js';
import { UserIndex, inOrder } from './user-index.js';

/** The active and readable policies of one scope, found by action, realm and login without looking at the others. */
export class ScopeIndex {
  /** By each action that a policy has, made when it is first asked about. */
  private readonly byAction = new Map<string, RealmIndex | null>();
  private readonly everyAction: RealmIndex;
  private readonly wildcards: RealmIndex;

  /** @param policies  in order of rank */
  constructor(private readonly policies: readonly CompiledPolicy[]) {
    for (const { actions } of policies) for (const key of actions.keys()) this.byAction.set(key, null);
    this.everyAction = new RealmIndex(policies);
    this.wildcards = new RealmIndex(policies.filter(({ actions }) => actions.has('*')));
  }

  /** In order of rank: at least those that match; action and realm do in all of them. */
  find(query: PreparedQuery): readonly CompiledPolicy[] {
    const { action } = query;
    if (action === undefined) return this.everyAction.find(query);
    if (!action.includes('=')) return this.#having(action).find(query);
    const keys = [...requestedKeys(action), '*'];
    return this.everyAction.find(query).filter(({ actions }) => keys.some((key) => actions.has(key)));
  }

  #having(action: string): RealmIndex {
    const there = this.byAction.get(action);
    if (there === undefined) return this.wildcards;
    if (there !== null) return there;
    const made = new RealmIndex(
      this.policies.filter(({ actions }) => actions.has(action) || actions.has('*')),
    );
    this.byAction.set(action, made);
    return made;
  }
}

class RealmIndex {
  private readonly every: UserIndex;
  private readonly wildcards: UserIndex;
  private readonly byRealm: ReadonlyMap<string, UserIndex>;

  constructor(policies: readonly CompiledPolicy[]) {
    this.every = new UserIndex(policies);
    this.wildcards = new UserIndex(policies.filter(({ realm }) => realm.isWildcard));
    const byRealm = new Map<string, CompiledPolicy[]>();
    for (const policy of policies) {
      for (const name of policy.realm.isWildcard ? [] : policy.realm.names) {
        const there = byRealm.get(name);
        if (there === undefined) byRealm.set(name, [policy]);
        else there.push(policy);
      }
    }
    this.byRealm = new Map([...byRealm].map(([name, named]) => [name, new UserIndex(named)]));
  }

  find({ realm, subject }: PreparedQuery): readonly CompiledPolicy[] {
    if (realm === undefined) return this.every.find(subject);
    const named = this.byRealm.get(realm)?.find(subject) ?? [];
    const wildcards = this.wildcards.find(subject);
    if (named.length === 0) return wildcards;
    return wildcards.length === 0 ? named : inOrder([...wildcards, ...named]);
  }
}
