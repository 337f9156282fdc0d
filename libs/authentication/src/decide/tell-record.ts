import type { Confirmation } from '../challenges/challenge.js';
import type { LoginDecision, LoginEffect } from '../login.js';

/** The record says whose life ends with the login, and which policies took part. */
export function telling(decision: LoginDecision, policies: ReadonlySet<string>): LoginDecision {
  if (policies.size === 0 && !decision.effects.some(isTold)) return decision;
  const ends = decision.effects.flatMap((effect) => {
    const { kind, token } = effect;
    if (kind !== 'disable' && kind !== 'remove') return [];
    const isCloned = kind === 'disable' && effect.isCloned === true;
    return [`${token.serial} ${isCloned ? 'may have a copy' : 'has no login left'}: ${kind}d`];
  });
  const enabled = decision.effects.flatMap(({ kind, token }) =>
    kind === 'enable' ? [`${token.serial} is paired: enabled`] : [],
  );
  const named = policies.size === 0 ? [] : [`policies: ${[...policies].join(', ')}`];
  const { info } = decision.facts;
  const told = [...(info ? [info] : []), ...ends, ...enabled, ...named].join('; ');
  return { ...decision, facts: { ...decision.facts, info: told } };
}

function isTold({ kind }: LoginEffect): boolean {
  return kind === 'disable' || kind === 'remove' || kind === 'enable';
}

/** The record says what a device was to confirm, and whether it did (spec/validate-api §1.11). */
export function tellingConfirmation(decision: LoginDecision, confirms: Confirmation): LoginDecision {
  const { kind } = decision.verdict;
  const isConfirmed = kind === 'accepted' || kind === 'declined';
  const said = `${confirms} transaction: ${isConfirmed ? 'True' : 'False'}`;
  const { info } = decision.facts;
  return { ...decision, facts: { ...decision.facts, info: info ? `${said}; ${info}` : said } };
}
