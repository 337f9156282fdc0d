/** By which tokens are counted; `tokens` that are alike in all of it. */
export interface TokenKind {
  /** Lower case. */
  readonly realms: readonly string[];
  readonly isActive: boolean;
  readonly isAssigned: boolean;
  readonly tokens: number;
}

/** What a report may tell of tokens (spec/admin-api §5.3). */
export const TOKEN_STATUSES = [
  'total',
  'active',
  'inactive',
  'assigned',
  'unassigned',
  'active&assigned',
  'active&unassigned',
  'inactive&assigned',
  'inactive&unassigned',
] as const;

/** The realm, in counts, of tokens that are in none. */
export const NO_REALM = '';

const CONDITIONS: Readonly<Record<string, (kind: TokenKind) => boolean>> = {
  active: ({ isActive }) => isActive,
  inactive: ({ isActive }) => !isActive,
  assigned: ({ isAssigned }) => isAssigned,
  unassigned: ({ isAssigned }) => !isAssigned,
};

/** Whether tokens can be counted by it: `total`, or any of the four words, joined by `&`. */
export function isCountable(status: string): boolean {
  return status === 'total' || status.split('&').every((word) => Object.hasOwn(CONDITIONS, word));
}

/** How many are in this state. @param status one that is countable */
export function countTokensIn(kinds: readonly TokenKind[], status: string): number {
  const conditions = status === 'total' ? [] : status.split('&').map((word) => CONDITIONS[word]);
  return kinds
    .filter((kind) => conditions.every((holds) => holds?.(kind)))
    .reduce((sum, { tokens }) => sum + tokens, 0);
}

/** Those in any of these realms, each once however many of them it is in. */
export function kindsOfRealms(kinds: readonly TokenKind[], realms: readonly string[]): readonly TokenKind[] {
  const wanted = new Set(realms);
  return kinds.filter((kind) =>
    kind.realms.length === 0 ? wanted.has(NO_REALM) : kind.realms.some((realm) => wanted.has(realm)),
  );
}
