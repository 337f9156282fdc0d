import { CsvError, parse } from 'csv-parse/sync';

import { Unreadable } from './token-file.js';

export interface TextLine {
  /** Counted from 1. */
  readonly number: number;
  readonly text: string;
}

const LONGEST_LINE = 16_384;
/** A few milliseconds of lines that nobody makes anything of. */
const LINES_AT_ONCE = 10_000;

/** Without the ends of lines; LF, with or without a CR before it. `null`: some thousand more of them were read. */
export function* linesOf(text: string): Generator<TextLine | null> {
  for (let start = 0, number = 1; start <= text.length; number++) {
    if (number % LINES_AT_ONCE === 0) yield null;
    const lineFeed = text.indexOf('\n', start);
    const end = lineFeed < 0 ? text.length : lineFeed;
    yield { number, text: text.slice(start, text[end - 1] === '\r' && end > start ? end - 1 : end) };
    start = end + 1;
  }
}

/** @throws Unreadable */
export function demandShort(line: string): void {
  if (line.length > LONGEST_LINE) throw new Unreadable(`the line is longer than ${LONGEST_LINE} characters`);
}

/** The cells of one line, trimmed. Quotation marks around a cell are no part of it. @throws Unreadable */
export function cellsOf(line: string): readonly string[] {
  demandShort(line);
  // Nearly every file has none, and each parser costs more than a line.
  if (!line.includes('"')) return line.split(',').map((cell) => cell.trim());
  try {
    const [cells = []] = parse(line, {
      trim: true,
      relax_quotes: true,
      relax_column_count: true,
      skip_empty_lines: true,
    }) as string[][];
    return cells.map((cell) => cell.trim());
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    // Its own words would repeat what stands in the line.
    throw new Unreadable(`the line is no csv: ${error.code}`);
  }
}
