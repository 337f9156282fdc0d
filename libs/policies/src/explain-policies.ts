import { type CompiledPolicy, isGranting, requestedKeys } from './compiled-policy.js';
import type { Condition, ConditionMatch, Precision } from './conditions/condition.js';
import { type Candidate, asksClient } from './most-specific.js';
import type { ExplainedCondition, ExplainedPolicy, PolicyExplanation } from './policy-explanation.js';
import type { PreparedQuery } from './prepared-query.js';

/**
 * @param ofScope  every policy of the query's scope
 * @param chosen   those that were chosen for the query
 */
export function explainPolicies(
  query: PreparedQuery,
  ofScope: readonly CompiledPolicy[],
  chosen: readonly Candidate[],
): PolicyExplanation {
  const { action } = query;
  const granting = action === undefined ? [] : chosen.filter(({ compiled }) => isGranting(compiled, action));
  const giving = action === undefined ? [] : chosen.filter(({ compiled }) => compiled.actions.has(action));
  const deciding = decidingOf(granting, giving, action).map(({ compiled }) => compiled);
  const selected = new Set(chosen.map(({ compiled }) => compiled));
  return {
    isScopeInUse: ofScope.some(({ policy }) => policy.isActive),
    policies: ofScope.map((compiled) => explainPolicy(compiled, query, selected, deciding)),
    grants: action === undefined ? null : granting.length > 0,
    value: action === undefined ? undefined : giving[0]?.compiled.actions.get(action),
    decidedBy: deciding.map(({ policy }) => policy.name),
  };
}

/** Of an action with a text the one that gives it, else all that grant; where none does, the one that refuses. */
function decidingOf(
  granting: readonly Candidate[],
  giving: readonly Candidate[],
  action: string | undefined,
): readonly Candidate[] {
  const [first] = giving;
  if (first === undefined || action === undefined) return granting;
  const hasText = typeof first.compiled.actions.get(action) === 'string';
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
    if (problems.length > 0) return 'broken';
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
