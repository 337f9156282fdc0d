import type { OwnerSelection, TokenFilter } from '@app/tokens';

import { type SqlValues, likePattern, ownerCondition, serialCondition } from './token-conditions.js';

/** The parts of a filter that the tally can answer as well; table `t` is `token` or `token_tally`. */
export function kindCondition(filter: TokenFilter, values: SqlValues): string {
  const parts: string[] = [];
  if (filter.within) parts.push(`t.realms && ${values.add(filter.within)}::text[]`);
  // Spelt out, so that the partial indexes are used.
  if (filter.active !== undefined) parts.push(filter.active ? 't.active' : 'NOT t.active');
  if (filter.realms === 'none') parts.push(`t.realms = '{}'`);
  else if (filter.realms) parts.push(`t.realms && ${values.add(filter.realms)}::text[]`);
  if (filter.unassigned) parts.push('t.owner_resolver IS NULL');
  if (filter.resolver !== undefined) parts.push(`t.owner_resolver = ${values.add(filter.resolver)}`);
  return parts.join(' AND ') || 'true';
}

/** Whether the tally can answer all of it but for the text. */
export function hasOnlyKinds({ serial, owners, userId }: TokenFilter): boolean {
  return serial === undefined && owners === undefined && userId === undefined;
}

export function filterCondition(filter: TokenFilter, values: SqlValues): string {
  const parts = [kindCondition(filter, values)];
  if (filter.serial !== undefined) parts.push(serialCondition(filter.serial, values));
  if (filter.userId !== undefined) parts.push(`t.owner_user_id = ${values.add(filter.userId)}`);
  if (filter.owners) parts.push(anyOf(filter.owners.map((selection) => ownersCondition(selection, values))));
  if (filter.text) {
    parts.push(anyOf([containsCondition(filter.text, values), ...textKindConditions(filter.text, values)]));
  }
  return parts.join(' AND ');
}

/** Of a text: where it stands. */
export function containsCondition({ contains }: NonNullable<TokenFilter['text']>, values: SqlValues): string {
  const pattern = values.add(`%${likePattern(contains)}%`);
  return anyOf(['t.description', 't.serial', 't.owner_user_id'].map((column) => `${column} LIKE ${pattern}`));
}

/** Of a text: the types and resolvers whose names hold it. */
export function textKindConditions(
  { types, resolvers }: NonNullable<TokenFilter['text']>,
  values: SqlValues,
): string[] {
  return [
    ...(types.length > 0 ? [`t.type = ANY(${values.add(types)}::text[])`] : []),
    ...(resolvers.length > 0 ? [`t.owner_resolver = ANY(${values.add(resolvers)}::text[])`] : []),
  ];
}

function ownersCondition({ references, resolvers = [], realms }: OwnerSelection, values: SqlValues): string {
  const owned = anyOf([
    ...(references.length > 0 ? [ownerCondition(references, values)] : []),
    ...(resolvers.length > 0 ? [`t.owner_resolver = ANY(${values.add(resolvers)}::text[])`] : []),
  ]);
  if (!realms) return owned;
  return `(${owned} AND (t.realms = '{}' OR t.realms && ${values.add(realms)}::text[]))`;
}

function anyOf(conditions: readonly string[]): string {
  return conditions.length === 0 ? 'false' : `(${conditions.join(' OR ')})`;
}
