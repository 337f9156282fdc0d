import type { Secret } from '@app/kernel';

/** One kind of source of users: `passwd`, `ldap`, `sql`, `managed`, `local-administrators`. Known to the directory. */
export type ResolverType = string;

export interface ResolverDefinition {
  readonly name: string;
  readonly type: ResolverType;
  /** Type specific settings by their own names, e.g. `fileName`, `LDAPURI`. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Those of them that are secret, e.g. `BINDPW`. */
  readonly secrets: Readonly<Record<string, Secret>>;
  readonly readonly: boolean;
  /** Changes whenever anything else here does: what is kept about a resolver is kept by it. `''`: not stored. */
  readonly revision: string;
}

/** One setting of a type of resolvers. */
export interface ResolverParameter {
  readonly name: string;
  readonly isRequired: boolean;
  /** Sealed when stored, never shown. */
  readonly isSecret: boolean;
  /** Stored secrets belong to what these settings name: after a change of one they have to be given again. */
  readonly guardsSecrets: boolean;
  /** What an absent one means and is shown as; `null`: it stays absent. */
  readonly fallback: string | null;
  readonly meaning: string;
}

/** What there is to know about a type of resolvers without asking one. */
export interface ResolverTypeDescription {
  readonly parameters: readonly ResolverParameter[];
  /** What user ids are made of: tokens follow their owners by login name when it changes. `''`: it cannot. */
  userIdSource(parameters: Readonly<Record<string, string>>): string;
  /** Whether administrators may define one; the others come into being otherwise. */
  readonly isDefinable: boolean;
}
