import { Unavailable } from '@app/kernel';

import {
  CONTEXT,
  ConfigurationInMemory,
  DirectoryInMemory,
  TABLE_TYPE,
  tableResolver,
} from '../../../../test/support/domain/configuration-in-memory.js';
import { MigrationOfAdministrators, UnknownMigration } from '../realms.errors.js';
import { MigrateResolver } from './migrate-resolver.js';

const owned = (serial: string, userId: string, resolver = 'oldstaff') => ({
  serial,
  resolver,
  resolverType: 'table',
  userId,
  realms: [],
});

function given() {
  const configuration = new ConfigurationInMemory({
    resolvers: [
      tableResolver('oldstaff'),
      tableResolver('newstaff', {}, { type: 'other' }),
      tableResolver('local', {}, { type: 'local-administrators' }),
    ],
  });
  const rights = { demanded: 0, areMissing: false };
  const demandAdministrators = () => {
    rights.demanded++;
    if (rights.areMissing) throw new Error('no right');
  };
  configuration.tokens = [owned('T1', '1'), owned('T2', '2'), owned('T3', '3'), owned('T4', '1', 'third')];
  const tables = {
    oldstaff: { anna: { number: '1' }, bernd: { number: '2' }, carla: { number: '3' } },
    newstaff: { anna: { number: '100' }, carla: { number: '300' }, emil: { number: '2' } },
  };
  const directory = new DirectoryInMemory({ table: TABLE_TYPE, other: TABLE_TYPE }, tables);
  const useCase = new MigrateResolver(configuration, configuration, directory);
  const migrate = (from = 'oldstaff', to = 'newstaff') =>
    useCase.execute(from, to, demandAdministrators, CONTEXT);
  const owners = () => configuration.tokens.map(({ resolver, userId }) => `${resolver} ${userId}`);
  return { configuration, directory, migrate, owners, rights };
}

describe('MigrateResolver', () => {
  it('gives the tokens to users of the same logins, and leaves the others where they are', async () => {
    const { migrate, owners, configuration } = given();
    await expect(migrate()).resolves.toMatchObject({
      from: { name: 'oldstaff' },
      to: { name: 'newstaff' },
      moved: 2,
      total: 3,
    });
    expect(owners()).toEqual(['newstaff 100', 'oldstaff 2', 'newstaff 300', 'third 1']);
    expect(configuration.tokens.map(({ resolverType }) => resolverType)).toEqual([
      'other',
      'table',
      'other',
      'table',
    ]);
    expect(configuration.records).toEqual([
      {
        succeeded: true,
        serial: 'T1,T3',
        each: [{ serial: 'T1' }, { serial: 'T3' }],
        detail: 'migration from oldstaff to newstaff',
        info: '2 tokens of 3 migrated',
      },
    ]);
  });

  it('leaves out a login that is several people’s in the target', async () => {
    const { migrate, owners, directory } = given();
    directory.ambiguous.add('anna');
    await expect(migrate()).resolves.toMatchObject({ moved: 1 });
    expect(owners()[0]).toBe('oldstaff 1');
  });

  it.each([
    ['oldstaff', 'nobody'],
    ['nobody', 'newstaff'],
  ])('knows no way from %s to %s', async (from, to) => {
    await expect(given().migrate(from, to)).rejects.toThrow(UnknownMigration);
  });

  it.each([
    ['oldstaff', 'local'],
    ['local', 'newstaff'],
  ])('moves nothing from %s to %s, whatever the rights', async (from, to) => {
    const { migrate, owners, directory } = given();
    await expect(migrate(from, to)).rejects.toThrow(MigrationOfAdministrators);
    expect(owners()[0]).toBe('oldstaff 1');
    expect(directory.asked).toBe(0);
  });

  describe('of a resolver of the admin realm', () => {
    const inAdminRealm = (name: string) => {
      const all = given();
      const join = () =>
        all.configuration.elsewhere(({ realms }) =>
          realms.set('linotp_admins', { name: 'linotp_admins', resolvers: ['other', name] }),
        );
      return { ...all, join };
    };

    it.each(['oldstaff', 'newstaff'])('takes more rights: %s', async (name) => {
      const { migrate, owners, rights, join } = inAdminRealm(name);
      await migrate();
      expect(rights.demanded).toBe(0);
      join();
      rights.areMissing = true;
      await expect(migrate()).rejects.toThrow('no right');
      rights.areMissing = false;
      await expect(migrate()).resolves.toMatchObject({ total: 1 });
      expect(owners()[0]).toBe('newstaff 100');
    });

    it('takes them also where it came into the realm meanwhile', async () => {
      const { migrate, owners, rights, join, configuration } = inAdminRealm('newstaff');
      rights.areMissing = true;
      configuration.meanwhile = join;
      await expect(migrate()).rejects.toThrow('no right');
      expect(owners()[0]).toBe('oldstaff 1');
    });
  });

  it.each(['oldstaff', 'newstaff'])('moves nothing when %s does not answer', async (source) => {
    const { migrate, owners, directory, configuration } = given();
    directory.away.add(source);
    await expect(migrate()).rejects.toThrow(Unavailable);
    expect(owners()).toEqual(['oldstaff 1', 'oldstaff 2', 'oldstaff 3', 'third 1']);
    expect(configuration.records).toEqual([]);
  });

  it('asks a directory that is away no more than its first questions', async () => {
    const { migrate, directory, configuration } = given();
    configuration.tokens = Array.from({ length: 100 }, (_token, i) => owned(`T${i}`, `${i}`));
    directory.away.add('oldstaff');
    await expect(migrate()).rejects.toThrow(Unavailable);
    expect(directory.asked).toBeLessThanOrEqual(8);
  });

  it('does not move tokens to a resolver that was removed meanwhile', async () => {
    const { migrate, owners, configuration } = given();
    configuration.meanwhile = () => configuration.elsewhere(({ resolvers }) => resolvers.delete('newstaff'));
    await expect(migrate()).rejects.toThrow(UnknownMigration);
    expect(owners()[0]).toBe('oldstaff 1');
  });

  it('asks again when a resolver leads elsewhere meanwhile', async () => {
    const { migrate, owners, configuration } = given();
    configuration.meanwhile = () =>
      configuration.elsewhere(({ resolvers }) =>
        resolvers.set('newstaff', tableResolver('newstaff', { source: 'oldstaff' }, { revision: 'theirs' })),
      );
    await expect(migrate()).resolves.toMatchObject({ moved: 3, total: 3 });
    expect(owners()).toEqual(['newstaff 1', 'newstaff 2', 'newstaff 3', 'third 1']);
  });
});
