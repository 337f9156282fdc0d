import { unescape as percentDecode } from 'node:querystring';

import { cleanText } from '@app/kernel';

/** A file of a multipart form. */
export interface UploadedFile {
  readonly fileName: string;
  /** As the client says: nothing is known by it. */
  readonly contentType: string;
  readonly content: Buffer;
}

const NO_FILES: ReadonlyMap<string, UploadedFile> = new Map();

/** The parameters of one request, whatever way they came. Immutable. */
export class Parameters {
  static readonly none = new Parameters(new Map());

  readonly #values: ReadonlyMap<string, unknown>;

  /** @param values text, lists of texts, or whatever a JSON body held */
  constructor(
    values: ReadonlyMap<string, unknown>,
    readonly files: ReadonlyMap<string, UploadedFile> = NO_FILES,
  ) {
    this.#values = values;
  }

  /**
   * The value as text: numbers and booleans as JSON writes them, the first of a list; `null` if absent, or JSON's null.
   * Objects are their JSON. NUL and lone surrogates are U+FFFD.
   */
  text(name: string): string | null {
    return textOf(this.#values.get(name));
  }

  /** All values of a list, or the one there is; empty if absent. */
  list(name: string): readonly string[] {
    const value = this.#values.get(name);
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    return values.map(textOf).filter((text) => text !== null);
  }

  /** Also true for an empty value, and for JSON's null. */
  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** The value as it came: JSON keeps its types. */
  raw(name: string): unknown {
    return this.#values.get(name);
  }

  names(): readonly string[] {
    return [...this.#values.keys()];
  }

  /** Names in lower case and without `session`, as a few functions read them (spec/admin-api §1.2); the first of two wins. */
  lowerCased(): Parameters {
    const values = new Map<string, unknown>();
    for (const [name, value] of this.#values) {
      const lower = name.toLowerCase();
      if (lower !== 'session' && !values.has(lower)) values.set(lower, value);
    }
    return new Parameters(values, this.files);
  }
}

/** Gathers name and value pairs: the first of a name wins, and `name[]` gathers a list under `name`. */
export class FormValues {
  readonly #values = new Map<string, string | string[]>();

  add(name: string, value: string): void {
    if (!name.endsWith('[]')) {
      if (!this.#values.has(name)) this.#values.set(name, value);
      return;
    }
    const plain = name.slice(0, -2);
    const known = this.#values.get(plain);
    if (known === undefined) this.#values.set(plain, [value]);
    else if (typeof known !== 'string') known.push(value);
  }

  /** Adds `a=1&b=2`, percent-encoded UTF-8; nothing is malformed: `%zz` stays, invalid sequences become U+FFFD. */
  addEncoded(text: string): void {
    let start = 0;
    while (start < text.length) {
      const ampersand = text.indexOf('&', start);
      const end = ampersand < 0 ? text.length : ampersand;
      if (end > start) {
        const equals = text.indexOf('=', start);
        const nameEnd = equals < 0 || equals > end ? end : equals;
        this.add(decoded(text, start, nameEnd), decoded(text, nameEnd + 1, end));
      }
      start = end + 1;
    }
  }

  toParameters(files?: ReadonlyMap<string, UploadedFile>): Parameters {
    return new Parameters(this.#values, files);
  }
}

function decoded(text: string, start: number, end: number): string {
  if (start >= end) return '';
  const part = text.slice(start, end);
  const spaced = part.includes('+') ? part.replaceAll('+', ' ') : part;
  return spaced.includes('%') ? percentDecode(spaced) : spaced;
}

// Cleaned at the door: no database takes a NUL, and nothing behind this has to think of it.
function textOf(value: unknown): string | null {
  if (typeof value === 'string') return cleanText(value);
  if (value === undefined || value === null) return null;
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === 'object' && first !== null
    ? jsonText(first)
    : first === value
      ? String(value)
      : textOf(first);
}

/** Nested deeper than it can be written, it is nothing that any parameter could mean. */
function jsonText(value: object): string | null {
  try {
    return cleanText(JSON.stringify(value));
  } catch {
    return null;
  }
}
