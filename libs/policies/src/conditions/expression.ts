import { RE2JS } from 're2js';

import { MalformedCondition } from '../policy.errors.js';

/** An expression of an administrator, in time that is linear in the text (RE2). */
export interface Expression {
  test(text: string): boolean;
}

const LONGEST_EXPRESSION = 255;
/** Steps of the compiled expression: the time of a match is this by the length of the text, at most. */
const LARGEST_PROGRAM = 2500;
const META = /[\\^$.|?*+()[\]{}]/;
/** Only text, `.` and `*`: what nearly all expressions are, and what needs no engine. */
const SIMPLE = /^[^\\^$|?+()[\]{}]*$/;
/** Where a character is not one code unit, or is one that `.` does not stand for. */
const UNUSUAL = /[\n\uD800-\uDFFF]/;

/**
 * An expression that the whole text has to match; each `*` stands for any text (spec/policies §4.3).
 *
 * @throws MalformedCondition what the engine cannot read
 */
export function wholeExpression(pattern: string): Expression {
  checkLength(pattern);
  if (!META.test(pattern)) return { test: (text) => text === pattern };
  if (SIMPLE.test(pattern)) return simpleExpression(pattern);
  const compiled = compile(withStars(pattern), 0);
  return { test: (text) => compiled.testExact(text) };
}

/**
 * As `wholeExpression`, for the names of realms: in any case.
 *
 * @throws MalformedCondition what the engine cannot read
 */
export function realmExpression(pattern: string): Expression {
  checkLength(pattern);
  if (pattern === '*') return { test: () => true };
  const lower = pattern.toLowerCase();
  if (!META.test(pattern)) return { test: (text) => text === pattern || text.toLowerCase() === lower };
  const compiled = compile(withStars(pattern), RE2JS.CASE_INSENSITIVE);
  // The realms are few, and mostly asked about one after the other.
  let last = { text: '', matches: compiled.testExact('') };
  return {
    test: (text) => {
      if (text !== last.text) last = { text, matches: compiled.testExact(text) };
      return last.matches;
    },
  };
}

/**
 * An expression that is looked for anywhere in the text.
 *
 * @throws MalformedCondition what the engine cannot read
 */
export function searchExpression(pattern: string): Expression {
  checkLength(pattern);
  const compiled = compile(pattern, 0);
  return { test: (text) => compiled.test(text) };
}

function withStars(pattern: string): string {
  return pattern.replaceAll(/\.\*|\*/g, '.*');
}

function checkLength(pattern: string): void {
  if (pattern.length <= LONGEST_EXPRESSION) return;
  throw new MalformedCondition('user', `an expression has at most ${LONGEST_EXPRESSION} characters`);
}

function compile(pattern: string, flags: number): RE2JS {
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(pattern, flags);
  } catch (error) {
    throw new MalformedCondition('user', `the expression '${pattern}' cannot be read`, { cause: error });
  }
  // `.{999}.{999}.{999}` is short and large.
  if (compiled.programSize() <= LARGEST_PROGRAM) return compiled;
  throw new MalformedCondition('user', `the expression '${pattern}' repeats too much`);
}

function simpleExpression(pattern: string): Expression {
  const pieces = withStars(pattern).split('.*');
  let compiled: RE2JS | undefined;
  return {
    test: (text) => {
      if (!UNUSUAL.test(text)) return areAround(pieces, text);
      compiled ??= compile(withStars(pattern), 0);
      return compiled.testExact(text);
    },
  };
}

/** Whether the pieces are in the text in their order, the first at its start and the last at its end. */
function areAround(pieces: readonly string[], text: string): boolean {
  const first = pieces[0] ?? '';
  if (pieces.length === 1) return text.length === first.length && isAt(first, text, 0);
  const last = pieces[pieces.length - 1] ?? '';
  const end = text.length - last.length;
  if (end < first.length || !isAt(first, text, 0) || !isAt(last, text, end)) return false;
  let from = first.length;
  for (let i = 1; i < pieces.length - 1; i++) {
    const piece = pieces[i] ?? '';
    // The first place is as good as any other: it leaves most to the pieces after it.
    while (from + piece.length <= end && !isAt(piece, text, from)) from++;
    if (from + piece.length > end) return false;
    from += piece.length;
  }
  return true;
}

const DOT = 46;

function isAt(piece: string, text: string, from: number): boolean {
  for (let i = 0; i < piece.length; i++) {
    const wanted = piece.charCodeAt(i);
    if (wanted !== DOT && wanted !== text.charCodeAt(from + i)) return false;
  }
  return true;
}
