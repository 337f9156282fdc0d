import type { ConfigurationSnapshot, ResolverDefinition, ResolverType } from '@app/realms';

interface ResolverNames {
  /** As `type` in requests and answers. */
  readonly type: string;
  /** The class part of a specification. */
  readonly className: string;
  /** The parameter that `entry` names. */
  readonly entry: string;
}

const SQL: ResolverNames = { type: 'sqlresolver', className: 'SQLIdResolver', entry: 'Where' };

const NAMES: ReadonlyMap<ResolverType, ResolverNames> = new Map([
  ['passwd', { type: 'passwdresolver', className: 'PasswdIdResolver', entry: 'fileName' }],
  ['ldap', { type: 'ldapresolver', className: 'LDAPIdResolver', entry: 'USERINFO' }],
  ['sql', SQL],
  // LinOTP keeps its imported users and its local administrators in its own database; clients know them under that type.
  ['managed', SQL],
  ['local-administrators', SQL],
]);

/** The type that `setResolver` means by a name; another name may be one that the directory knows all the same. */
export function resolverTypeOf(name: string): ResolverType {
  for (const [type, names] of NAMES) if (names.type === name) return type;
  return name;
}

// A type that has no name of LinOTP's goes by its own.
function namesOf(type: ResolverType): ResolverNames {
  return NAMES.get(type) ?? { type, className: type, entry: 'name' };
}

export function resolverTypeName(resolver: Pick<ResolverDefinition, 'type'>): string {
  return namesOf(resolver.type).type;
}

/** The specification of a token owner's resolver, which may be gone from the configuration. */
export function ownerSpecification(owner: { resolver: string; resolverType: string }): string {
  return resolverSpecification({ type: owner.resolverType, name: owner.resolver });
}

/** The `type` of a token owner's resolver, which may be gone from the configuration. */
export function ownerResolverType(type: ResolverType): string {
  return namesOf(type).type;
}

/** `useridresolver.PasswdIdResolver.IdResolver.<name>` (spec/system-api §3). */
export function resolverSpecification(resolver: Pick<ResolverDefinition, 'type' | 'name'>): string {
  return `useridresolver.${namesOf(resolver.type).className}.IdResolver.${resolver.name}`;
}

/** The configuration key that LinOTP shows for a resolver. */
export function resolverEntry(resolver: ResolverDefinition): string {
  const { type, entry } = namesOf(resolver.type);
  return `linotp.${type}.${entry}.${resolver.name}`;
}

/**
 * The resolver that a specification names: long form, the historic `useridresolveree.`, or `passwdresolver.<name>`.
 * @returns `null` for one that does not exist or has another type
 */
export function resolverBySpecification(
  specification: string,
  configuration: ConfigurationSnapshot,
): ResolverDefinition | null {
  const normal = specification.replace(/^useridresolveree\./, 'useridresolver.');
  for (const resolver of configuration.resolvers.values()) {
    const short = `${resolverTypeName(resolver)}.${resolver.name}`;
    if (normal === resolverSpecification(resolver) || normal === short) return resolver;
  }
  return null;
}

/** Whether administrators come from this resolver. */
export function isAdminResolver(resolver: ResolverDefinition, configuration: ConfigurationSnapshot): boolean {
  return configuration.realms.get(configuration.adminRealm)?.resolvers.includes(resolver.name) ?? false;
}

/** The installation's own administrators: shown, never changed over the API. */
export function isImmutable(resolver: ResolverDefinition): boolean {
  return resolver.type === 'local-administrators';
}
