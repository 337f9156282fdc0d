import { Unavailable } from '@app/kernel';
import { NO_POLICIES } from '@app/policies';
import {
  type AdministratorAccount,
  type AdministratorProfile,
  type AdministratorStore,
  type AdminSessions,
  type AdminSessionState,
  Configuration,
  type ConfigurationSnapshot,
  type LegacySessions,
  type LocalAdministrator,
  type LoginThrottle,
  type PasswordHashes,
  type ResolverDefinition,
  settingsOf,
  type ThrottledAttempt,
  type ThrottleVerdict,
  UserDirectory,
  type UserRecord,
} from '@app/realms';

/** The time at which everything begins. */
export const START = new Date('2026-11-22T14:54:38Z');

/** The local administrators' resolver as an empty installation has it. */
export const LOCAL_RESOLVER: ResolverDefinition = {
  name: 'LinOTP_local_admins',
  type: 'local-administrators',
  parameters: {},
  secrets: {},
  readonly: true,
  revision: '1',
};

export const STAFF_RESOLVER: ResolverDefinition = {
  name: 'staff',
  type: 'passwd',
  parameters: { fileName: '/etc/staff' },
  secrets: {},
  readonly: false,
  revision: '1',
};

/** A configuration that holds the admin realm and nothing else. */
export class AdminRealm extends Configuration {
  readonly #resolvers: readonly ResolverDefinition[];
  #snapshot: ConfigurationSnapshot;
  /** What another node has made of the realm: it shows with the version. All resolvers are still there. */
  pending: { version: number; resolvers: readonly ResolverDefinition[] } | null = null;

  constructor(...resolvers: ResolverDefinition[]) {
    super();
    this.#resolvers = resolvers;
    this.#snapshot = this.#snapshotOf(1, resolvers);
  }

  current(): ConfigurationSnapshot {
    return this.#snapshot;
  }

  atLeast(version: number): Promise<ConfigurationSnapshot> {
    if (this.pending && version >= this.pending.version) {
      this.#snapshot = this.#snapshotOf(this.pending.version, this.pending.resolvers);
    }
    return Promise.resolve(this.#snapshot);
  }

  #snapshotOf(version: number, ofRealm: readonly ResolverDefinition[]): ConfigurationSnapshot {
    const name = 'linotp_admins';
    return {
      version,
      changedAt: START,
      settings: settingsOf(new Map()),
      entries: new Map(),
      providers: [],
      policies: NO_POLICIES,
      realms: new Map([[name, { name, resolvers: ofRealm.map((resolver) => resolver.name) }]]),
      resolvers: new Map(this.#resolvers.map((resolver) => [resolver.name, resolver])),
      adminRealm: name,
    };
  }
}

/** Accounts with a hash of `PlainPasswords`. */
export class AdministratorsInMemory implements AdministratorStore {
  readonly #accounts = new Map<string, AdministratorAccount & AdministratorProfile>();
  isAway = false;

  find(username: string): Promise<AdministratorAccount | null> {
    if (this.isAway) return Promise.reject(new Unavailable('the database does not answer'));
    return Promise.resolve(this.#accounts.get(username) ?? null);
  }

  list(): Promise<LocalAdministrator[]> {
    const all = [...this.#accounts.values()];
    return Promise.resolve(
      all.map((account) => ({ ...account, hasPassword: account.passwordHash !== null })),
    );
  }

  add(username: string, passwordHash: string | null, profile: AdministratorProfile): Promise<void> {
    const account = { username, passwordHash, isEnabled: true, notBefore: new Date(0) };
    this.#accounts.set(username, { ...account, ...profile });
    return Promise.resolve();
  }

  setPassword(username: string, passwordHash: string): Promise<void> {
    return this.#change(username, { passwordHash });
  }

  setProfile(username: string, profile: Partial<AdministratorProfile>): Promise<void> {
    return this.#change(username, profile);
  }

  setEnabled(username: string, isEnabled: boolean): Promise<void> {
    return this.#change(username, { isEnabled });
  }

  setNotBefore(username: string, notBefore: Date): Promise<void> {
    return this.#change(username, { notBefore });
  }

  remove(username: string): Promise<void> {
    this.#accounts.delete(username);
    return Promise.resolve();
  }

  #change(username: string, changes: Partial<AdministratorAccount & AdministratorProfile>): Promise<void> {
    const account = this.#accounts.get(username);
    if (account) this.#accounts.set(username, { ...account, ...changes });
    return Promise.resolve();
  }
}

/** Hashes that can be read; counts the work. */
export class PlainPasswords implements PasswordHashes {
  checks = 0;

