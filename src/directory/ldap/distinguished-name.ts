/** One RDN's first attribute and value: enough to look for an entry that has it. */
export interface NamedValue {
  /** As written. */
  readonly attribute: string;
  readonly value: Buffer;
}

export interface DistinguishedName {
  readonly first: NamedValue;
  /** Equal for two ways of writing one DN, the entry's own part first. */
  readonly parts: readonly string[];
}

const ATTRIBUTE = /^\s*(?:[A-Za-z][\w-]*|\d+(?:\.\d+)*)\s*$/;
const HEX_PAIR = /^[\da-f]{2}/i;

/**
 * Reads a DN (RFC 4514). @returns `null` for what is none, and for values in hexadecimal digits (`#04…`), which only a
 * server can compare
 */
export function parseDn(text: string): DistinguishedName | null {
  const names = split(text, /[,;]/).map((name) => split(name, /\+/).map(namedValue));
  const parts: string[] = [];
  for (const values of names) {
    const known = values.flatMap((value) => value ?? []);
    if (known.length !== values.length) return null;
    parts.push(known.map(comparable).toSorted().join('+'));
  }
  const first = names[0]?.[0];
  return first ? { first, parts } : null;
}

/** Whether an entry of that name lies at a base, or below it. */
export function isBelow({ parts }: DistinguishedName, base: DistinguishedName): boolean {
  const ending = parts.slice(Math.max(0, parts.length - base.parts.length));
  return ending.length === base.parts.length && ending.every((part, place) => part === base.parts[place]);
}

/** Case and the number of blanks do not matter in names of persons and places (RFC 4518). */
function comparable({ attribute, value }: NamedValue): string {
  const text = value.toString('utf8').normalize('NFKC').toLowerCase().trim().replaceAll(/\s+/g, ' ');
  return `${attribute.toLowerCase()}=${JSON.stringify(text)}`;
}

function namedValue(text: string): NamedValue | null {
  const equals = text.indexOf('=');
  const attribute = text.slice(0, Math.max(0, equals));
  const raw = text.slice(equals + 1).trimStart();
  if (equals < 1 || !ATTRIBUTE.test(attribute) || raw.startsWith('#')) return null;
  const value = unescaped(raw);
  return value && value.length > 0 ? { attribute: attribute.trim(), value } : null;
}

function unescaped(text: string): Buffer | null {
  const bytes: Buffer[] = [];
  let isAfterEscape = false;
  for (let place = 0; place < text.length;) {
    isAfterEscape = text[place] === '\\';
    if (!isAfterEscape) {
      const character = String.fromCodePoint(text.codePointAt(place) ?? 0);
      bytes.push(Buffer.from(character));
      place += character.length;
      continue;
    }
    const rest = text.slice(place + 1);
    const pair = HEX_PAIR.exec(rest)?.[0];
    if (rest === '') return null;
    bytes.push(pair === undefined ? Buffer.from(rest.slice(0, 1)) : Buffer.from(pair, 'hex'));
    place += pair === undefined ? 2 : 3;
  }
  const value = Buffer.concat(bytes);
  // A blank at the end counts only where it is escaped.
  return isAfterEscape ? value : Buffer.from(value.toString('utf8').trimEnd());
}

/** At separators that are not escaped. */
function split(text: string, separator: RegExp): string[] {
  const pieces = [''];
  for (let place = 0; place < text.length; place++) {
    const character = text[place] ?? '';
    if (character === '\\') {
      pieces.push(`${pieces.pop() ?? ''}${text.slice(place, place + 2)}`);
      place++;
    } else if (separator.test(character)) pieces.push('');
    else pieces.push(`${pieces.pop() ?? ''}${character}`);
  }
  return pieces;
}
