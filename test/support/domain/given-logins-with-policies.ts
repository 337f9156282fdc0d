import { Unavailable } from '@app/kernel';
import { type StoredPolicy, compilePolicies } from '@app/policies';
import {
  type ConfigurationSnapshot,
  type Configuration,
  type UserDirectory,
  type UserRecord,
  settingsOf,
} from '@app/realms';
import type { Token } from '@app/tokens';

import { RFC_OTPS } from './given-token.js';
import { CONTEXT, NOW, TOKEN, authenticateWith, passwdResolvers } from './given-logins.js';
import { REQUEST } from './login-decisions.js';
import { ScriptedThrottle } from './administrators-in-memory.js';
import type { LoginRequest } from '../../../libs/authentication/src/login-request.js';
import type { LoginCommit, LoginSelection } from '../../../libs/authentication/src/ports.js';

export const OTP = RFC_OTPS[0] ?? '';
export const OTPPIN = { scope: 'authentication', action: 'otppin=password' };
export const PASSTHRU = { scope: 'authentication', action: 'passthru' };

const recordOf = (username: string): UserRecord => ({
  userId: '1',
  username,
  description: '',
  email: 'anna@example.test',
  givenName: 'Anna',
  surname: '',
  phone: '',
  mobile: '',
});

function configurationOf(
  policies: readonly Partial<StoredPolicy>[],
  acceptsUnknownUsers: boolean,
): ConfigurationSnapshot {
  return {
    version: 1,
    changedAt: NOW,
    settings: { ...settingsOf(new Map()), defaultRealm: 'staff', acceptsUnknownUsers },
    entries: new Map(),
    realms: new Map([
      ['staff', { name: 'staff', resolvers: ['first', 'second'] }],
      ['ext', { name: 'ext', resolvers: ['third'] }],
    ]),
    resolvers: passwdResolvers('first', 'second', 'third'),
    providers: [],
    policies: compilePolicies(
      policies.map((policy, place) => ({
        name: `p${place}`,
        scope: '',
        action: '',
        realm: '*',
        user: '*',
        client: '*',
        time: null,
        active: 'True',
        ...policy,
      })),
    ),
    adminRealm: 'staff',
  };
}

/** Anna is in resolvers first and second; first knows the password `one`, second `two`, and `away` is away. */
export function given(
  policies: readonly Partial<StoredPolicy>[],
  {
    tokens = [TOKEN] as readonly Token[],
    hasOtherTokens = false,
    found = null as readonly Token[] | null,
    acceptsUnknownUsers = false,
    isHeldBack = false,
  } = {},
) {
  const asked: string[] = [];
  const loaded: LoginSelection[] = [];
  const commits: LoginCommit[] = [];
  const directory = {
    byLogin: ({ name }, login) => {
      asked.push(`login ${login} in ${name}`);
      return Promise.resolve(name !== 'third' && login.toLowerCase() === 'anna' ? recordOf('anna') : null);
    },
    byId: ({ name }, userId) => {
      asked.push(`id ${userId} in ${name}`);
      return Promise.resolve(userId === '1' ? recordOf('anna') : null);
    },
    hasPassword: ({ name }, { username }, password) => {
      asked.push(`${password} of ${username} in ${name}`);
      if (password === 'away' && name === 'first') return Promise.reject(new Unavailable('away'));
      return Promise.resolve(password === (name === 'first' ? 'one' : 'two'));
    },
  } as Pick<UserDirectory, 'byLogin' | 'byId' | 'hasPassword'> as UserDirectory;
  const throttle = new ScriptedThrottle(
    isHeldBack
      ? { kind: 'throttled', retryAfterSeconds: 1 }
      : { kind: 'charged', now: NOW, configurationVersion: 1 },
  );
  const configuration = configurationOf(policies, acceptsUnknownUsers);
  const authenticate = authenticateWith({
    configuration: {
      current: () => configuration,
      atLeast: () => Promise.resolve(configuration),
    } satisfies Configuration,
    directory,
    snapshots: {
      load: (selection) => {
        loaded.push(selection);
        return Promise.resolve({ tokens, hasOtherTokens, now: NOW, challenges: [], configurationVersion: 1 });
      },
    },
    committer: {
      commit: (commit) => {
        commits.push(commit);
        return Promise.resolve(
          found ? (commit.decideAgain(found, NOW, []) ?? 'start-over') : commit.decision,
        );
      },
    },
    passwords: { hash: () => Promise.reject(new Error('never')), verify: () => Promise.resolve(false) },
    throttle,
    budget: null,
  });
  const login = (password: string, by: LoginRequest['by'] | string = 'anna', needsAuthorization = true) =>
    authenticate.execute(
      { ...REQUEST, by: typeof by === 'string' ? byUser(by) : by, password, needsAuthorization },
      CONTEXT,
    );
  return { login, asked, loaded, commits, throttle };
}

export function byUser(login: string, realm = ''): LoginRequest['by'] {
  const name = () => ({ login, realm, resolver: '' });
  return { kind: 'user', name, serial: null, onlyToken: false };
}

export const BY_SERIAL = { kind: 'serial', serial: 'OATH1' } as const;
export const accepted = { verdict: { kind: 'accepted' } };
export const rejected = { verdict: { kind: 'rejected' } };
