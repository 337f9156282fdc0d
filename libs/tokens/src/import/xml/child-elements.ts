import sax, { type QualifiedAttribute, type QualifiedTag } from 'sax';

import { Unreadable } from '../token-file.js';

/** An element with everything in it. Names are local: prefixes are the writer's choice. */
export interface XmlElement {
  readonly name: string;
  readonly namespace: string;
  readonly line: number;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** Its own, without that of its children; trimmed. */
  readonly text: string;
}

interface OpenElement extends XmlElement {
  readonly children: XmlElement[];
  text: string;
}

/** A place in the file, for what the parser refuses. */
export class XmlRefused extends Unreadable {
  constructor(
    readonly line: number,
    message: string,
  ) {
    super(message);
  }
}

const CHUNK = 64 * 1024;
const DEEPEST = 32;
const MOST_ELEMENTS = 1_000;
const MOST_TEXT = 64 * 1024;
// Namespaces; and no entity but XML's own five.
const OPTIONS = { xmlns: true, position: true, strictEntities: true };

/**
 * The children of a document's root, each as soon as it is complete. One at a time is kept: a document may be as long as it
 * likes, its children may not. Neither a DTD nor an entity of the document's own is taken.
 *
 * `null`: another piece of the text was read.
 *
 * @param demandRoot looks at the root before anything in it; throws what it does not like
 * @throws XmlRefused
 */
export function* childElements(
  text: string,
  demandRoot: (root: Pick<XmlElement, 'name' | 'namespace'>) => void,
): Generator<XmlElement | null> {
  const reader = new ElementReader(demandRoot);
  for (let start = 0; start < text.length; start += CHUNK) {
    reader.write(text.slice(start, start + CHUNK));
    yield* reader.taken();
    yield null;
  }
  reader.close();
  yield* reader.taken();
}

export function childOf(element: XmlElement | undefined, ...path: readonly string[]): XmlElement | undefined {
  return path.reduce(
    (parent: XmlElement | undefined, name) => parent?.children.find((child) => child.name === name),
    element,
  );
}

/** The text below it, by names; `''`: there is no such element, or nothing in it. */
export function textAt(element: XmlElement | undefined, ...path: readonly string[]): string {
  return childOf(element, ...path)?.text ?? '';
}

class ElementReader {
  readonly #parser = sax.parser(true, OPTIONS);
  /** From the root down. */
  readonly #open: OpenElement[] = [];
  #complete: XmlElement[] = [];
  #elements = 0;
  #textLength = 0;
  #hasRoot = false;

  constructor(private readonly demandRoot: (root: XmlElement) => void) {
    Object.assign<sax.SAXParser, Partial<sax.SAXParser>>(this.#parser, {
      onerror: (error) => this.#refuse(`the file is no well-formed XML: ${withoutQuotes(error.message)}`),
      ondoctype: () => this.#refuse('a document type (DOCTYPE) is not accepted'),
      onsgmldeclaration: () => this.#refuse('a declaration is not accepted'),
      onopentag: (tag) => this.#opened(tag as QualifiedTag),
      ontext: (text) => this.#told(text),
      oncdata: (text) => this.#told(text),
      onclosetag: () => this.#closed(),
    });
  }

  write(chunk: string): void {
    this.#parser.write(chunk);
  }

  close(): void {
    this.#parser.close();
  }

  taken(): readonly XmlElement[] {
    const complete = this.#complete;
    this.#complete = [];
    return complete;
  }

  #opened(tag: QualifiedTag): void {
    const attributes = new Map(
      Object.values<QualifiedAttribute>(tag.attributes).map(({ local, value }) => [local, value]),
    );
    const element = {
      name: tag.local,
      namespace: tag.uri,
      line: this.#line,
      attributes,
      children: [],
      text: '',
    };
    const parent = this.#open.at(-1);
    if (!parent) {
      if (this.#hasRoot) this.#refuse('there is more than one root element');
      this.#hasRoot = true;
      this.demandRoot(element);
    }
    if (this.#open.length >= DEEPEST) this.#refuse(`elements are nested deeper than ${DEEPEST}`);
    if (++this.#elements > MOST_ELEMENTS) this.#refuse(`an entry has more than ${MOST_ELEMENTS} elements`);
    for (const value of attributes.values()) this.#count(value);
    this.#open.push(element);
  }

  #told(text: string): void {
    const element = this.#open.at(-1);
    // What stands between the entries is nobody's.
    if (!element || this.#open.length === 1) return;
    this.#count(text);
    element.text += text;
  }

  #closed(): void {
    const element = this.#open.pop();
    if (!element) return;
    element.text = element.text.trim();
    if (this.#open.length > 1) {
      this.#open.at(-1)?.children.push(element);
      return;
    }
    if (this.#open.length === 1) this.#complete.push(element);
    this.#elements = 0;
    this.#textLength = 0;
  }

  #count(text: string): void {
    this.#textLength += text.length;
    if (this.#textLength > MOST_TEXT) this.#refuse(`an entry has more than ${MOST_TEXT} characters`);
  }

  get #line(): number {
    return this.#parser.line + 1;
  }

  #refuse(message: string): never {
    throw new XmlRefused(this.#line, message);
  }
}

/** The parser's own words, without what they repeat of the file. */
function withoutQuotes(message: string): string {
  return (message.split('\n')[0] ?? '').split(':')[0] ?? '';
}
