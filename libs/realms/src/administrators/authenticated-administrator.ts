import type { ResolverDefinition } from '../resolver.js';

/** An administrator whose identity is established. */
export interface AuthenticatedAdministrator {
  readonly username: string;
  readonly realm: string;
  readonly resolver: ResolverDefinition;
  /** By the database's clock. */
  readonly authenticatedAt: Date;
  /** What their sessions bear as issue time: see `issueTime`. */
  readonly issuedAt: Date;
}

/** The resolver type of Twinlock's own administrators. */
export function isLocalResolver(resolver: ResolverDefinition): boolean {
  return resolver.type === 'local-administrators';
}
