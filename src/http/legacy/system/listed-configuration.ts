import { Secret } from '@app/kernel';
import type { Policy } from '@app/policies';
import {
  type ConfigurationSnapshot,
  type ProviderDefinition,
  type ProviderType,
  type ResolverDefinition,
  SETTING_CATALOGUE,
  type UserDirectory,
} from '@app/realms';

import { localTime } from '../tokens/local-time.js';
import { SECRET_MASK } from '../tokens/masked.js';
import { resolverSpecification, resolverTypeName } from '../users/resolver-names.js';
import { POLICY_ATTRIBUTES } from './policy-object.js';

const PROVIDER_PREFIX: Readonly<Record<ProviderType, string>> = {
  sms: 'SMSProvider',
  email: 'EmailProvider',
  push: 'PushProvider',
  voice: 'VoiceProvider',
};

/** The whole configuration as LinOTP's table of keys and texts shows it, sorted; secrets are masked (recording 275). */
export function listedConfiguration(
  configuration: ConfigurationSnapshot,
  directory: UserDirectory,
): ReadonlyMap<string, string> {
  const all = new Map<string, string>([
    ...SETTING_CATALOGUE.flatMap(({ key, isListed, fallback }): [string, string][] =>
      isListed && fallback !== null ? [[key, fallback]] : [],
    ),
    ...[...configuration.entries].map(([key, { value }]): [string, string] => [
      key,
      value instanceof Secret ? SECRET_MASK : value,
    ]),
    ...[...configuration.resolvers.values()].flatMap((resolver) => resolverKeys(resolver, directory)),
    ...[...configuration.realms.values()].map(({ name, resolvers }): [string, string] => [
      `useridresolver.group.${name}`,
      resolvers
        .flatMap((resolver) => configuration.resolvers.get(resolver) ?? [])
        .map(resolverSpecification)
        .join(','),
    ]),
    ...configuration.providers.flatMap(providerKeys),
    ...configuration.policies.all.flatMap(policyKeys),
    ['Config', localTime(configuration.changedAt)],
  ]);
  return new Map([...all].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function resolverKeys(resolver: ResolverDefinition, directory: UserDirectory): [string, string][] {
  const parameters = directory.describe(resolver.type)?.parameters ?? [];
  const keyOf = (parameter: string) => `${resolverTypeName(resolver)}.${parameter}.${resolver.name}`;
  const shown = parameters.flatMap(({ name, isSecret, fallback }): [string, string][] => {
    const value = isSecret ? SECRET_MASK : (resolver.parameters[name] ?? fallback);
    return value === null ? [] : [[keyOf(name), value]];
  });
  return resolver.readonly ? [...shown, [keyOf('readonly'), 'True']] : shown;
}

function providerKeys({
  type,
  name,
  className,
  timeout,
  managedHash,
}: ProviderDefinition): [string, string][] {
  const key = `${PROVIDER_PREFIX[type]}.${name}`;
  return [
    [key, className],
    [`${key}.Config`, SECRET_MASK],
    [`${key}.Timeout`, timeout],
    ...(managedHash === null ? [] : [[`${key}.Managed`, SECRET_MASK] satisfies [string, string]]),
  ];
}

function policyKeys(policy: Policy): [string, string][] {
  return POLICY_ATTRIBUTES.map((attribute) => [`Policy.${policy.name}.${attribute}`, policy[attribute]]);
}