  hash(password: string): Promise<string> {
    return Promise.resolve(`plain:${password}`);
  }

  verify(hash: string, password: string): Promise<boolean> {
    this.checks++;
    return Promise.resolve(hash === `plain:${password}`);
  }

  dummy(): Promise<void> {
    this.checks++;
    return Promise.resolve();
  }
}

/** Says what it is told to, and keeps what it was asked. */
export class ScriptedThrottle implements LoginThrottle {
  readonly charged: ThrottledAttempt[] = [];
  readonly cleared: ThrottledAttempt[] = [];
  readonly withdrawn: ThrottledAttempt[] = [];

  constructor(public verdict: ThrottleVerdict) {}

  charge(attempt: ThrottledAttempt): Promise<ThrottleVerdict> {
    this.charged.push(attempt);
    return Promise.resolve(this.verdict);
  }

  succeeded(attempt: ThrottledAttempt): Promise<void> {
    this.cleared.push(attempt);
    return Promise.resolve();
  }

  withdraw(attempt: ThrottledAttempt): Promise<void> {
    this.withdrawn.push(attempt);
    return Promise.resolve();
  }

  purgeExpired(): Promise<void> {
    return Promise.resolve();
  }
}

/** Users with their passwords, in one directory. */
export class OneDirectory extends UserDirectory {
  isAway = false;
  readonly #passwords: Map<string, string>;

  constructor(passwords: Readonly<Record<string, string>>) {
    super();
    this.#passwords = new Map(Object.entries(passwords));
  }

  remove(login: string): void {
    this.#passwords.delete(login);
  }

  byLogin(_resolver: ResolverDefinition, login: string): Promise<UserRecord | null> {
    if (this.isAway) return Promise.reject(new Unavailable('the directory does not answer'));
    const username = [...this.#passwords.keys()].find((name) => name.toLowerCase() === login.toLowerCase());
    if (username === undefined) return Promise.resolve(null);
    const none = { description: '', email: '', givenName: '', surname: '', phone: '', mobile: '' };
    return Promise.resolve({ userId: `id-${username}`, username, ...none });
  }

  byId(): Promise<UserRecord | null> {
    return Promise.resolve(null);
  }

  byIds(): Promise<ReadonlyMap<string, UserRecord>> {
    return Promise.resolve(new Map());
  }

  hasPassword(_resolver: ResolverDefinition, user: UserRecord, password: string): Promise<boolean> {
    return Promise.resolve(this.#passwords.get(user.username) === password);
  }

  probe(): Promise<void> {
    return Promise.resolve();
  }

  describe(): null {
    return null;
  }

  async *search(): AsyncGenerator<readonly UserRecord[]> {}

  test(): Promise<null> {
    return Promise.resolve(null);
  }

  sourceOf(): string {
    return '';
  }
}

/** Sessions of administrators as one process sees them. */
export class AdminSessionsInMemory implements AdminSessions {
  readonly #revoked = new Set<string>();
  readonly #superseded = new Set<string>();
  configurationVersion = 1;

  constructor(
    public now: Date,
    private readonly administrators: AdministratorsInMemory,
  ) {}

  async read(sessionId: string | null, username: string): Promise<AdminSessionState> {
    return {
      now: this.now,
      configurationVersion: this.configurationVersion,
      isRevoked: sessionId !== null && this.#revoked.has(sessionId),
      isSuperseded: sessionId !== null && this.#superseded.has(sessionId),
      account: await this.administrators.find(username),
    };
  }

  revoke(sessionId: string): Promise<void> {
    this.#revoked.add(sessionId);
    return Promise.resolve();
  }

  supersede(sessionId: string): Promise<boolean> {
    const isFirst = !this.#superseded.has(sessionId);
    this.#superseded.add(sessionId);
    return Promise.resolve(isFirst);
  }

  purgeExpired(): Promise<void> {
    return Promise.resolve();
  }
}

/** Values of old clients' sessions, without expiry. */
export class LegacySessionsInMemory implements LegacySessions {
  readonly #sessions = new Map<string, string>();

  open(hash: Uint8Array, administrator: string): Promise<void> {
    this.#sessions.set(Buffer.from(hash).toString('hex'), administrator);
    return Promise.resolve();
  }

  administratorOf(hash: Uint8Array): Promise<string | null> {
    return Promise.resolve(this.#sessions.get(Buffer.from(hash).toString('hex')) ?? null);
  }

  drop(hash: Uint8Array): Promise<void> {
    this.#sessions.delete(Buffer.from(hash).toString('hex'));
    return Promise.resolve();
  }

  purgeExpired(): Promise<void> {
    return Promise.resolve();
  }
}
