import { setImmediate } from 'node:timers/promises';

import { MalformedSerial } from '../token.errors.js';
import { parseSerial } from '../token.js';
import { shown } from './file-values.js';
import { TokenFileRefused } from './import.errors.js';
import { type NoteList, Notes } from './notes.js';
import {
  type FileItem,
  type FileToken,
  problemOf,
  type TokenFileFormat,
  type TokenFileOptions,
} from './token-file.js';
import { XmlRefused } from './xml/child-elements.js';

/** What a file holds, all of it readable. */
export interface TokenFile {
  readonly tokens: readonly FileToken[];
  readonly skipped: NoteList;
}

/** Between two breaths: so long may others wait. */
const AT_ONCE = 250;
// Whoever has chosen the wrong format need not wait for the end.
const MOST_PROBLEMS = 1_000;

/**
 * The tokens of a file; with one line that is wrong none of them.
 *
 * @param text       of the whole file
 * @param mostTokens a file with more is refused
 * @throws TokenFileRefused with the lines and what is wrong with them
 */
export async function readTokenFile(
  format: TokenFileFormat,
  text: string,
  options: TokenFileOptions,
  mostTokens: number,
): Promise<TokenFile> {
  const tokens: FileToken[] = [];
  const lineOf = new Map<string, number>();
  const skipped = new Notes();
  const problems = new Notes();
  let read = 0;
  for await (const item of items(format, text, options)) {
    if (++read % AT_ONCE === 0 || item.kind === 'nothing') await setImmediate();
    if (item.kind === 'nothing') continue;
    if (item.kind === 'token') {
      const problem = serialProblem(item.token, lineOf);
      if (problem !== null) problems.add({ line: item.token.line, reason: problem });
      lineOf.set(item.token.serial, lineOf.get(item.token.serial) ?? item.token.line);
      if (tokens.push(item.token) > mostTokens) {
        problems.add({
          line: item.token.line,
          reason: `the file has more than ${mostTokens} tokens, which is the limit`,
        });
        break;
      }
    } else if (item.kind === 'skipped') {
      skipped.add(item);
    } else {
      problems.add(item);
    }
    if (problems.count >= MOST_PROBLEMS) break;
  }
  if (problems.count > 0) throw new TokenFileRefused(problems.notes, problems.count);
  // A wrong format must not pass for an import of nothing.
  if (tokens.length === 0) throw new TokenFileRefused([{ line: null, reason: nothingRead(format, skipped) }]);
  return { tokens, skipped };
}

/** What a parser throws ends the file, at a place if it knows one. */
async function* items(
  format: TokenFileFormat,
  text: string,
  options: TokenFileOptions,
): AsyncGenerator<FileItem> {
  try {
    yield* format.parse(text, options);
  } catch (error) {
    yield problemOf(error instanceof XmlRefused ? error.line : null, error);
  }
}

function serialProblem({ serial }: FileToken, lineOf: ReadonlyMap<string, number>): string | null {
  const first = lineOf.get(serial);
  if (first !== undefined) return `the serial ${shown(serial)} stands in line ${first} already`;
  try {
    parseSerial(serial);
    return null;
  } catch (error) {
    if (!(error instanceof MalformedSerial)) throw error;
    return error.message;
  }
}

function nothingRead({ name }: TokenFileFormat, { notes }: NoteList): string {
  const [first] = notes;
  const why = first ? ` (line ${first.line}: ${first.reason})` : '';
  return `there is no token in the file: is it of the format ${name}?${why}`;
}
