import { CONTEXT, ConfigurationInMemory } from '../../../../test/support/domain/configuration-in-memory.js';
import type { PasswordHashes } from '../administrators/password-hashes.js';
import { ChooseDefaultProvider } from './choose-default-provider.js';
import { DefineProvider, type ProviderWish } from './define-provider.js';
import { defaultProvider, findProvider, providersOf } from './provider.js';
import { RemoveProvider } from './remove-provider.js';

const MASK = '********';
const PASSWORDS: PasswordHashes = {
  hash: (password) => Promise.resolve(`hash of ${password}`),
  verify: (hash, password) => Promise.resolve(hash === `hash of ${password}`),
  dummy: () => Promise.resolve(),
};

function given() {
  const configuration = new ConfigurationInMemory({});
  const defining = new DefineProvider(configuration, configuration, PASSWORDS);
  const removing = new RemoveProvider(configuration, configuration, PASSWORDS);
  const choosing = new ChooseDefaultProvider(configuration);
  return {
    configuration,
    define: (name: string, changes: Partial<ProviderWish> = {}) =>
      defining.execute(
        {
          type: 'sms',
          name,
          className: 'FileSMSProvider',
          timeout: '10',
          config: '{"file":"/sms"}',
          mask: MASK,
          isDefault: false,
          managed: null,
          ...changes,
        },
        CONTEXT,
      ),
    remove: (name: string, managed: string | null = null) => removing.execute('sms', name, managed, CONTEXT),
    choose: (name: string) => choosing.execute('sms', name, CONTEXT),
    names: () => providersOf(configuration.stored, 'sms').map(({ name }) => name),
    defaultName: () => defaultProvider(configuration.stored, 'sms')?.name,
    configOf: (name: string) =>
      findProvider(configuration.stored, 'sms', name)?.config.use((bytes) => Buffer.from(bytes).toString()),
  };
}

