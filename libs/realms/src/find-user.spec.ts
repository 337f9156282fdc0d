import { Unavailable } from '@app/kernel';
import { NO_POLICIES } from '@app/policies';

import type { ConfigurationSnapshot, Settings } from './configuration.js';
import type { ResolverDefinition } from './resolver.js';
import { FindUser } from './find-user.js';
import { parseLoginName } from './login-name.js';
import { settingsOf } from './settings/stored-settings.js';
import type { UserDirectory } from './user-directory.js';
import type { UserRecord } from './user.js';

const SETTINGS: Settings = { ...settingsOf(new Map()), defaultRealm: 'staff' };

function userRecord(userId: string, username: string): UserRecord {
  const none = { description: '', email: '', givenName: '', surname: '', phone: '', mobile: '' };
  return { userId, username, ...none };
}

/** Realms with their resolvers; resolvers with their users' ids by login, or `'away'`. */
function given(setup: {
  realms: Record<string, string[]>;
  resolvers: Record<string, Record<string, string> | 'away'>;
  settings?: Partial<Settings>;
}) {
  const asked: string[] = [];
  const directory = {
    byLogin(resolver: ResolverDefinition, login: string) {
      asked.push(resolver.name);
      const users = setup.resolvers[resolver.name];
      if (users === 'away') return Promise.reject(new Unavailable(`${resolver.name} does not answer`));
      const userId = users?.[login];
      return Promise.resolve(userId === undefined ? null : userRecord(userId, login));
    },
  } as Pick<UserDirectory, 'byLogin'> as UserDirectory;
  const settings = { ...SETTINGS, ...setup.settings };
  const snapshot: ConfigurationSnapshot = {
    version: 1,
    changedAt: new Date(0),
    settings,
    realms: new Map(Object.entries(setup.realms).map(([name, resolvers]) => [name, { name, resolvers }])),
    resolvers: new Map(
      Object.keys(setup.resolvers).map((name) => [
        name,
        { name, type: 'passwd', parameters: {}, secrets: {}, readonly: false, revision: '1' },
      ]),
    ),
    entries: new Map(),
    providers: [],
    policies: NO_POLICIES,
    adminRealm: 'linotp_admins',
  };
  const find = (user: string, realm = '', resolver = '') =>
    new FindUser(directory).execute(
      parseLoginName({ user, realm, resolver }, settings.splitAtSign),
      snapshot,
    );
  return { find, asked };
}

const TWO_REALMS = { staff: ['first'], ext: ['second'] };

