import { Invalid } from '@app/kernel';

import { fillIn } from './fill-in.js';
import { oneLine } from './mail-address.js';

const HEADER = /^[!-9;-~]{1,100}:/;
/** RFC 2047 §2: a word has 75 characters. */
const WORD_BYTES = 42;

type Values = Readonly<Record<string, string>>;

/** The part of a message that a line is in. */
interface Part {
  readonly isHead: boolean;
  readonly isHtml: boolean;
  readonly isQuotedPrintable: boolean;
}

/**
 * A message out of a template with headers and bodies (MIME). Values are written as their place needs it, so that none can end
 * a header, begin a part, or bring HTML of its own.
 *
 * @param defaults headers that are added where the template has none of the name
 * @throws Invalid when it does not begin with headers
 */
export function renderedMail(template: string, values: Values, defaults: Values): Buffer {
  const lines = template.replaceAll('\r\n', '\n').split('\n');
  if (!HEADER.test(lines[0] ?? '')) {
    throw new Invalid('TEMPLATE', 'TEMPLATE must begin with headers, as Subject: and Content-Type:');
  }
  const boundaries = new Set<string>();
  const names = new Set<string>();
  const rendered: string[] = [];
  let head: string[] = [];
  let part: Part = { isHead: true, isHtml: false, isQuotedPrintable: false };
  let isFirst = true;
  for (const line of lines) {
    if (!part.isHead && isDelimiter(line, boundaries)) {
      part = { ...part, isHead: true };
      head = [];
      rendered.push(line);
      continue;
    }
    if (part.isHead && line === '') {
      part = partOf(head, boundaries);
      if (isFirst) rendered.push(...missingHeaders(names, defaults));
      isFirst = false;
      rendered.push('');
      continue;
    }
    if (part.isHead) {
      head.push(line);
      if (isFirst) names.add(line.slice(0, line.indexOf(':')).trim().toLowerCase());
    }
    const filled = fillIn(line, values, (value) => written(value, part));
    rendered.push(filled !== line && beginsPart(filled, boundaries) ? ` ${filled}` : filled);
  }
  if (isFirst) throw new Invalid('TEMPLATE', 'TEMPLATE has headers and no text after an empty line');
  return Buffer.from(rendered.join('\r\n'), 'utf8');
}

/** Readers of mail look at the beginning of a line alone (RFC 2046 §5.1.1). */
function beginsPart(line: string, boundaries: ReadonlySet<string>): boolean {
  return [...boundaries].some((boundary) => line.startsWith(`--${boundary}`));
}

function isDelimiter(line: string, boundaries: ReadonlySet<string>): boolean {
  return line.startsWith('--') && boundaries.has(line.slice(2).trimEnd());
}

function partOf(head: readonly string[], boundaries: Set<string>): Part {
  // Folded lines are one (RFC 5322 §2.2.3).
  const text = head.join('\n').replaceAll(/\n[ \t]+/g, ' ');
  const [, boundary] = /^content-type:.*?boundary\s*=\s*"?([^\s";]+)/im.exec(text) ?? [];
  if (boundary !== undefined) boundaries.add(boundary);
  return {
    isHead: false,
    isHtml: /^content-type:\s*text\/html\b/im.test(text),
    isQuotedPrintable: /^content-transfer-encoding:\s*quoted-printable/im.test(text),
  };
}

function missingHeaders(names: ReadonlySet<string>, defaults: Values): string[] {
  return Object.entries(defaults)
    .filter(([name]) => !names.has(name.toLowerCase()))
    .map(([name, value]) => `${name}: ${encodedWords(oneLine(value))}`);
}

function written(value: string, { isHead, isHtml, isQuotedPrintable }: Part): string {
  const line = oneLine(value);
  if (isHead) return encodedWords(line);
  const text = isHtml ? escapedHtml(line) : line;
  return isQuotedPrintable ? quotedPrintable(text) : text;
}

function escapedHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** RFC 2045 §6.7. */
function quotedPrintable(text: string): string {
  return text.replaceAll(/[^ -<>-~]/gu, (character) =>
    [...Buffer.from(character)]
      .map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  );
}

function encodedWords(text: string): string {
  if (/^[ -~]*$/.test(text)) return text;
  const words: string[] = [];
  let word = '';
  for (const character of text) {
    if (Buffer.byteLength(word + character) > WORD_BYTES) {
      words.push(word);
      word = '';
    }
    word += character;
  }
  return [...words, word].map((one) => `=?UTF-8?B?${Buffer.from(one).toString('base64')}?=`).join(' ');
}
