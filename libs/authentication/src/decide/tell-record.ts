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

/** The record says what a device was to confirm, and whether it did (spec/validate-api §1.11). */
export function tellingConfirmation(decision: LoginDecision, confirms: 'accept' | 'reject'): LoginDecision {
  const isConfirmed = decision.verdict.kind === 'accepted';
  const said = `${confirms} transaction: ${isConfirmed ? 'True' : 'False'}`;
  const { info } = decision.facts;
  return { ...decision, facts: { ...decision.facts, info: info ? `${said}; ${info}` : said } };
}
