import { Secret } from '@app/kernel';

import type { ConfigurationSnapshot } from '../configuration.js';
import { cataloguedSetting } from '../settings/setting-catalogue.js';

export const PROVIDER_TYPES = ['sms', 'email', 'push', 'voice'] as const;
export type ProviderType = (typeof PROVIDER_TYPES)[number];

/** One way out for messages (spec/system-api §6.1). */
export interface ProviderDefinition {
  readonly type: ProviderType;
  readonly name: string;
  /** As given: with or without the path that LinOTP's classes have in front. */
  readonly className: string;
  /** Seconds: a number, or `connect,read`. */
  readonly timeout: string;
  /** JSON text as given; passwords and tokens are in it. */
  readonly config: Secret;
  /** Whoever changes or removes it must know the password; `null`: anybody may. */
  readonly managedHash: string | null;
}

/** The provider that LinOTP's settings of version 2 describe. */
export const LEGACY_PROVIDER = 'imported_default';

/** The settings that make up the provider `imported_default` of a type. */
export interface LegacyProviderKeys {
  readonly className: string;
  readonly config: string;
  readonly timeout: string;
}

const LEGACY_KEYS: Readonly<Partial<Record<ProviderType, LegacyProviderKeys>>> = {
  sms: { className: 'SMSProvider', config: 'SMSProviderConfig', timeout: 'SMSProviderTimeout' },
  email: { className: 'EmailProvider', config: 'EmailProviderConfig', timeout: 'EmailBlockingTimeout' },
};

/** `null` for any provider but the legacy ones. */
export function legacyKeys(type: ProviderType, name: string): LegacyProviderKeys | null {
  return name === LEGACY_PROVIDER ? (LEGACY_KEYS[type] ?? null) : null;
}

/** The setting that names the default provider of a type. */
export function defaultProviderKey(type: ProviderType): string {
  return `Provider.Default.${type}_provider`;
}

type Providers = Pick<ConfigurationSnapshot, 'providers' | 'entries'>;

/** All providers of a type, the legacy one last, which is there once it has a configuration. */
export function providersOf(configuration: Providers, type: ProviderType): readonly ProviderDefinition[] {
  const legacy = legacyProvider(configuration, type);
  const defined = configuration.providers.filter((provider) => provider.type === type);
  return legacy ? [...defined, legacy] : defined;
}

export function findProvider(
  configuration: Providers,
  type: ProviderType,
  name: string,
): ProviderDefinition | null {
  return providersOf(configuration, type).find((provider) => provider.name === name) ?? null;
}

/** The chosen one; the first where none was chosen. `null`: there is none at all. */
export function defaultProvider(configuration: Providers, type: ProviderType): ProviderDefinition | null {
  const chosen = configuration.entries.get(defaultProviderKey(type))?.value;
  const providers = providersOf(configuration, type);
  return providers.find(({ name }) => name === chosen) ?? providers[0] ?? null;
}

function legacyProvider({ entries }: Providers, type: ProviderType): ProviderDefinition | null {
  const keys = legacyKeys(type, LEGACY_PROVIDER);
  const config = keys ? entries.get(keys.config)?.value : undefined;
  if (!keys || config === undefined || config === '') return null;
  const text = (key: string) => {
    const stored = entries.get(key)?.value;
    return typeof stored === 'string' && stored !== '' ? stored : (cataloguedSetting(key)?.fallback ?? '');
  };
  return {
    type,
    name: LEGACY_PROVIDER,
    className: text(keys.className),
    timeout: text(keys.timeout),
    config: typeof config === 'string' ? Secret.fromText(config) : config,
    managedHash: null,
  };
}