describe('FindUser', () => {
  describe.each([true, false])('with splitAtSign %s', (splitAtSign) => {
    const users = {
      realms: TWO_REALMS,
      resolvers: { first: { hans: '1' }, second: { hans: '2', 'hans@a': '3' } },
    };
    const { find } = given({ ...users, settings: { splitAtSign } });

    it.each([
      { user: 'hans', realm: '', split: ['hans', 'staff', '1'], whole: ['hans', 'staff', '1'] },
      { user: 'hans@ext', realm: '', split: ['hans', 'ext', '2'], whole: ['hans', 'ext', '2'] },
      { user: 'EXT\\hans', realm: '', split: ['hans', 'ext', '2'], whole: null },
      { user: 'hans@example.net', realm: '', split: null, whole: null },
      { user: 'hans@a', realm: 'ext', split: ['hans@a', 'ext', '3'], whole: ['hans@a', 'ext', '3'] },
      { user: 'hans', realm: 'EXT', split: ['hans', 'ext', '2'], whole: ['hans', 'ext', '2'] },
      { user: 'hans', realm: 'nosuch', split: null, whole: null },
      // Only the realm's own `@` is split off, and only where nobody has the whole login.
      { user: 'hans@a@ext', realm: '', split: ['hans@a', 'ext', '3'], whole: ['hans@a', 'ext', '3'] },
    ])('finds user=$user, realm=$realm (spec/validate-api §2.1)', async ({ user, realm, split, whole }) => {
      const expected = splitAtSign ? split : whole;
      const found = await find(user, realm);
      if (!expected) return expect(found.kind).toBe('unknown');
      const [login, inRealm, userId] = expected;
      return expect(found).toMatchObject({
        kind: 'found',
        user: { login, realm: inRealm, record: { userId } },
      });
    });
  });

  it('prefers a login that holds an @ in the default realm over the realm behind it', async () => {
    const { find } = given({
      realms: TWO_REALMS,
      resolvers: { first: { 'hans@ext': '9' }, second: { hans: '2' } },
      settings: { splitAtSign: false },
    });
    await expect(find('hans@ext')).resolves.toMatchObject({
      user: { realm: 'staff', record: { userId: '9' } },
    });
  });

  it.each([
    { title: 'a realm was given', realm: 'staff', resolver: '' },
    { title: 'a resolver was given', realm: '', resolver: 'first' },
  ])('does not look behind the @ when $title', async ({ realm, resolver }) => {
    const { find } = given({
      realms: TWO_REALMS,
      resolvers: { first: {}, second: { hans: '2' } },
      settings: { splitAtSign: false },
    });
    await expect(find('hans@ext', realm, resolver)).resolves.toMatchObject({ kind: 'unknown' });
  });

  it('knows nobody where no default realm is set', async () => {
    const { find, asked } = given({
      realms: TWO_REALMS,
      resolvers: { first: { hans: '1' }, second: {} },
      settings: { defaultRealm: null },
    });
    await expect(find('hans')).resolves.toEqual({ kind: 'unknown', login: 'hans', realm: '' });
    expect(asked).toEqual([]);
  });

  it('takes one user id in several resolvers for one person', async () => {
    const { find } = given({
      realms: { staff: ['first', 'second'] },
      resolvers: { first: { hans: '1' }, second: { hans: '1' } },
    });
    await expect(find('hans')).resolves.toMatchObject({
      kind: 'found',
      user: {
        references: [
          { resolver: 'first', userId: '1' },
          { resolver: 'second', userId: '1' },
        ],
      },
    });
  });

  it('takes several user ids for an ambiguous login, whoever comes first', async () => {
    for (const order of [
      ['first', 'second'],
      ['second', 'first'],
    ]) {
      const { find } = given({
        realms: { staff: order },
        resolvers: { first: { hans: '1' }, second: { hans: '2' } },
      });
      await expect(find('hans')).resolves.toEqual({ kind: 'ambiguous', login: 'hans', realm: 'staff' });
    }
  });

  it.each([
    { title: 'before', order: ['dead', 'alive'] },
    { title: 'behind', order: ['alive', 'dead'] },
  ])('passes over a dead resolver $title one that knows the user', async ({ order }) => {
    const { find } = given({ realms: { staff: order }, resolvers: { dead: 'away', alive: { hans: '1' } } });
    await expect(find('hans')).resolves.toMatchObject({
      kind: 'found',
      user: { references: [{ resolver: 'alive', userId: '1' }] },
    });
  });

  it('does not call a user unknown while a resolver does not answer', async () => {
    const { find } = given({ realms: { staff: ['dead', 'alive'] }, resolvers: { dead: 'away', alive: {} } });
    await expect(find('hans')).rejects.toThrow(Unavailable);
  });

  it('finds ambiguity also beside a dead resolver', async () => {
    const { find } = given({
      realms: { staff: ['dead', 'first', 'second'] },
      resolvers: { dead: 'away', first: { hans: '1' }, second: { hans: '2' } },
    });
    await expect(find('hans')).resolves.toMatchObject({ kind: 'ambiguous' });
  });

  it('asks only the resolvers of the realm', async () => {
    const { find, asked } = given({
      realms: TWO_REALMS,
      resolvers: { first: { hans: '1' }, second: 'away' },
    });
    await find('hans');
    expect(asked).toEqual(['first']);
  });
});
