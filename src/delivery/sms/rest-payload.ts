import { Invalid } from '@app/kernel';

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** `recipients[0].msisdn`: names, and places in lists. */
const STEP = /\.?([^.[\]]+)|\[(\d{1,3})\]/y;
const LONGEST_PATH = 20;
/** Names that mean something else to JavaScript. */
const FOREIGN = /^(__proto__|prototype|constructor)$/;

/**
 * The payload with `value` at the place that `path` names: in place of `placeholder` where the text there holds it (in a list,
 * in each of its texts), else as a whole.
 *
 * @param member which member of the configuration the path is
 * @throws Invalid for a path that leads nowhere
 */
export function filledIn(
  payload: Json,
  member: string,
  path: string,
  placeholder: string,
  value: string,
): Json {
  return put(payload, stepsOf(member, path), member, (found) => {
    if (typeof found === 'string' && found.includes(placeholder))
      return found.replaceAll(placeholder, () => value);
    if (!Array.isArray(found)) return value;
    const items: readonly Json[] = found;
    const isTemplate = items.some((item) => typeof item === 'string' && item.includes(placeholder));
    if (!isTemplate) return [value];
    return items.map((item) => (typeof item === 'string' ? item.replaceAll(placeholder, () => value) : item));
  });
}

function stepsOf(member: string, path: string): readonly (string | number)[] {
  const steps: (string | number)[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < path.length && steps.length < LONGEST_PATH) {
    const [, name, place] = STEP.exec(path) ?? [];
    if (name === undefined && place === undefined) break;
    steps.push(name ?? Number(place));
    if (STEP.lastIndex === path.length) {
      if (!steps.some((step) => FOREIGN.test(String(step)))) return steps;
      break;
    }
  }
  throw new Invalid(member, `${member} is no path such as message.text or recipients[0].msisdn`);
}

function put(
  at: Json | undefined,
  [step, ...more]: readonly (string | number)[],
  member: string,
  fill: (found: Json | undefined) => Json,
): Json {
  if (step === undefined) return fill(at);
  if (typeof step === 'number') {
    if (at !== undefined && !Array.isArray(at))
      throw new Invalid(member, `${member}: PAYLOAD has no list there`);
    const items: Json[] = [...((at as readonly Json[] | undefined) ?? [])];
    if (step > items.length) throw new Invalid(member, `${member}: PAYLOAD has too few items there`);
    items[step] = put(items[step], more, member, fill);
    return items;
  }
  if (at !== undefined && (typeof at !== 'object' || at === null || Array.isArray(at))) {
    throw new Invalid(member, `${member}: PAYLOAD has no object there`);
  }
  const members = (at ?? {}) as { readonly [key: string]: Json };
  const found = Object.hasOwn(members, step) ? members[step] : undefined;
  return { ...members, [step]: put(found, more, member, fill) };
}
