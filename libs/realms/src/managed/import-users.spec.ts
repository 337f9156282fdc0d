import { Unavailable } from '@app/kernel';

import {
  CONTEXT,
  ConfigurationInMemory,
  tableResolver,
} from '../../../../test/support/domain/configuration-in-memory.js';
import { MalformedResolverName } from '../realms.errors.js';
import {
  DuplicateUser,
  ImportIntoAdministrators,
  NoPasswordHash,
  PreviewOutdated,
  ResolverNotManaged,
} from './import.errors.js';
import { type ImportWish, ImportUsers } from './import-users.js';
import { ImportedPasswords } from './imported-passwords.js';
import type { ManagedUser } from './managed-user.js';
import { ManagedUsers } from './managed-users.js';
import type { ImportedUser } from './parse-import.js';
import type { ImportResult } from './plan-import.js';

class UsersOf extends ManagedUsers {
  constructor(private readonly configuration: ConfigurationInMemory) {
    super();
  }

  all(resolver: string): Promise<readonly ManagedUser[]> {
    return Promise.resolve(this.configuration.usersOf(resolver));
  }

  byLogin(): Promise<readonly ManagedUser[]> {
    return Promise.resolve([]);
  }

  byId(): Promise<null> {
    return Promise.resolve(null);
  }

  byIds(): Promise<readonly ManagedUser[]> {
    return Promise.resolve([]);
  }

  page(): Promise<readonly ManagedUser[]> {
    return Promise.resolve([]);
  }
}

/** Hashes that can be read, each made a little differently. */
class ReadableHashes extends ImportedPasswords {
  hashed = 0;
  isFull = false;

  isHash(text: string): boolean {
    return text.startsWith('#');
  }

  hash(password: string): Promise<string> {
    if (this.isFull) return Promise.reject(new Unavailable('too many are waiting'));
    return Promise.resolve(`#${this.hashed++}#${password}`);
  }

  verify(hash: string, password: string): Promise<boolean> {
    return Promise.resolve(hash.endsWith(`#${password}`));
  }
}

const PROFILE = { surname: '', givenName: '', email: '', phone: '', mobile: '' };
const row = (userId: string, username: string, more: Partial<ImportedUser> = {}): ImportedUser => ({
  ...PROFILE,
  userId,
  username,
  line: Number(userId),
  password: '',
  ...more,
});

function given() {
  const configuration = new ConfigurationInMemory({
    resolvers: [
      tableResolver('filed'),
      tableResolver('admins', {}, { type: 'local-administrators', readonly: true }),
    ],
  });
  const passwords = new ReadableHashes();
  const useCase = new ImportUsers(configuration, configuration, new UsersOf(configuration), passwords);
  const run = (users: readonly ImportedUser[], wish: Partial<ImportWish> = {}) =>
    useCase.execute(
      {
        resolver: 'people',
        users,
        arePasswordsPlain: true,
        isDryRun: false,
        preview: null,
        demandCreation: () => undefined,
        ...wish,
      },
      CONTEXT,
    );
  const hashes = () => configuration.usersOf('people').map(({ passwordHash }) => passwordHash);
  return { configuration, passwords, run, hashes };
}

const buckets = ({ created, unchanged, modified, deleted }: ImportResult) => ({
  created: [...created.values()],
  unchanged: [...unchanged.values()],
  modified: [...modified.values()],
  deleted: [...deleted.values()],
});

