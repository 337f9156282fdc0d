import type { ResolverDefinition } from '../configuration.js';

/** An administrator whose identity is established. */
export interface AuthenticatedAdministrator {
  readonly username: string;
  readonly realm: string;
  readonly resolver: ResolverDefinition;
  /** What their sessions bear as issue time. */
  readonly issuedAt: Date;
}

/** The resolver type of Twinlock's own administrators. */
export function isLocal(resolver: ResolverDefinition): boolean {
  return resolver.type === 'local-administrators';
}
