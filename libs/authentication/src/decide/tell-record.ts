import type { LoginDecision } from '../login.js';

/** The record says whose life ends with the login, and which policies took part. */
export function telling(decision: LoginDecision, policies: ReadonlySet<string>): LoginDecision {
  const ends = decision.effects.flatMap(({ kind, token }) =>
    kind === 'disable' || kind === 'remove' ? [`${token.serial} has no login left: ${kind}d`] : [],
  );
  if (ends.length === 0 && policies.size === 0) return decision;
  const named = policies.size === 0 ? [] : [`policies: ${[...policies].join(', ')}`];
  const { info } = decision.facts;
  const told = [...(info ? [info] : []), ...ends, ...named].join('; ');
  return { ...decision, facts: { ...decision.facts, info: told } };
}
