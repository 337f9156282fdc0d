import type { Dice } from '../../../../support/audit/dice.js';

const DEEP = 3_000;
const LONG = 20_000;

/** Values that nobody expects. */
const VALUES: readonly string[] = [
  'null',
  'true',
  '0',
  '-1',
  '-0',
  '1e400',
  '18446744073709551616',
  '1.5',
  '""',
  '"x"',
  '"\\u0000"',
  '"\\ud800"',
  '"__proto__"',
  '[]',
  '[null]',
  '{}',
  '{"toString":1,"valueOf":2,"length":-1,"replace":3}',
  '{"__proto__":{"type":"public-key"}}',
  `"${'x'.repeat(LONG)}"`,
  '['.repeat(DEEP) + ']'.repeat(DEEP),
  `${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}`,
];
const NAMES: readonly string[] = ['__proto__', 'constructor', 'toJSON', 'then', 'length', '', 'TYPE', 'id '];

type MemberChange = (member: Member, dice: Dice) => string;

interface Member {
  /** As they are written. */
  readonly name: string;
  readonly value: string;
}

const MEMBER_CHANGES: Readonly<Record<string, MemberChange>> = {
  'left out': () => '',
  'of another value': ({ name }, dice) => `${name}:${dice.pick(VALUES)}`,
  'twice, another value first': ({ name, value }, dice) => `${name}:${dice.pick(VALUES)},${name}:${value}`,
  'twice, another value last': ({ name, value }, dice) => `${name}:${value},${name}:${dice.pick(VALUES)}`,
  'twice, the same': ({ name, value }) => `${name}:${value},${name}:${value}`,
  'in a list': ({ name, value }) => `${name}:[${value}]`,
  'in an object': ({ name, value }) => `${name}:{${name}:${value}}`,
  'as a text': ({ name, value }) => `${name}:${JSON.stringify(value)}`,
  'under another name': ({ value }, dice) => `${JSON.stringify(dice.pick(NAMES))}:${value}`,
  'beside one that nobody knows': ({ name, value }, dice) =>
    `${JSON.stringify(dice.pick(NAMES))}:${dice.pick(VALUES)},${name}:${value}`,
};

const TEXT_CHANGES: Readonly<Record<string, (text: string, dice: Dice) => string>> = {
  'cut off': (text, dice) => text.slice(0, dice.roll(text.length)),
  'with more behind it': (text) => `${text}x`,
  twice: (text) => text + text,
  'with a mark before it': (text) => `\ufeff${text}`,
  'with blanks before it': (text) => ' '.repeat(LONG) + text,
  'with a comma too many': (text) => text.replace(/\}$/, ',}'),
  'with a comment': (text) => `${text}/* */`,
  'with NUL behind it': (text) => `${text}\0`,
  'in single quotes': (text) => text.replaceAll('"', "'"),
  'in a list': (text) => `[${text}]`,
  'in lists without end': (text) => '['.repeat(DEEP) + text + ']'.repeat(DEEP),
  'as a text': (text) => JSON.stringify(text),
  'in escapes': (text) => text.replaceAll(/[a-z]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`),
  'of a value alone': (_text, dice) => dice.pick(VALUES),
};

/** JSON, or nearly, that is not quite this. @param text an object */
export function mutatedJson(text: string, dice: Dice): readonly [what: string, text: string] {
  if (dice.roll(4) === 0) {
    const what = dice.pick(Object.keys(TEXT_CHANGES));
    return [`JSON ${what}`, TEXT_CHANGES[what]?.(text, dice) ?? text];
  }
  const value: unknown = JSON.parse(text);
  const path = dice.pick(pathsIn(value));
  const what = dice.pick(Object.keys(MEMBER_CHANGES));
  const changed = (member: Member) => MEMBER_CHANGES[what]?.(member, dice) ?? '';
  return [`JSON ${path} ${what}`, written(value, path, changed)];
}

/** Each member of an object, and of those within. */
function pathsIn(value: unknown, above = ''): string[] {
  return membersOf(value).flatMap(([name, inner]) => {
    const path = `${above}/${name}`;
    return [path, ...pathsIn(inner, path)];
  });
}

function written(value: unknown, path: string, changed: (member: Member) => string, above = ''): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(value);
  const members = membersOf(value).map(([name, inner]) => {
    const here = `${above}/${name}`;
    const member = { name: JSON.stringify(name), value: written(inner, path, changed, here) };
    return here === path ? changed(member) : `${member.name}:${member.value}`;
  });
  return `{${members.filter((member) => member !== '').join(',')}}`;
}

function membersOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}
