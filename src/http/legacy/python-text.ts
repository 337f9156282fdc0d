/** Forms that LinOTP's clients see because it is written in Python; its texts are part of the contract. */

/** `repr()` of a text: single quotes, unless it holds one and no double quote. */
export function pythonQuoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\t', '\\t');
  return `${quote}${quote === "'" ? escaped.replaceAll("'", "\\'") : escaped}${quote}`;
}

export function pythonList(items: readonly string[]): string {
  return `[${items.map(pythonQuoted).join(', ')}]`;
}

export function pythonDictionary(pairs: readonly (readonly [string, string])[]): string {
  return `{${pairs.map(([key, value]) => `${pythonQuoted(key)}: ${pythonQuoted(value)}`).join(', ')}}`;
}

/**
 * What `int(text)` gives: blanks around it, a sign and single `_` between digits are fine.
 * @returns `null` where Python raises
 */
export function pythonInteger(text: string): number | null {
  const trimmed = text.trim();
  if (!/^[+-]?\d+(_\d+)*$/.test(trimmed)) return null;
  const value = Number(trimmed.replaceAll('_', ''));
  return Number.isSafeInteger(value) ? value : null;
}

/** The text of the error that `int(text)` raises. */
export function invalidInteger(text: string): string {
  return `invalid literal for int() with base 10: ${pythonQuoted(text)}`;
}

const SWITCH_WORDS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['yes', true],
  ['false', false],
  ['0', false],
  ['no', false],
]);

/** The words by which parameters switch something on or off, in any case. @returns `null` for any other */
export function switchWord(text: string): boolean | null {
  return SWITCH_WORDS.get(text.toLowerCase()) ?? null;
}