describe('ImportUsers', () => {
  it('makes the resolver with its first file, read-only, and leaves a record without names', async () => {
    const { run, configuration, hashes } = given();
    const result = await run([row('1', 'anna', { password: 'secret' }), row('2', 'bernd')]);
    expect(buckets(result)).toEqual({ created: ['anna', 'bernd'], unchanged: [], modified: [], deleted: [] });
    expect(configuration.stored.resolvers.get('people')).toMatchObject({
      type: 'managed',
      readonly: true,
      parameters: { Where: "groupid = 'people'" },
    });
    expect(hashes()).toEqual(['#0#secret', null]);
    expect(configuration.records).toEqual([
      { succeeded: true, info: 'people: 2 created, 0 unchanged, 0 modified, 0 deleted' },
    ]);
  });

  it.each<[string, Partial<ImportedUser>, 'unchanged' | 'modified']>([
    ['nothing', {}, 'unchanged'],
    ['the login', { username: 'ann' }, 'modified'],
    ['the e-mail', { email: 'a@x.test' }, 'modified'],
    ['the password', { password: 'other' }, 'modified'],
    ['that there is no password any more', { password: '' }, 'modified'],
  ])('tells a user of whom %s is new', async (_what, more, bucket) => {
    const { run } = given();
    const anna = row('1', 'anna', { password: 'secret' });
    await run([anna]);
    const changed = { ...anna, ...more };
    expect(buckets(await run([changed]))[bucket]).toEqual([changed.username]);
  });

  it('keeps the hash of a password that stays, though the user changes', async () => {
    const { run, hashes, passwords } = given();
    await run([row('1', 'anna', { password: 'secret' })]);
    await run([row('1', 'anna', { password: 'secret', surname: 'Arndt' })]);
    expect(hashes()).toEqual(['#0#secret']);
    expect(passwords.hashed).toBe(1);
  });

  it('removes who is not in the file any more, and lets logins change hands', async () => {
    const { run, configuration } = given();
    await run([row('1', 'anna'), row('2', 'bernd'), row('3', 'carla')]);
    const result = await run([row('1', 'bernd'), row('2', 'anna')]);
    expect(buckets(result)).toMatchObject({ modified: ['bernd', 'anna'], deleted: ['carla'] });
    expect(configuration.usersOf('people').map(({ username }) => username)).toEqual(['bernd', 'anna']);
  });

  it('stores hashes as they are, and tells by them who has changed', async () => {
    const { run, hashes } = given();
    const areHashes = { arePasswordsPlain: false };
    const users = [row('1', 'anna', { password: '#a' }), row('2', 'bernd')];
    await run(users, areHashes);
    expect(hashes()).toEqual(['#a', null]);
    expect(buckets(await run(users, areHashes)).unchanged).toEqual(['anna', 'bernd']);
  });

  it('refuses what is no hash where hashes are expected, by its line and without repeating it', async () => {
    const { run, configuration } = given();
    const users = [row('1', 'anna', { password: '#a' }), row('7', 'bernd', { password: 'secret' })];
    const refusal = run(users, { arePasswordsPlain: false });
    await expect(refusal).rejects.toThrow(NoPasswordHash);
    await expect(refusal).rejects.toThrow(/^(?!.*secret).*line 7/);
    expect(configuration.version).toBe(1);
  });

  it('changes nothing in a dry run, and hashes nothing', async () => {
    const { run, configuration, passwords } = given();
    const result = await run([row('1', 'anna', { password: 'secret' })], { isDryRun: true });
    expect(buckets(result).created).toEqual(['anna']);
    expect(configuration.version).toBe(1);
    expect(configuration.records).toEqual([]);
    expect(passwords.hashed).toBe(0);
  });

  describe('with a preview', () => {
    const users = [row('1', 'anna')];

    it('does what was previewed', async () => {
      const { run } = given();
      const { preview } = await run(users, { isDryRun: true });
      expect(buckets(await run(users, { preview })).created).toEqual(['anna']);
    });

    it.each<[string, (run: ReturnType<typeof given>['run'], preview: string) => Promise<unknown>]>([
      ['the file has changed', (run, preview) => run([row('1', 'anna', { email: 'a@x.test' })], { preview })],
      [
        'the users have',
        async (run, preview) => {
          await run([row('2', 'bernd')]);
          return run(users, { preview });
        },
      ],
      ['it is of another resolver', (run, preview) => run(users, { preview, resolver: 'others' })],
      ['it is none', (run) => run(users, { preview: 'x' })],
    ])('does nothing when %s', async (_why, attempt) => {
      const { run } = given();
      const { preview } = await run(users, { isDryRun: true });
      await expect(attempt(run, preview)).rejects.toThrow(PreviewOutdated);
    });
  });

  it.each<[string, readonly ImportedUser[], Partial<ImportWish>, new (...parts: never[]) => Error]>([
    ['the local administrators', [], { resolver: 'admins' }, ImportIntoAdministrators],
    ['a resolver of another type', [], { resolver: 'filed' }, ResolverNotManaged],
    ['a name that is none', [], { resolver: 'abc' }, MalformedResolverName],
    ['one user id twice', [row('1', 'anna'), row('1', 'bernd')], {}, DuplicateUser],
    ['one login twice', [row('1', 'anna'), row('2', 'anna')], {}, DuplicateUser],
  ])('refuses %s, in a dry run too', async (_what, users, wish, error) => {
    const { run, configuration } = given();
    await expect(run(users, wish)).rejects.toThrow(error);
    await expect(run(users, { ...wish, isDryRun: true })).rejects.toThrow(error);
    expect(configuration.version).toBe(1);
  });

  it('starts over when another import was faster, so that its users are seen', async () => {
    const { run, configuration } = given();
    await run([row('1', 'anna')]);
    const bernd: ManagedUser = { ...PROFILE, userId: '2', username: 'bernd', passwordHash: null };
    configuration.meanwhile = () => configuration.elsewhere(({ users }) => users.set('people', [bernd]));
    const result = await run([row('1', 'anna'), row('3', 'carla')]);
    expect(buckets(result)).toEqual({
      created: ['anna', 'carla'],
      unchanged: [],
      modified: [],
      deleted: ['bernd'],
    });
    expect(configuration.records).toHaveLength(2);
  });

  it('does not overwrite a resolver of another type that came into being meanwhile', async () => {
    const { run, configuration } = given();
    configuration.meanwhile = () =>
      configuration.elsewhere(({ resolvers }) => resolvers.set('people', tableResolver('people')));
    await expect(run([row('1', 'anna')])).rejects.toThrow(ResolverNotManaged);
    expect(configuration.usersOf('people')).toEqual([]);
  });

  it('changes nothing when there is no room to hash', async () => {
    const { run, passwords, configuration } = given();
    passwords.isFull = true;
    await expect(run([row('1', 'anna', { password: 'secret' })])).rejects.toThrow(Unavailable);
    expect(configuration.version).toBe(1);
  });
});