describe('DefineProvider', () => {
  it('makes the first of a type its default, and others when it is told to', async () => {
    const { define, names, defaultName } = given();
    await define('one');
    await define('two');
    expect(defaultName()).toBe('one');
    await define('three', { isDefault: true });
    expect([names(), defaultName()]).toEqual([['one', 'two', 'three'], 'three']);
  });

  it('keeps the configuration where none is given', async () => {
    const { define, configOf } = given();
    await define('one');
    await define('one', { config: null, timeout: '3,5' });
    expect(configOf('one')).toBe('{"file":"/sms"}');
    await expect(define('two', { config: null })).rejects.toThrow('needs file');
  });

  it('keeps secrets whose masks come back', async () => {
    const { define, configOf } = given();
    const http = { className: 'smsprovider.HttpSMSProvider.HttpSMSProvider' };
    await define('gw', { ...http, config: '{"URL":"https://gw.example/","PASSWORD":"hidden"}' });
    await define('gw', {
      ...http,
      config: `{"URL":"https://gw.example/","PASSWORD":"${MASK}","MSISDN":true}`,
    });
    expect(configOf('gw')).toBe('{"URL":"https://gw.example/","PASSWORD":"hidden","MSISDN":true}');
    await expect(
      define('gw', { ...http, config: `{"URL":"https://evil.example/","PASSWORD":"${MASK}"}` }),
    ).rejects.toThrow('URL has changed');
  });

  it.each<[what: string, name: string, changes: Partial<ProviderWish>, reason: string]>([
    ['a class of another type', 'x', { className: 'SMTPEmailProvider' }, 'class: sms providers are of class'],
    ['a class that is none', 'x', { className: 'os.system(1)' }, 'class: sms providers are of class'],
    ['a time that is none', 'x', { timeout: 'soon' }, 'timeout: seconds'],
    ['no time', 'x', { timeout: '0' }, 'timeout: seconds'],
    ['half a time', 'x', { timeout: '3,' }, 'timeout: seconds'],
    ['too long a time', 'x', { timeout: '3601' }, 'timeout: seconds'],
    ['an empty name', '', {}, 'name: a provider has'],
    ['a name with blanks around it', 'x ', {}, 'name: a provider has'],
    ['a name that ends like a setting', 'x.Config', {}, 'name: a provider has'],
    ['a name with a line break', 'x\ny', {}, 'name: a provider has'],
    ['a long name', 'x'.repeat(201), {}, 'name: a provider has'],
    ['text for JSON', 'x', { config: 'file=/sms' }, 'config is not JSON'],
    ['a configuration without what is needed', 'x', { config: '{"file":""}' }, 'needs file'],
    [
      'mail without a server',
      'x',
      { type: 'email', className: 'linotp.provider.emailprovider.SMTPEmailProvider', config: '{}' },
      'Invalid EmailProviderConfig. SMTP_SERVER is required',
    ],
    ['a managed legacy provider', 'imported_default', { managed: 'pw' }, 'cannot be a managed provider'],
    ['a legacy provider with two times', 'imported_default', { timeout: '3,5' }, 'SMSProviderTimeout must'],
  ])('refuses %s', async (_what, name, changes, reason) => {
    const { configuration, define } = given();
    await expect(define(name, changes)).rejects.toThrow(reason);
    expect(configuration.version).toBe(1);
  });

  it('wants the password of a managed provider for every change', async () => {
    const { define, remove, names } = given();
    await define('one', { managed: 'pw' });
    await expect(define('one')).rejects.toThrow('needs its password');
    await expect(define('one', { managed: 'other' })).rejects.toThrow('needs its password');
    await define('one', { managed: 'pw', timeout: '20' });
    await expect(remove('one')).rejects.toThrow('needs its password');
    await expect(remove('one', 'pw')).resolves.toEqual({ kind: 'removed' });
    expect(names()).toEqual([]);
  });

  it('overwrites nothing that became managed meanwhile', async () => {
    const { configuration, define } = given();
    await define('one');
    configuration.meanwhile = () =>
      configuration.elsewhere(({ providers }) => {
        const [[key, provider] = []] = providers;
        if (key && provider) providers.set(key, { ...provider, managedHash: 'hash of pw' });
      });
    await expect(define('one')).rejects.toThrow('needs its password');
  });

  it('writes the legacy provider as the settings that make it up', async () => {
    const { configuration, define, names, defaultName, remove } = given();
    await define('imported_default', { timeout: '20' });
    expect([names(), defaultName()]).toEqual([['imported_default'], 'imported_default']);
    expect(configuration.stored.providers).toEqual([]);
    expect(configuration.stored.entries.get('SMSProviderTimeout')?.value).toBe('20');
    await expect(remove('imported_default')).resolves.toEqual({ kind: 'removed' });
    expect([...configuration.stored.entries.keys()]).toEqual([]);
  });
});

describe('RemoveProvider', () => {
  it('keeps the default until it is the last one', async () => {
    const { define, remove, choose, names } = given();
    await define('one');
    await define('two');
    await expect(remove('one')).resolves.toEqual({ kind: 'default-stays' });
    await expect(choose('two')).resolves.toBe(true);
    await expect(remove('one')).resolves.toEqual({ kind: 'removed' });
    await expect(remove('two')).resolves.toEqual({ kind: 'removed' });
    await expect(remove('two')).resolves.toEqual({ kind: 'unknown' });
    expect(names()).toEqual([]);
  });

  it('leaves no default behind', async () => {
    const { configuration, define, remove } = given();
    await define('one');
    await remove('one');
    expect([...configuration.stored.entries.keys()]).toEqual([]);
  });
});

describe('ChooseDefaultProvider', () => {
  it('chooses only what there is', async () => {
    const { configuration, define, choose, defaultName } = given();
    await define('one');
    await expect(choose('nosuch')).resolves.toBe(false);
    expect(defaultName()).toBe('one');
    expect(configuration.records.at(-1)).toEqual({ succeeded: false, info: 'nosuch' });
  });
});
