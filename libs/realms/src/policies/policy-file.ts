import { Invalid } from '@app/kernel';

/** A section of a policy file: keys and texts in the order in which they stand there. */
export interface PolicySection {
  readonly name: string;
  readonly values: ReadonlyMap<string, string>;
}

const INTERPOLATION = /%\(([^)]*)\)s/;
const TRIPLE = ["'''", '"""'] as const;

/**
 * The sections of a policy file: LinOTP's, which the library ConfigObj writes (spec/policies §10.2, §10.3). A value with a
 * comma stands in quotes; without them it would be a list, which no attribute of a policy is.
 * @throws Invalid naming the line
 */
export function parsePolicyFile(text: string): readonly PolicySection[] {
  const lines = text.replace(/^\u{feff}/u, '').split(/\r\n|\n|\r/);
  const sections = new Map<string, Map<string, string>>();
  let current: Map<string, string> | null = null;
  for (let at = 0; at < lines.length; at++) {
    const line = (lines[at] ?? '').trimStart();
    const number = at + 1;
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('[')) {
      const name = sectionName(line, number);
      if (sections.has(name)) throw malformed(number, `there is a section [${name}] already`);
      current = new Map();
      sections.set(name, current);
      continue;
    }
    const equals = line.indexOf('=');
    const key = withoutQuotes(line.slice(0, Math.max(equals, 0)).trim());
    if (key === '') throw malformed(number, 'neither a section nor key = value');
    if (current === null) throw malformed(number, `${key} stands before the first section`);
    if (current.has(key)) throw malformed(number, `${key} is there already`);
    const rest = line.slice(equals + 1).trimStart();
    const { value, lastLine } = valueAt(lines, at, rest, key);
    const [, option] = INTERPOLATION.exec(value) ?? [];
    // ConfigObj would put another value in its place: what the file means cannot be told here.
    if (option !== undefined) throw malformed(number, `missing option "${option}" in interpolation.`);
    current.set(key, value);
    at = lastLine;
  }
  return [...sections].map(([name, values]) => ({ name, values }));
}

/** @throws Invalid for a text that the format has no way to write: one with both kinds of triple quotes */
export function writePolicyFile(sections: readonly PolicySection[]): string {
  return sections
    .map(({ name, values }) => {
      const lines = [...values].map(([key, value]) => `${key} = ${written(value, name, key)}\n`);
      return `[${name}]\n${lines.join('')}`;
    })
    .join('');
}

function sectionName(line: string, number: number): string {
  const end = line.lastIndexOf(']');
  const name = withoutQuotes(line.slice(1, Math.max(end, 1)).trim());
  if (name === '' || /[[\]]/.test(name) || !isEndOfLine(line.slice(end + 1))) {
    throw malformed(number, 'a section is written as [name]');
  }
  return name;
}

function withoutQuotes(name: string): string {
  const quote = name.charAt(0);
  const isQuoted = name.length > 1 && (quote === '"' || quote === "'") && name.endsWith(quote);
  return isQuoted ? name.slice(1, -1) : name;
}

function valueAt(
  lines: readonly string[],
  at: number,
  rest: string,
  key: string,
): { readonly value: string; readonly lastLine: number } {
  const triple = TRIPLE.find((quotes) => rest.startsWith(quotes));
  if (triple !== undefined) return tripleQuoted(lines, at, rest.slice(triple.length), triple);
  const quote = rest.charAt(0);
  if (quote === '"' || quote === "'") {
    const end = rest.indexOf(quote, 1);
    if (end > 0 && isEndOfLine(rest.slice(end + 1))) return { value: rest.slice(1, end), lastLine: at };
  } else {
    const [value = ''] = rest.split('#');
    if (!value.includes(',')) return { value: value.trimEnd(), lastLine: at };
  }
  throw malformed(at + 1, `the value of ${key} must stand in quotes: it holds commas or quotes`);
}

function isEndOfLine(text: string): boolean {
  const rest = text.trimStart();
  return rest === '' || rest.startsWith('#');
}

function tripleQuoted(lines: readonly string[], start: number, first: string, quotes: string) {
  const parts: string[] = [];
  for (let at = start; at < lines.length; at++) {
    const line = at === start ? first : (lines[at] ?? '');
    const end = line.indexOf(quotes);
    if (end < 0) {
      parts.push(line);
      continue;
    }
    if (!isEndOfLine(line.slice(end + quotes.length))) {
      throw malformed(at + 1, 'something follows the end of the value');
    }
    return { value: [...parts, line.slice(0, end)].join('\n'), lastLine: at };
  }
  throw malformed(start + 1, 'the quotes of the value are not closed');
}

function written(value: string, section: string, key: string): string {
  if (value === '') return '""';
  const hasBoth = value.includes('"') && value.includes("'");
  if (hasBoth || /[\r\n]/.test(value)) {
    // A quote at the end would become part of the closing ones.
    const quotes = TRIPLE.find((each) => !value.includes(each) && !value.endsWith(each.charAt(0)));
    if (quotes === undefined) {
      throw new Invalid(
        'export',
        `${key} of policy ${section} cannot be written: it holds all kinds of quotes`,
      );
    }
    return `${quotes}${value}${quotes}`;
  }
  const isBare = !/^[\s'"]/.test(value) && !/[\s'"]$/.test(value) && !/[,#]/.test(value);
  if (isBare) return value;
  return value.includes('"') ? `'${value}'` : `"${value}"`;
}

function malformed(line: number, reason: string): Invalid {
  return new Invalid('file', `Error parsing the policy file, line ${line}: ${reason}`);
}
