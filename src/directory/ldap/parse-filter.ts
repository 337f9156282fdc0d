import type { Comparison, FilterTemplate, Placeholder, ValueTemplate } from './filter.js';

/** As an option of an attribute is written: `cn;lang-de`. Looser than RFC 4512 §2.5, as servers are. */
export const ATTRIBUTE = /^[\w.-]+(;[\w-]+)*$/;
const PLACEHOLDERS: readonly (readonly [string, Placeholder])[] = [
  ['%s', 'login'],
  ['%(now)s', 'now'],
];
const COMPARISONS: ReadonlySet<string> = new Set(['=', '>=', '<=', '~=']);
const DEEPEST = 40;

/** The text is no filter; the message says where. */
export class MalformedFilter extends Error {}

/**
 * Reads a filter (RFC 4515), also without its outer parentheses, and several one after the other, which must all match.
 * In values `%s` and `%(now)s` are places to be filled later, if they are among `placeholders`.
 *
 * @throws MalformedFilter
 */
export function parseFilter(text: string, placeholders: readonly Placeholder[]): FilterTemplate {
  const trimmed = text.trim();
  const reader = new FilterReader(trimmed.startsWith('(') ? trimmed : `(${trimmed})`, placeholders);
  const filters = reader.list(0);
  reader.end();
  const [only] = filters;
  if (!only) throw new MalformedFilter('the filter is empty');
  return filters.length === 1 ? only : { kind: 'and', filters };
}

class FilterReader {
  #place = 0;
  readonly #placeholders: typeof PLACEHOLDERS;

  constructor(
    private readonly text: string,
    placeholders: readonly Placeholder[],
  ) {
    this.#placeholders = PLACEHOLDERS.filter(([, placeholder]) => placeholders.includes(placeholder));
  }

  list(depth: number): FilterTemplate[] {
    const filters: FilterTemplate[] = [];
    for (this.#skipBlanks(); this.text[this.#place] === '('; this.#skipBlanks())
      filters.push(this.#one(depth));
    return filters;
  }

  end(): void {
    if (this.#place < this.text.length) throw this.#malformed('something follows the filter');
  }

  #one(depth: number): FilterTemplate {
    if (depth > DEEPEST) throw this.#malformed('too many parentheses');
    this.#expect('(');
    this.#skipBlanks();
    const filter = this.#content(depth + 1);
    this.#expect(')');
    return filter;
  }

  #content(depth: number): FilterTemplate {
    const operator = this.text[this.#place];
    if (operator === '&' || operator === '|') {
      this.#place++;
      // RFC 4526: one without members is true, or false.
      return { kind: operator === '&' ? 'and' : 'or', filters: this.list(depth) };
    }
    if (operator === '!') {
      this.#place++;
      this.#skipBlanks();
      const filter = this.#one(depth);
      this.#skipBlanks();
      return { kind: 'not', filter };
    }
    return this.#item();
  }

  #item(): FilterTemplate {
    const [description = ''] = /^[^=~<>()]*/.exec(this.text.slice(this.#place)) ?? [];
    this.#place += description.length;
    if (description.endsWith(':')) return this.#extensible(description.slice(0, -1));
    const attribute = description.trim();
    if (!ATTRIBUTE.test(attribute)) throw this.#malformed('an attribute is missing');
    const operator = this.#comparison();
    const parts = this.#values();
    const [first = []] = parts;
    if (parts.length === 1) return { kind: 'compare', operator, attribute, value: first };
    if (operator !== '=') throw this.#malformed('a * has to be written as \\2a here');
    if (parts.every((part) => part.length === 0)) return { kind: 'present', attribute };
    return { kind: 'substrings', attribute, parts };
  }

  /** `attribute:dn:rule:=value`, of which `attribute`, `dn` and `rule` may be missing, but not both names. */
  #extensible(description: string): FilterTemplate {
    const [attribute = '', ...rest] = description.trim().split(':');
    const withDn = rest[0]?.toLowerCase() === 'dn';
    const [rule = '', ...tooMuch] = withDn ? rest.slice(1) : rest;
    const areNames = [attribute, rule].every((name) => name === '' || ATTRIBUTE.test(name));
    if (!areNames || tooMuch.length > 0 || (attribute === '' && rule === '')) {
      throw this.#malformed('a matching rule is malformed');
    }
    this.#expect('=');
    const parts = this.#values();
    const [value = []] = parts;
    if (parts.length > 1) throw this.#malformed('a * has to be written as \\2a here');
    return { kind: 'extensible', attribute, rule, withDn, value };
  }

  #comparison(): Comparison {
    const length = this.text[this.#place] === '=' ? 1 : 2;
    const operator = this.text.slice(this.#place, this.#place + length);
    if (!isComparison(operator)) throw this.#malformed('a comparison is missing');
    this.#place += length;
    return operator;
  }

  /** Up to the closing parenthesis; what stands between asterisks are parts of their own. */
  #values(): ValueTemplate[] {
    const parts: ValueTemplate[] = [];
    for (;;) {
      parts.push(this.#value());
      if (this.text[this.#place] !== '*') return parts;
      this.#place++;
    }
  }

  #value(): ValueTemplate {
    const pieces: (Buffer | Placeholder)[] = [];
    while (this.#place < this.text.length) {
      const [token, placeholder] =
        this.#placeholders.find(([text]) => this.text.startsWith(text, this.#place)) ?? [];
      const character = this.text[this.#place];
      if (token !== undefined && placeholder !== undefined) {
        pieces.push(placeholder);
        this.#place += token.length;
      } else if (character === ')' || character === '*') {
        break;
      } else if (character === '(' || character === '\0') {
        throw this.#malformed('a ( in a value has to be written as \\28');
      } else if (character === '\\') {
        pieces.push(this.#escaped());
      } else {
        pieces.push(this.#plain());
      }
    }
    return pieces;
  }

  /** RFC 4515 §3: a backslash and two hexadecimal digits are a byte, and a character may take several. */
  #escaped(): Buffer {
    const digits = this.text.slice(this.#place + 1, this.#place + 3);
    if (!/^[0-9a-f]{2}$/i.test(digits)) throw this.#malformed('a \\ in a value has to be written as \\5c');
    this.#place += 3;
    return Buffer.from(digits, 'hex');
  }

  #plain(): Buffer {
    const rest = this.text.slice(this.#place);
    // A lone % is nothing special.
    const [text = ''] = /^%?[^%()*\\\0]*/.exec(rest) ?? [];
    this.#place += text.length;
    return Buffer.from(text);
  }

  #skipBlanks(): void {
    while (/^\s$/.test(this.text[this.#place] ?? '')) this.#place++;
  }

  #expect(character: string): void {
    if (this.text[this.#place] !== character) throw this.#malformed(`a ${character} is missing`);
    this.#place++;
  }

  #malformed(problem: string): MalformedFilter {
    return new MalformedFilter(`${problem}, at character ${this.#place + 1}`);
  }
}

function isComparison(text: string): text is Comparison {
  return COMPARISONS.has(text);
}
