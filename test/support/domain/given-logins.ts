import { Unavailable } from '@app/kernel';
import { NO_POLICIES } from '@app/policies';
import {
  type ConfigurationSnapshot,
  Configuration,
  FindUser,
  type LoginName,
  type UserDirectory,
  parseLoginName,
  settingsOf,
} from '@app/realms';
import type { PasswordHasher, Token } from '@app/tokens';

import { PredictableRandom, RFC_OTPS, givenHotpToken, pinOf } from './given-token.js';
import { ScriptedThrottle } from './administrators-in-memory.js';
import {
  SERVERS,
  NOTHING_SENT,
  NO_ASSIGNMENT,
  NO_KEYS,
  NO_PARTITIONS,
  REMOTE,
  REQUEST,
} from './login-decisions.js';
import { Authenticate } from '../../../libs/authentication/src/authenticate.js';
import { GuessLimits } from '../../../libs/authentication/src/guessing/guess-limits.js';
import { MissBudget } from '../../../libs/authentication/src/guessing/miss-budget.js';
import { LoginAdmission } from '../../../libs/authentication/src/login-admission.js';
import type { LoginRequest } from '../../../libs/authentication/src/login-request.js';
import type { LoginDecision } from '../../../libs/authentication/src/login.js';
import {
  type LoginCommit,
  LoginCommitter,
  type LoginSelection,
  type LoginSnapshot,
  LoginSnapshots,
} from '../../../libs/authentication/src/ports.js';

export const NOW = new Date('2026-01-02T03:04:05Z');
export const CONTEXT = {
  action: 'validate/check',
  client: '192.0.2.1',
  administrator: '',
  user: '',
  realm: '',
};
export const OWNER = { resolver: 'first', userId: '1', resolverType: 'passwd' };
export const TOKEN = givenHotpToken({ owner: OWNER, realms: ['staff'], pin: pinOf('pin1') });

export function configurationOf(version: number, defaultRealm = 'staff'): ConfigurationSnapshot {
  return {
    version,
    changedAt: NOW,
    settings: { ...settingsOf(new Map()), defaultRealm },
    realms: new Map([
      ['staff', { name: 'staff', resolvers: ['first', 'second'] }],
      ['ext', { name: 'ext', resolvers: ['second'] }],
    ]),
    resolvers: passwdResolvers('first', 'second'),
    entries: new Map(),
    providers: [],
    policies: NO_POLICIES,
    adminRealm: 'linotp_admins',
  };
}

export function passwdResolvers(...names: readonly string[]): ConfigurationSnapshot['resolvers'] {
  return new Map(
    names.map((name) => [
      name,
      { name, type: 'passwd', parameters: {}, secrets: {}, readonly: false, revision: '1' },
    ]),
  );
}

/** What differs between logins that tests are about. */
interface LoginParts {
  readonly configuration: Configuration;
  readonly directory: UserDirectory;
  readonly snapshots: LoginSnapshots;
  readonly committer: LoginCommitter;
  readonly passwords: PasswordHasher;
  readonly throttle: ScriptedThrottle;
  /** Of misses, a second; `null`: any number. */
  readonly budget: number | null;
}

/** Logins of tokens alone: nothing is sent, forwarded, assigned or signed. */
export function authenticateWith(parts: LoginParts): Authenticate {
  const { configuration, directory, snapshots, committer, passwords, throttle, budget } = parts;
  const clock = { now: () => NOW };
  return new Authenticate(
    configuration,
    new FindUser(directory),
    directory,
    snapshots,
    committer,
    passwords,
    throttle,
    new GuessLimits(),
    new LoginAdmission(),
    new MissBudget({ append: () => Promise.resolve() }, clock, { perSecond: budget }),
    REMOTE,
    SERVERS,
    ...NO_ASSIGNMENT,
    NO_PARTITIONS,
    clock,
    new PredictableRandom(),
    NOTHING_SENT,
    NO_KEYS,
  );
}

