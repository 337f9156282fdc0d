import { readBoolean } from './action-value.js';
import { type CompiledPolicy, isGranting, requestedKeys } from './compiled-policy.js';
import type { Condition, ConditionMatch, Precision } from './conditions/condition.js';
import { type Candidate, asksClient } from './most-specific.js';
import type { Lookup } from './lookup.js';
import type { ExplainedCondition, ExplainedPolicy, PolicyExplanation } from './policy-explanation.js';
import type { ActionValue } from './policy-value.js';
import type { PreparedQuery } from './prepared-query.js';

/** What is made of the policies that match. */
export interface Reading {
  readonly reads: Lookup['reads'];
  readonly isUsed: boolean;
  /** Whether everybody has the action while no policy has it. */
  readonly isOpen: boolean;
  /** Names of those that refuse, since they cannot be read. */
  readonly unreadable: readonly string[];
}

/**
 * @param ofScope  every policy of the query's scope
 * @param chosen   those that were chosen for the query
 */
export function explainPolicies(
  query: PreparedQuery,
  ofScope: readonly CompiledPolicy[],
  chosen: readonly Candidate[],
  reading: Reading,
): PolicyExplanation {
  const { action } = query;
  const { grants, value, deciding } = decide(action, chosen, ofScope, reading);
  const selected = new Set(chosen.map(({ compiled }) => compiled));
  return {
    isScopeInUse: reading.isUsed,
    policies: ofScope.map((compiled) => explainPolicy(compiled, query, selected, deciding)),
    grants,
    value,
    decidedBy: deciding.map(({ policy }) => policy.name),
  };
}

interface Decided {
  readonly grants: boolean | null;
  readonly value: ActionValue | undefined;
  readonly deciding: readonly CompiledPolicy[];
}

function decide(
  action: string | undefined,
  chosen: readonly Candidate[],
  ofScope: readonly CompiledPolicy[],
  { reads, isUsed, isOpen, unreadable }: Reading,
): Decided {
  if (action === undefined) return { grants: null, value: undefined, deciding: [] };
  if (unreadable.length > 0) {
    const deciding = ofScope.filter(({ policy }) => unreadable.includes(policy.name));
    return { grants: false, value: undefined, deciding };
  }
  const compiled = chosen.map((candidate) => candidate.compiled);
  const granting = compiled.filter((one) => isGranting(one, action));
  const giving = compiled.filter(({ actions }) => actions.has(action));
  const value = giving[0]?.actions.get(action);
  if (isOpen && !isUsed) return { grants: true, value, deciding: [] };
  if (reads === 'switch') {
    return { grants: value !== undefined && readBoolean(value), value, deciding: giving.slice(0, 1) };
  }
  if (reads === 'text') return { grants: granting.length > 0, value, deciding: giving.slice(0, 1) };
  return { grants: granting.length > 0, value, deciding: decidingOf(granting, giving, value, reads) };
}

/** Of an action with a text the one that gives it, else all that grant; where none does, the one that refuses. */
function decidingOf(
  granting: readonly CompiledPolicy[],
  giving: readonly CompiledPolicy[],
  value: ActionValue | undefined,
  reads: Lookup['reads'],
): readonly CompiledPolicy[] {
  const [first] = giving;
  if (first === undefined) return granting;
  const hasText = reads === undefined && typeof value === 'string';
  return granting.length === 0 || (hasText && granting.includes(first)) ? [first] : granting;
}

function explainPolicy(
  compiled: CompiledPolicy,
  query: PreparedQuery,
  selected: ReadonlySet<CompiledPolicy>,
  deciding: readonly CompiledPolicy[],
): ExplainedPolicy {
  const { policy, problems } = compiled;
  const conditions = explainConditions(compiled, query);
  const matches = policy.isActive && problems.length === 0 && conditions.every((one) => one.matches);
  return {
    policy,
    matches,
    conditions,
    problems,
    outcome: outcomeOf(),
  };

  function outcomeOf(): ExplainedPolicy['outcome'] {
    if (!policy.isActive) return 'inactive';
    if (problems.length > 0) return deciding.includes(compiled) ? 'decided' : 'broken';
    if (!matches) return 'unmatched';
    if (deciding.includes(compiled)) return 'decided';
    return selected.has(compiled) ? 'chosen' : 'outranked';
  }
}

function explainConditions(compiled: CompiledPolicy, query: PreparedQuery): ExplainedCondition[] {
  const { policy } = compiled;
  return [
    explainAction(compiled, query.action),
    explain('realm', policy.realm, compiled.realm, query.realm),
    explain('user', policy.user, compiled.user, query.subject),
    explain(
      'client',
      policy.client,
      compiled.client,
      asksClient(compiled, query) ? query.address : undefined,
    ),
    explain('time', policy.time, compiled.time, query.time),
  ];
}

function explainAction({ policy, actions }: CompiledPolicy, action: string | undefined): ExplainedCondition {
  const common = { condition: 'action', text: policy.action } as const;
  if (action === undefined) return { ...common, ...NOT_ASKED };
  const entry = [...requestedKeys(action), '*'].find((key) => actions.has(key)) ?? null;
  const precision = entry === null ? null : entry === '*' ? 'wildcard' : 'exact';
  const reason = entry === null ? `has neither the action ${action} nor *` : `has the action ${entry}`;
  return { ...common, isAsked: true, matches: entry !== null, precision, entry, reason };
}

function explain<Asked>(
  name: ExplainedCondition['condition'],
  text: string,
  condition: Condition<Asked>,
  asked: Asked | undefined,
): ExplainedCondition {
  if (asked === undefined) return { condition: name, text, ...NOT_ASKED };
  const { precision, entry } = condition.match(asked);
  const matches = precision !== null;
  return {
    condition: name,
    text,
    isAsked: true,
    matches,
    precision,
    entry,
    reason: reasonFor(name, text, { precision, entry }),
  };
}

const NOT_ASKED = {
  isAsked: false,
  matches: true,
  precision: null,
  entry: null,
  reason: 'was not asked about',
} as const;

const AS: Readonly<Record<Precision, string>> = {
  exact: 'by name',
  regex: 'as an expression',
  wildcard: 'as everything does',
};

function reasonFor(name: string, text: string, { precision, entry }: ConditionMatch): string {
  if (precision !== null)
    return name === 'time' ? `${entry} covers the time` : `${entry} matches, ${AS[precision]}`;
  if (entry !== null) return `${entry} excludes it`;
  return text.trim() === ''
    ? `the ${name} is empty, which matches nothing`
    : `no entry of the ${name} matches`;
}
