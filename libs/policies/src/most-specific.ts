import type { CompiledPolicy } from './compiled-policy.js';
import type { Condition, Precision } from './conditions/condition.js';
import type { PreparedQuery } from './prepared-query.js';

/** A policy that matches a query, and how precisely each condition does; `null`: it was not asked about. */
export interface Candidate {
  readonly compiled: CompiledPolicy;
  readonly user: Precision | null;
  readonly realm: Precision | null;
  readonly client: Precision | null;
}

/** `null`: one of the conditions that the query asks about does not match. The action has been looked at before. */
export function candidateFor(compiled: CompiledPolicy, query: PreparedQuery): Candidate | null {
  const realm = precisionOf(compiled.realm, query.realm);
  if (realm === null && query.realm !== undefined) return null;
  const user = precisionOf(compiled.user, query.subject);
  if (user === null && query.subject !== undefined) return null;
  const isClientAsked = asksClient(compiled, query);
  const client = isClientAsked ? precisionOf(compiled.client, query.address) : null;
  if (client === null && isClientAsked) return null;
  if (query.time !== undefined && compiled.time.match(query.time).precision === null) return null;
  return { compiled, realm, user, client };
}

/** Whether the query filters by the policy's client condition. */
export function asksClient({ policy }: CompiledPolicy, query: PreparedQuery): boolean {
  return query.address !== undefined && !(query.emptyClientIsAny && policy.client === '');
}

function precisionOf<Asked>(condition: Condition<Asked>, asked: Asked | undefined): Precision | null {
  return asked === undefined ? null : condition.match(asked).precision;
}

/** The most specific of the candidates: by user, of those by realm, of those by client (spec/policies §4.1). */
export function mostSpecific(candidates: readonly Candidate[]): readonly Candidate[] {
  if (candidates.length < 2) return candidates;
  let left = select(candidates, ({ user }) => user);
  left = select(left, ({ realm }) => realm);
  return select(left, ({ client }) => client);
}

const CLASSES: readonly Precision[] = ['exact', 'regex', 'wildcard'];

function select(
  candidates: readonly Candidate[],
  classOf: (candidate: Candidate) => Precision | null,
): readonly Candidate[] {
  for (const precision of CLASSES) {
    const selected = candidates.filter((candidate) => classOf(candidate) === precision);
    if (selected.length > 0) return selected;
  }
  return candidates;
}
