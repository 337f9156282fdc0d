import type { ConfigurationSnapshot, ResolverDefinition, ResolverType } from '@app/realms';

interface ResolverNames {
  /** As `type` in requests and answers. */
  readonly type: string;
  /** The class part of a specification. */
  readonly className: string;
  /** The parameter that `entry` names. */
  readonly entry: string;
}

const NAMES: Readonly<Record<ResolverType, ResolverNames>> = {
  passwd: { type: 'passwdresolver', className: 'PasswdIdResolver', entry: 'fileName' },
  // LinOTP keeps its local administrators in an SQL resolver; clients know them under that type.
  'local-administrators': { type: 'sqlresolver', className: 'SQLIdResolver', entry: 'Where' },
};

/** Types that `setResolver` can make. */
const DEFINABLE = new Map<string, ResolverType>([[NAMES.passwd.type, 'passwd']]);

export function definableResolverType(name: string): ResolverType | null {
  return DEFINABLE.get(name) ?? null;
}

export function resolverTypeName(resolver: Pick<ResolverDefinition, 'type'>): string {
  return NAMES[resolver.type].type;
}

/**
 * The specification of a token owner's resolver, which may be gone from the configuration.
 * @returns `''` for a type that this release does not know
 */
export function ownerSpecification(owner: { resolver: string; resolverType: string }): string {
  const { resolverType: type, resolver: name } = owner;
  return isResolverType(type) ? resolverSpecification({ type, name }) : '';
}

/** The `type` of a token owner's resolver, which may be gone from the configuration. */
export function ownerResolverType(type: string): string {
  return isResolverType(type) ? NAMES[type].type : '';
}

function isResolverType(type: string): type is ResolverType {
  return Object.hasOwn(NAMES, type);
}

/** `useridresolver.PasswdIdResolver.IdResolver.<name>` (spec/system-api §3). */
export function resolverSpecification(resolver: Pick<ResolverDefinition, 'type' | 'name'>): string {
  return `useridresolver.${NAMES[resolver.type].className}.IdResolver.${resolver.name}`;
}

/** The configuration key that LinOTP shows for a resolver. */
export function resolverEntry(resolver: ResolverDefinition): string {
  const { type, entry } = NAMES[resolver.type];
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
