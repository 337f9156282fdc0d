import { MalformedActions } from './policy.errors.js';
import type { ActionValue } from './policy-value.js';
import { quoted } from './quoted.js';

/** What an action list says, in the order of its entries. */
export type ActionList = ReadonlyMap<string, ActionValue>;

/** An entry whose name is not cut from its value yet. */
interface Entry {
  readonly key: string;
  /** `null`: the entry has no `=`. */
  readonly value: string | null;
}

/**
 * Reads `a, !b, c=1, d="x, y"` (spec/policies §3).
 *
 * @throws MalformedActions for a quote that nothing closes and for a key with two values
 */
export function parseActionList(text: string): ActionList {
  const actions = new Map<string, ActionValue>();
  for (const entry of entriesOf(text)) {
    const read = readEntry(entry);
    if (read === null) continue;
    const [key, value] = read;
    const before = actions.get(key);
    if (before !== undefined && before !== value) {
      throw new MalformedActions(`duplicate key definition ${quoted(key)}`);
    }
    actions.set(key, value);
  }
  return actions;
}

/** Cuts at `,` and at the first `=` of each entry, but not inside of quotes. */
function entriesOf(text: string): Entry[] {
  const entries: Entry[] = [];
  let key = '';
  let value: string | null = null;
  let quote = '';
  for (const character of text) {
    if (quote === '' && character === ',') {
      entries.push({ key, value });
      key = '';
      value = null;
      continue;
    }
    if (quote === '' && character === '=' && value === null) {
      value = '';
      continue;
    }
    if (quote === '') {
      if (character === '"' || character === "'") quote = character;
    } else if (character === quote) {
      quote = '';
    }
    if (value === null) key += character;
    else value += character;
  }
  if (quote !== '') {
    throw new MalformedActions(
      value === null
        ? `non terminated action [${quoted(key.trim())}]`
        : `non terminated string value entry ${quoted(value.trim())}`,
    );
  }
  entries.push({ key, value });
  return entries;
}

/** `null`: an entry that says nothing (`, ,` and `=x`). */
function readEntry({ key: rawKey, value: rawValue }: Entry): [string, ActionValue] | null {
  const key = rawKey.trim();
  if (rawValue !== null) {
    const value = unquoted(rawValue.trim());
    return key === '' ? null : [key, value.toLowerCase() === 'false' ? false : value];
  }
  const isNegated = key.startsWith('!');
  const name = isNegated ? key.slice(1).trim() : key;
  return name === '' ? null : [name, !isNegated];
}

/** Without the quotes around it; `'x' 'y'` keeps them, as they are not around the whole. */
function unquoted(value: string): string {
  const quote = value[0];
  if ((quote !== '"' && quote !== "'") || value.length < 2) return value;
  return value.indexOf(quote, 1) === value.length - 1 ? value.slice(1, -1) : value;
}
