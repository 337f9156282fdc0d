import type { AuditContext, AuditFacts, Audited } from '@app/audit';
import { Unavailable } from '@app/kernel';
import { type StoredPolicy, compilePolicies } from '@app/policies';
import {
  AmbiguousUser,
  Configuration,
  type ConfigurationAdministration,
  type ConfigurationSnapshot,
  type ConfigurationTransaction,
  type ManagedUser,
  type ProviderDefinition,
  type RealmDefinition,
  type ResolverDefinition,
  type ResolverTest,
  type ResolverTypeDescription,
  type SettingEntry,
  settingsOf,
  UserDirectory,
  type UserRecord,
} from '@app/realms';

export const CONTEXT: AuditContext = {
  action: 'test',
  client: '',
  administrator: 'admin',
  user: '',
  realm: '',
};

/** A token as the configuration knows it: whose it is, and in which realms. */
export interface OwnedToken {
  readonly serial: string;
  resolver: string;
  resolverType: string;
  userId: string;
  realms: readonly string[];
}

interface State {
  readonly resolvers: Map<string, ResolverDefinition>;
  readonly realms: Map<string, RealmDefinition>;
  readonly entries: Map<string, SettingEntry>;
  readonly users: Map<string, readonly ManagedUser[]>;
  /** By type and name. */
  readonly providers: Map<string, ProviderDefinition>;
  readonly policies: Map<string, StoredPolicy>;
}

/** The configuration of an installation, with what it is administered by: changes are whole or not at all. */
export class ConfigurationInMemory extends Configuration implements ConfigurationAdministration {
  version = 1;
  readonly records: AuditFacts[] = [];
  tokens: OwnedToken[] = [];
  /** Happens once, before the next change gets its locks: what another node does meanwhile. */
  meanwhile: (() => void) | null = null;
  #state: State;
  #known: ConfigurationSnapshot;
  #revisions = 0;

