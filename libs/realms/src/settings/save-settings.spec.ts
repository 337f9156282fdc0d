import { Secret } from '@app/kernel';

import { CONTEXT, ConfigurationInMemory } from '../../../../test/support/domain/configuration-in-memory.js';
import { RemoveSetting } from './remove-setting.js';
import { type HostNames, SaveSettings, type SettingWish } from './save-settings.js';

const HOSTS: HostNames = {
  addresses: (name) => Promise.resolve(name === 'proxy.example' ? ['192.0.2.7'] : []),
};

const wish = (name: string, value: string | null, type: string | null = null): SettingWish => ({
  name,
  value,
  type,
  description: null,
});

function given() {
  const configuration = new ConfigurationInMemory({ realms: [{ name: 'staff', resolvers: [] }] });
  const saving = new SaveSettings(configuration, HOSTS);
  return {
    configuration,
    save: (...wishes: SettingWish[]) => saving.execute(wishes, (pairs) => pairs.join(', '), CONTEXT),
    valueOf: (key: string) => {
      const value = configuration.stored.entries.get(key)?.value;
      return value instanceof Secret
        ? `sealed ${value.use((bytes) => Buffer.from(bytes).toString())}`
        : value;
    },
  };
}

describe('SaveSettings', () => {
  it('stores known and unknown settings, with one record', async () => {
    const { configuration, save, valueOf } = given();
    await save(wish('linotp.pagesize', '20'), wish('mine', 'x'));
    expect([valueOf('pagesize'), valueOf('mine')]).toEqual(['20', 'x']);
    expect(configuration.current().settings.pageSize).toBe(20);
    expect(configuration.records).toEqual([{ succeeded: true, info: 'linotp.pagesize=20, mine=x' }]);
  });

  it.each([
    ['by its type', wish('mine', 'hidden', 'password')],
    ['by another spelling of it', wish('mine', 'hidden', 'Encrypted_Data')],
    ['by its key', wish('yubico.secret', 'hidden')],
    ['by its key, whatever its type', wish('EmailProviderConfig', 'hidden', 'text')],
  ])('seals a secret %s, and tells the record nothing', async (_how, secret) => {
    const { configuration, save, valueOf } = given();
    await expect(save(secret)).resolves.toEqual([{ name: secret.name, isSealed: true }]);
    expect(valueOf(secret.name)).toBe('sealed hidden');
    expect(configuration.records).toEqual([{ succeeded: true, info: `${secret.name}=***` }]);
  });

  it('keeps what was sealed sealed, unless another type says otherwise', async () => {
    const { save, valueOf } = given();
    await save(wish('mine', 'one', 'password'));
    await save(wish('mine', 'two'));
    expect(valueOf('mine')).toBe('sealed two');
    await save(wish('mine', 'three', 'text'));
    expect(valueOf('mine')).toBe('three');
  });

  it('tells the record nothing of what is a secret by its name', async () => {
    const { configuration, save, valueOf } = given();
    await save(wish('gateway.password', 'hidden'));
    expect(valueOf('gateway.password')).toBe('hidden');
    expect(configuration.records).toEqual([{ succeeded: true, info: 'gateway.password=***' }]);
  });

  it('takes an empty secret for none', async () => {
    const { save, valueOf } = given();
    await save(wish('yubico.secret', 'hidden'), wish('yubico.secret', ''));
    expect(valueOf('yubico.secret')).toBe('');
  });

  it('leaves a secret as it is where only its mask came back', async () => {
    const { save, valueOf } = given();
    await save(wish('mine', 'one', 'password'));
    await save(wish('mine', null));
    expect(valueOf('mine')).toBe('sealed one');
    await expect(save(wish('other', null))).rejects.toThrow('other must be given');
  });

  it('names the default realm in lower case, if there is one of that name', async () => {
    const { configuration, save } = given();
    await save(wish('DefaultRealm', ' Staff '));
    expect(configuration.current().settings.defaultRealm).toBe('staff');
    await expect(save(wish('DefaultRealm', 'nosuch'))).rejects.toThrow('must name a realm');
    await save(wish('DefaultRealm', ''));
    expect(configuration.current().settings.defaultRealm).toBeNull();
  });

  it('asks whether hosts exist', async () => {
    const { save, valueOf } = given();
    await save(wish('client.FORWARDED_PROXY', '10.0.0.1, proxy.example'));
    expect(valueOf('client.FORWARDED_PROXY')).toBe('10.0.0.1, proxy.example');
    await expect(save(wish('client.FORWARDED_PROXY', 'nosuch.example'))).rejects.toThrow(
      "client.FORWARDED_PROXY must be of type 'network'",
    );
  });

  it.each([
    [wish('pagesize', 'many'), 'pagesize must be a whole number from 1 to 10000'],
    [wish('DefaultOtpLen', '7'), 'DefaultOtpLen must be 6 or 8'],
    [wish('splitAtSign', 'perhaps'), 'splitAtSign must be True or False'],
    [wish('token.last_access', 'never'), "token.last_access must be of type 'time_format_string'"],
    [wish('passwdresolver.fileName.x', '/x'), 'is changed by system/setResolver'],
    [wish('linotp.Config', 'now'), 'is changed by the server alone'],
    [wish('', 'x'), 'name of 1 to 255 characters'],
    [wish('linotp.', 'x'), 'name of 1 to 255 characters'],
    [wish('x'.repeat(256), 'x'), 'name of 1 to 255 characters'],
    [wish('a\nb', 'x'), 'none of them a control character'],
    [wish('mine', 'x'.repeat(20_001)), 'must have at most 20000 characters'],
    [wish('mine', 'x', 'x'.repeat(2_001)), 'type and a description of at most 2000 characters'],
  ])('refuses $name, and everything that came with it', async (bad, reason) => {
    const { configuration, save } = given();
    await expect(save(wish('good', '1'), bad)).rejects.toThrow(reason);
    expect(configuration.stored.entries.size).toBe(0);
    expect(configuration.records).toEqual([]);
  });

  it('has an end', async () => {
    const { save } = given();
    await save(...Array.from({ length: 2_000 }, (_, place) => wish(`key${place}`, '')));
    await expect(save(wish('one more', ''))).rejects.toThrow('2000 settings');
    await expect(save(wish('key0', 'x'))).resolves.toHaveLength(1);
  });
});

describe('RemoveSetting', () => {
  it('brings the default back, and minds no setting that is not there', async () => {
    const { configuration, save } = given();
    await save(wish('pagesize', '20'));
    const removing = new RemoveSetting(configuration);
    await removing.execute('linotp.pagesize', CONTEXT);
    await removing.execute('nosuch', CONTEXT);
    expect(configuration.current().settings.pageSize).toBe(50);
    expect(configuration.records.slice(1)).toEqual([
      { succeeded: true, info: 'linotp.pagesize' },
      { succeeded: true, info: 'nosuch' },
    ]);
  });

  it('removes nothing that is no setting', async () => {
    const { configuration } = given();
    await expect(new RemoveSetting(configuration).execute('Config', CONTEXT)).rejects.toThrow('server alone');
  });
});
