import {
  CONTEXT,
  ConfigurationInMemory,
  tableResolver,
} from '../../../../test/support/domain/configuration-in-memory.js';
import { AdminRealmProtected, ResolverInUse, ResolverProtected } from '../realms.errors.js';
import { RemoveRealm } from './remove-realm.js';
import { RemoveResolver } from './remove-resolver.js';

function given() {
  const configuration = new ConfigurationInMemory({
    resolvers: [
      tableResolver('staff'),
      tableResolver('guests'),
      tableResolver('admins', {}, { type: 'local-administrators', readonly: true }),
      tableResolver('imported', {}, { type: 'managed', readonly: true }),
    ],
    realms: [
      { name: 'linotp_admins', resolvers: ['admins'] },
      { name: 'home', resolvers: ['staff'] },
      { name: 'work', resolvers: ['guests', 'staff'] },
    ],
  });
  configuration.elsewhere(({ entries }) =>
    entries.set('DefaultRealm', { value: 'home', type: '', description: '' }),
  );
  configuration.tokens = [
    { serial: 'T1', resolver: 'staff', resolverType: 'table', userId: '1', realms: ['home', 'work'] },
    { serial: 'T2', resolver: 'imported', resolverType: 'managed', userId: '2', realms: ['work'] },
  ];
  return {
    configuration,
    removeRealm: (name: string) => new RemoveRealm(configuration).execute(name, CONTEXT),
    removeResolver: (name: string) => new RemoveResolver(configuration).execute(name, CONTEXT),
  };
}

describe('RemoveResolver', () => {
  it('removes one that no realm uses; its users’ tokens stay theirs', async () => {
    const { removeResolver, configuration } = given();
    await expect(removeResolver('imported')).resolves.toBe(true);
    expect(configuration.stored.resolvers.has('imported')).toBe(false);
    expect(configuration.tokens[1]).toMatchObject({ resolver: 'imported', userId: '2' });
    expect(configuration.records).toEqual([{ succeeded: true, info: 'imported' }]);
  });

  it('names the realms that use it', async () => {
    const { removeResolver, configuration } = given();
    await expect(removeResolver('staff')).rejects.toMatchObject({ realms: ['home', 'work'] });
    await expect(removeResolver('staff')).rejects.toThrow(ResolverInUse);
    expect(configuration.stored.resolvers.has('staff')).toBe(true);
  });

  it('keeps the local administrators’ own', async () => {
    await expect(given().removeResolver('admins')).rejects.toThrow(ResolverProtected);
  });

  it.each(['nobody', 'STAFF', ''])('knows no %j, and records that nothing was done', async (name) => {
    const { removeResolver, configuration } = given();
    await expect(removeResolver(name)).resolves.toBe(false);
    expect(configuration.records).toEqual([{ succeeded: false, info: name }]);
  });
});

describe('RemoveRealm', () => {
  it('takes tokens out of it, whoever owns them', async () => {
    const { removeRealm, configuration } = given();
    await expect(removeRealm('work')).resolves.toBe(true);
    expect(configuration.stored.realms.has('work')).toBe(false);
    expect(configuration.tokens.map(({ realms }) => realms)).toEqual([['home'], []]);
    expect(configuration.stored.settings.defaultRealm).toBe('home');
  });

  it('leaves no default realm when it was that', async () => {
    const { removeRealm, configuration } = given();
    await expect(removeRealm(' HOME ')).resolves.toBe(true);
    expect(configuration.stored.settings.defaultRealm).toBeNull();
    expect(configuration.records).toEqual([{ succeeded: true, info: 'home' }]);
  });

  it.each(['linotp_admins', 'LinOTP_Admins', ' linotp_admins '])('keeps the realm %j', async (name) => {
    const { removeRealm, configuration } = given();
    await expect(removeRealm(name)).rejects.toThrow(AdminRealmProtected);
    expect(configuration.stored.realms.has('linotp_admins')).toBe(true);
  });

  it('knows no others', async () => {
    const { removeRealm, configuration } = given();
    await expect(removeRealm('nowhere')).resolves.toBe(false);
    expect(configuration.stored.realms.size).toBe(3);
  });
});