  constructor({
    resolvers = [] as readonly ResolverDefinition[],
    realms = [] as readonly RealmDefinition[],
    policies = [] as readonly StoredPolicy[],
  }) {
    super();
    this.#state = {
      resolvers: new Map(resolvers.map((resolver) => [resolver.name, resolver])),
      realms: new Map(realms.map((realm) => [realm.name, realm])),
      entries: new Map(),
      users: new Map(),
      providers: new Map(),
      policies: new Map(policies.map((policy) => [policy.name, policy])),
    };
    this.#known = this.stored;
  }

  current(): ConfigurationSnapshot {
    return this.#known;
  }

  atLeast(version: number): Promise<ConfigurationSnapshot> {
    if (this.#known.version < version) this.#known = this.stored;
    return Promise.resolve(this.#known);
  }

  /** As the database has it, whatever this node has read of it. */
  get stored(): ConfigurationSnapshot {
    const { resolvers, realms, entries, providers, policies } = this.#state;
    return {
      version: this.version,
      changedAt: new Date(0),
      settings: settingsOf(entries),
      entries: new Map(entries),
      realms: new Map(realms),
      resolvers: new Map(resolvers),
      providers: [...providers.values()],
      policies: compilePolicies([...policies.values()]),
      adminRealm: 'linotp_admins',
    };
  }

  usersOf(resolver: string): readonly ManagedUser[] {
    return this.#state.users.get(resolver) ?? [];
  }

  /** As another node would: this one learns of it later. */
  elsewhere(change: (state: State) => void): void {
    change(this.#state);
    this.version++;
  }

  owners(resolver: string): Promise<readonly string[]> {
    const owned = this.tokens.filter((token) => token.resolver === resolver);
    return Promise.resolve([...new Set(owned.map(({ userId }) => userId))]);
  }

  async change<T>(
    _context: AuditContext,
    work: (configuration: ConfigurationTransaction) => Promise<Audited<T>>,
  ): Promise<T> {
    this.meanwhile?.();
    this.meanwhile = null;
    const { resolvers, realms, entries, users, providers, policies } = this.#state;
    const next = {
      resolvers: new Map(resolvers),
      realms: new Map(realms),
      entries: new Map(entries),
      users: new Map(users),
      providers: new Map(providers),
      policies: new Map(policies),
    };
    const tokens = this.tokens.map((token) => ({ ...token }));
    const { result, facts } = await work(this.#transaction(next, tokens));
    this.#state = next;
    this.tokens = tokens;
    this.version++;
    this.records.push(facts);
    await this.atLeast(this.version);
    return result;
  }

  #transaction(state: State, tokens: OwnedToken[]): ConfigurationTransaction {
    const done = () => Promise.resolve();
    const ownedBy = (resolver: string) => tokens.filter((token) => token.resolver === resolver);
    const renameKey = <V>(map: Map<string, V>, from: string, to: string, change: (value: V) => V) => {
      const value = map.get(from);
      if (value === undefined) return;
      map.delete(from);
      map.set(to, change(value));
    };
    return {
      before: this.stored,
      saveResolver: (resolver) => {
        this.#revisions++;
        state.resolvers.set(resolver.name, { ...resolver, revision: `saved ${this.#revisions}` });
        return done();
      },
      renameResolver: (from, to) => {
        renameKey(state.resolvers, from, to, (resolver) => ({ ...resolver, name: to }));
        renameKey(state.users, from, to, (users) => users);
        for (const [name, realm] of state.realms) {
          const resolvers = realm.resolvers.map((resolver) => (resolver === from ? to : resolver));
          state.realms.set(name, { name, resolvers });
        }
        for (const token of ownedBy(from)) token.resolver = to;
        return done();
      },
      removeResolver: (name) => {
        state.resolvers.delete(name);
        state.users.delete(name);
        return done();
      },
      managedUsers: (resolver) => Promise.resolve(state.users.get(resolver) ?? []),
      changeManagedUsers: (resolver, { removed, saved }) => {
        const users = new Map((state.users.get(resolver) ?? []).map((user) => [user.userId, user]));
        for (const userId of removed) users.delete(userId);
        for (const user of saved) users.set(user.userId, user);
        state.users.set(
          resolver,
          [...users.values()].toSorted((a, b) => (a.userId < b.userId ? -1 : 1)),
        );
        return done();
      },
      countOwned: (resolver) => Promise.resolve(ownedBy(resolver).length),
      moveOwners: ({ from, to, userIds }) => {
        const moved = ownedBy(from).filter(({ userId }) => userIds.has(userId));
        for (const token of moved) {
          token.userId = userIds.get(token.userId) ?? '';
          token.resolver = to.name;
          token.resolverType = to.type;
        }
        return Promise.resolve(moved.map(({ serial }) => serial));
      },
      saveRealm: (realm) => {
        state.realms.set(realm.name, realm);
        return done();
      },
      removeRealm: (name) => {
        state.realms.delete(name);
        for (const token of tokens) token.realms = token.realms.filter((realm) => realm !== name);
        return done();
      },
      saveSetting: (key, entry) => {
        if (entry) state.entries.set(key, entry);
        else state.entries.delete(key);
        return done();
      },
      saveProvider: (provider) => {
        state.providers.set(`${provider.type} ${provider.name}`, provider);
        return done();
      },
      removeProvider: (type, name) => {
        state.providers.delete(`${type} ${name}`);
        return done();
      },
      savePolicy: (policy) => {
        state.policies.set(policy.name, policy);
        return done();
      },
      removePolicy: (name) => {
        state.policies.delete(name);
        return done();
      },
    };
  }
}

/** A resolver's users, by login; its parameter `ids` says which of their user ids counts. */
export type UserTable = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Users of several resolvers. A test says which of them are away, or know several users of a login. */
export class DirectoryInMemory extends UserDirectory {
  readonly away = new Set<string>();
  readonly ambiguous = new Set<string>();
  readonly probed: ResolverDefinition[] = [];
  asked = 0;

  /** @param types by name; @param tables by the parameter `source` of resolvers */
  constructor(
    private readonly types: Readonly<Record<string, ResolverTypeDescription>>,
    private readonly tables: Readonly<Record<string, UserTable>>,
  ) {
    super();
  }

  describe(type: string): ResolverTypeDescription | null {
    return this.types[type] ?? null;
  }

  async byLogin(resolver: ResolverDefinition, login: string): Promise<UserRecord | null> {
    if (this.ambiguous.has(login)) throw new AmbiguousUser(login);
    return this.#users(resolver).find(({ username }) => username === login) ?? null;
  }

  async byId(resolver: ResolverDefinition, userId: string): Promise<UserRecord | null> {
    return this.#users(resolver).find((user) => user.userId === userId) ?? null;
  }

  async byIds(
    resolver: ResolverDefinition,
    userIds: readonly string[],
  ): Promise<ReadonlyMap<string, UserRecord>> {
    const users = this.#users(resolver).filter(({ userId }) => userIds.includes(userId));
    return new Map(users.map((user) => [user.userId, user]));
  }

  async probe(resolver: ResolverDefinition): Promise<void> {
    this.probed.push(resolver);
    this.#users(resolver);
  }

  async *search(resolver: ResolverDefinition): AsyncGenerator<readonly UserRecord[]> {
    yield this.#users(resolver);
  }

  hasPassword(): Promise<boolean> {
    return Promise.resolve(false);
  }

  test(): Promise<ResolverTest | null> {
    return Promise.resolve(null);
  }

  sourceOf(): string {
    return '';
  }

  #users({ name, parameters }: ResolverDefinition): UserRecord[] {
    this.asked++;
    const { source = '', ids = 'number' } = parameters;
    if (this.away.has(source)) throw new Unavailable(`resolver ${name} does not answer`);
    const none = { description: '', email: '', givenName: '', surname: '', phone: '', mobile: '' };
    return Object.entries(this.tables[source] ?? {}).map(([username, userIds]) => ({
      ...none,
      username,
      userId: userIds[ids] ?? '',
    }));
  }
}

/** A type with everything that a type can have: a secret that belongs to `source`, and user ids of several kinds. */
export const TABLE_TYPE: ResolverTypeDescription = {
  parameters: [
    parameter('source', { isRequired: true, guardsSecrets: true }),
    parameter('ids', { fallback: 'number' }),
    parameter('note', {}),
    parameter('password', { isRequired: true, isSecret: true }),
  ],
  userIdSource: ({ ids = 'number' }) => ids,
  isDefinable: true,
};

function parameter(
  name: string,
  more: Partial<ResolverTypeDescription['parameters'][number]>,
): ResolverTypeDescription['parameters'][number] {
  return {
    name,
    isRequired: false,
    isSecret: false,
    guardsSecrets: false,
    fallback: null,
    meaning: '',
    ...more,
  };
}

/** A resolver of that type, as it is stored. */
export function tableResolver(
  name: string,
  parameters: Readonly<Record<string, string>> = {},
  more: Partial<ResolverDefinition> = {},
): ResolverDefinition {
  return {
    name,
    type: 'table',
    parameters: { source: name, ids: 'number', ...parameters },
    secrets: {},
    readonly: false,
    revision: 'first',
    ...more,
  };
}
