import type { ConfigurationSnapshot } from '../configuration.js';
import type { MessageKind } from './message-gateway.js';
import { LEGACY_PROVIDER, type ProviderDefinition, defaultProvider, findProvider } from './provider.js';

type Providers = Pick<ConfigurationSnapshot, 'providers' | 'entries'>;

/**
 * The providers that the value of a policy `<kind>_provider` names, in its order (spec/system-api §6.1): blanks stand
 * between those of SMS; of other kinds it is one name. A name may have blanks itself.
 *
 * @param value `null` or blank: none is named, the default one counts
 */
export function namedProviders(
  configuration: Providers,
  kind: MessageKind,
  value: string | null,
): readonly string[] {
  const whole = value?.trim() ?? '';
  if (whole === '') return [];
  if (kind !== 'sms' || findProvider(configuration, kind, whole)) return [whole];
  return [...new Set(whole.split(/\s+/))];
}

/** The definitions behind names: those that exist, and the names of those that do not. */
export interface ProviderChoice {
  readonly providers: readonly ProviderDefinition[];
  readonly missing: readonly string[];
}

/** @param names none: the default provider, and LinOTP's name for it where there is none */
export function chosenProviders(
  configuration: Providers,
  kind: MessageKind,
  names: readonly string[],
): ProviderChoice {
  if (names.length === 0) {
    const byDefault = defaultProvider(configuration, kind);
    return byDefault
      ? { providers: [byDefault], missing: [] }
      : { providers: [], missing: [LEGACY_PROVIDER] };
  }
  const found = names.map((name) => ({ name, provider: findProvider(configuration, kind, name) }));
  return {
    providers: found.flatMap(({ provider }) => provider ?? []),
    missing: found.flatMap(({ name, provider }) => (provider ? [] : name)),
  };
}