export class ConfigurationInMemory extends Configuration {
  readonly waitedFor: number[] = [];

  constructor(
    private snapshot: ConfigurationSnapshot,
    private readonly newer: ConfigurationSnapshot = snapshot,
  ) {
    super();
  }

  current(): ConfigurationSnapshot {
    return this.snapshot;
  }

  async atLeast(version: number): Promise<ConfigurationSnapshot> {
    this.waitedFor.push(version);
    this.snapshot = this.newer;
    return this.newer;
  }
}

/** Tokens to be loaded, and whatever is loaded and committed. */
class Store extends LoginSnapshots {
  readonly loaded: LoginSelection[] = [];
  readonly commits: LoginCommit[] = [];
  version = 1;
  hasOtherTokens = false;
  failure: Error | null = null;

  constructor(readonly tokens: readonly Token[]) {
    super();
  }

  async load(selection: LoginSelection): Promise<LoginSnapshot> {
    this.loaded.push(selection);
    if (this.failure) throw this.failure;
    const isNobody = 'owner' in selection && selection.owner.references.length === 0;
    return {
      tokens: isNobody ? [] : this.tokens,
      now: NOW,
      configurationVersion: this.version,
      hasOtherTokens: this.hasOtherTokens,
      challenges: [],
    };
  }
}

class CommitsToMemory extends LoginCommitter {
  /** What the commit finds instead of what was loaded. */
  found: readonly Token[] | null = null;
  /** Until then nothing is committed. */
  opens: Promise<void> = Promise.resolve();

  constructor(private readonly store: Store) {
    super();
  }

  async commit(login: LoginCommit): Promise<LoginDecision | 'start-over'> {
    this.store.commits.push(login);
    await this.opens;
    if (!this.found) return login.decision;
    return login.decideAgain(this.found, NOW, []) ?? 'start-over';
  }
}

export function given({
  tokens = [TOKEN] as readonly Token[],
  configuration = new ConfigurationInMemory(configurationOf(1)),
  budget = null as number | null,
} = {}) {
  const hashed: string[] = [];
  const passwords = {
    hash: () => Promise.reject(new Error('nothing is hashed at a login')),
    verify: (hash: string, password: string) => {
      hashed.push(hash);
      return Promise.resolve(hash === `hash of ${password}`);
    },
  };
  const record = (userId: string, username: string) => ({
    userId,
    username,
    description: '',
    email: '',
    givenName: '',
    surname: '',
    phone: '',
    mobile: '',
  });
  const directory = {
    byLogin: ({ name }, login) => {
      const isAway = login === 'away' || (login === 'half' && name === 'second');
      if (isAway) return Promise.reject(new Unavailable('the directory does not answer'));
      return Promise.resolve(login === 'anna' || login === 'half' ? record('1', login) : null);
    },
  } as Pick<UserDirectory, 'byLogin'> as UserDirectory;
  const store = new Store(tokens);
  const committer = new CommitsToMemory(store);
  const authenticate = authenticateWith({
    configuration,
    directory,
    snapshots: store,
    committer,
    passwords,
    throttle: new ScriptedThrottle({ kind: 'charged', now: NOW, configurationVersion: 1 }),
    budget,
  });
  const login = (password: string | null, by: LoginRequest['by'] = byUser('anna')) =>
    authenticate.execute({ ...REQUEST, by, password, needsAuthorization: true }, CONTEXT);
  return { login, store, committer, configuration, hashed };
}

export function byUser(
  user: string,
  { realm = '', resolver = '' } = {},
): Extract<LoginRequest['by'], { readonly kind: 'user' }> {
  const name = ({ settings }: ConfigurationSnapshot): LoginName =>
    parseLoginName({ user, realm, resolver }, settings.splitAtSign);
  return { kind: 'user', name, serial: null, onlyToken: false };
}

export const RIGHT = `pin1${RFC_OTPS[0]}`;
