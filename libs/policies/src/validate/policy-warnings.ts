import { parseActionList } from '../action-list.js';
import { cataloguedAction } from '../catalogue/action-catalogue.js';
import { listEntries } from '../conditions/condition.js';
import type { Policy } from '../policy.js';

/** The least and the most that a field of a time can be: minute, hour, day, month, day of the week. */
const TIME_LIMITS: readonly (readonly [string, number, number])[] = [
  ['minute', 0, 59],
  ['hour', 0, 23],
  ['day', 1, 31],
  ['month', 1, 12],
  ['day of the week', 0, 6],
];

/**
 * What can be stored, and hardly means what it looks like.
 *
 * @param policy normalised, and checked before
 */
export function policyWarnings(policy: Policy): readonly string[] {
  return [...ofLists(policy), ...ofTimes(policy), ...ofActions(policy)];
}

function ofLists(policy: Policy): readonly string[] {
  const warnings: string[] = [];
  for (const part of ['realm', 'user', 'client'] as const) {
    const entries = listEntries(policy[part], ',');
    const negative = entries.find(({ isNegated }) => isNegated);
    if (entries.length === 0 && part !== 'client') {
      warnings.push(`${part}: is empty, so the policy matches nobody`);
    } else if (negative !== undefined && entries.every(({ isNegated }) => isNegated)) {
      warnings.push(
        `${part}: only says who is not meant, so the policy matches nobody; write *, ${negative.written}`,
      );
    } else if (part !== 'user' && negative !== undefined && entries.some(({ written }) => written === '*')) {
      warnings.push(`${part}: * matches all, so ${negative.written} beside it changes nothing`);
    }
  }
  const cut = listEntries(policy.user, ',').find(({ text }) => text.lastIndexOf('{') > text.lastIndexOf('}'));
  if (cut !== undefined) warnings.push(`user: a comma ends an expression, so ${cut.written} is one`);
  return warnings;
}

function ofTimes({ time }: Policy): readonly string[] {
  const expressions = listEntries(time, ';');
  const beyond = expressions.flatMap(({ text }) => {
    const fields = text.split(/\s+/);
    return TIME_LIMITS.flatMap(([name, least, most], place) => {
      const numbers = (fields[place] ?? '').replaceAll(/\*\/\d+/g, '').match(/\d+/g) ?? [];
      const odd = numbers.find((number) => Number(number) < least || Number(number) > most);
      return odd === undefined ? [] : [`time: no ${name} is ${odd} (${least} to ${most})`];
    });
  });
  const onlyNegatives = expressions.length > 0 && expressions.every(({ isNegated }) => isNegated);
  return onlyNegatives ? [...beyond, 'time: only says when not, so the policy never holds'] : beyond;
}

function ofActions({ scope, action }: Policy): readonly string[] {
  return [...parseActionList(action).keys()].flatMap((key) => {
    const takesEffect = cataloguedAction(scope, key)?.takesEffect;
    if (takesEffect === undefined || typeof takesEffect === 'string') return [];
    return [`action: ${key} has no effect (${takesEffect.never})`];
  });
}
