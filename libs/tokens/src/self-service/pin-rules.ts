import type { Expression } from '@app/policies';

import type { PinCharacters, PinRefusal } from './self-service.errors.js';

/** What a PIN has to be (spec/policies §8.3). */
export interface PinRules {
  /** In characters; `null`: no limit. */
  readonly least: number | null;
  readonly most: number | null;
  /**
   * Letters `c`, `n`, `s` and `o` for kinds of characters, each of which it must have. `-` before them: and nothing else; `+`:
   * one of these kinds is enough, and nothing else. `''`: anything.
   */
  readonly contents: string;
}

/** What policies of several realms say. */
export interface SaidOfPins {
  readonly least: readonly number[];
  readonly most: readonly number[];
  readonly contents: readonly string[];
}

/** Which characters are of which kind, the first that fits; what fits none is `other`. Each is asked of one character. */
export type PinAlphabet = Readonly<Record<Exclude<PinCharacters, 'other'>, Expression>>;

const KINDS: readonly (readonly [letter: string, characters: PinCharacters])[] = [
  ['c', 'letters'],
  ['n', 'digits'],
  ['s', 'special'],
  ['o', 'other'],
];

/** The smallest minimum and the largest maximum; the characters that any of them names, as strictly as any of them does. */
export function mergedPinRules({ least, most, contents }: SaidOfPins): PinRules {
  const limits = (said: readonly number[]) => said.filter((limit) => limit >= 0);
  const smallest = Math.min(...limits(least));
  const largest = Math.max(...limits(most));
  return {
    least: Number.isFinite(smallest) ? smallest : null,
    most: Number.isFinite(largest) ? largest : null,
    contents: mergedContents(contents),
  };
}

function mergedContents(said: readonly string[]): string {
  const given = said.map((contents) => contents.trim()).filter((contents) => contents !== '');
  const [first, ...others] = given;
  if (first === undefined || others.length === 0) return first ?? '';
  const sign = ['-', '+'].find((strict) => given.some((contents) => contents.startsWith(strict))) ?? '';
  return (
    sign + KINDS.flatMap(([letter]) => (given.some((text) => text.includes(letter)) ? letter : [])).join('')
  );
}

/** @returns `null` for a PIN that may be set */
export function pinRefusal(pin: string, rules: PinRules, alphabet: PinAlphabet | null): PinRefusal | null {
  const characters = [...pin];
  const { least, most, contents } = rules;
  if (least !== null && characters.length < least) return { kind: 'too-short', least };
  if (most !== null && characters.length > most) return { kind: 'too-long', most };
  if (contents === '' || !alphabet) return null;
  const found = new Set(characters.map((character) => kindOf(character, alphabet)));
  const listed = KINDS.filter(([letter]) => contents.includes(letter)).map(([, kind]) => kind);
  if (contents.startsWith('+')) {
    const isOfGroup = found.size > 0 && [...found].every((kind) => listed.includes(kind));
    return isOfGroup ? null : { kind: 'not-of-group', contents };
  }
  const isStrict = contents.startsWith('-');
  for (const [, kind] of KINDS) {
    if (listed.includes(kind) && !found.has(kind)) return { kind: 'without', characters: kind };
    if (isStrict && !listed.includes(kind) && found.has(kind)) {
      return { kind: 'with', characters: kind, contents };
    }
  }
  return null;
}

function kindOf(character: string, { letters, digits, special }: PinAlphabet): PinCharacters {
  if (letters.test(character)) return 'letters';
  if (digits.test(character)) return 'digits';
  return special.test(character) ? 'special' : 'other';
}
