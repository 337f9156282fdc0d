import type { ConfigurationSnapshot, ResolverDefinition } from '@app/realms';

import {
  isAdminResolver,
  isImmutable,
  resolverEntry,
  resolverSpecification,
  resolverTypeName,
} from './resolver-names.js';

/** A resolver without its settings (spec/system-api §4.1, getResolvers). */
export function resolverObject(resolver: ResolverDefinition, configuration: ConfigurationSnapshot) {
  return {
    resolvername: resolver.name,
    entry: resolverEntry(resolver),
    type: resolverTypeName(resolver),
    spec: resolverSpecification(resolver),
    admin: isAdminResolver(resolver, configuration),
    immutable: isImmutable(resolver),
    ...(resolver.readonly && { readonly: true }),
  };
}
