import { Secret } from '@app/kernel';

import type { SettingEntry } from '../configuration.js';
import { chosenProviders, namedProviders } from './named-providers.js';
import type { ProviderDefinition, ProviderType } from './provider.js';

function given(...providers: readonly (readonly [ProviderType, string])[]) {
  return {
    providers: providers.map(([type, name]): ProviderDefinition => ({
      type,
      name,
      className: 'x',
      timeout: '5',
      config: Secret.fromText('{}'),
      managedHash: null,
    })),
    entries: new Map<string, SettingEntry>(),
  };
}

describe('the value of a policy', () => {
  const configuration = given(['sms', 'a'], ['sms', 'b'], ['sms', 'two words'], ['email', 'a b']);

  it.each([
    ['sms', null, []],
    ['sms', '  ', []],
    ['sms', 'b  a\tb', ['b', 'a']],
    ['sms', ' two words ', ['two words']],
    ['sms', 'two a', ['two', 'a']],
    ['email', 'a b', ['a b']],
    ['voice', 'a b', ['a b']],
  ] as const)('of %s, %j, names %j', (kind, value, names) => {
    expect(namedProviders(configuration, kind, value)).toEqual(names);
  });
});

describe('names of providers', () => {
  const configuration = given(['sms', 'a'], ['sms', 'b'], ['email', 'c']);
  const chosen = (kind: 'sms' | 'email' | 'voice', ...names: string[]) => {
    const { providers, missing } = chosenProviders(configuration, kind, names);
    return { providers: providers.map(({ name }) => name), missing };
  };

  it('stand for what was defined under them, of their kind, in their order', () => {
    expect(chosen('sms', 'b', 'c', 'a')).toEqual({ providers: ['b', 'a'], missing: ['c'] });
  });

  it('may be left out where there is a default', () => {
    expect(chosen('email')).toEqual({ providers: ['c'], missing: [] });
    configuration.entries.set('Provider.Default.sms_provider', { value: 'b', type: '', description: '' });
    expect(chosen('sms')).toEqual({ providers: ['b'], missing: [] });
    expect(chosen('voice')).toEqual({ providers: [], missing: ['imported_default'] });
  });
});
