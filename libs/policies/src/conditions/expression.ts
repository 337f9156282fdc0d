import { RE2JS } from 're2js';

import { MalformedCondition } from '../policy.errors.js';

/** An expression of an administrator, on an engine whose time is linear in the text (RE2). */
export interface Expression {
  test(text: string): boolean;
}

const LONGEST_EXPRESSION = 1000;
const META = /[\\^$.|?*+()[\]{}]/;

/**
 * An expression that the whole text has to match; each `*` stands for any text (spec/policies §4.3).
 *
 * @throws MalformedCondition what the engine cannot read
 */
export function wholeExpression(pattern: string, ignoreCase: boolean): Expression {
  if (!META.test(pattern)) return literal(pattern, ignoreCase);
  if (pattern === '*') return { test: (text) => !text.includes('\n') };
  const compiled = compile(pattern.replaceAll(/\.\*|\*/g, '.*'), ignoreCase);
  const prefix = ignoreCase ? '' : literalPrefix(pattern);
  return { test: (text) => text.startsWith(prefix) && compiled.testExact(text) };
}

/**
 * An expression that is looked for anywhere in the text.
 *
 * @throws MalformedCondition what the engine cannot read
 */
export function searchExpression(pattern: string): Expression {
  const compiled = compile(pattern, false);
  return { test: (text) => compiled.test(text) };
}

function literal(pattern: string, ignoreCase: boolean): Expression {
  if (!ignoreCase) return { test: (text) => text === pattern };
  const lower = pattern.toLowerCase();
  return { test: (text) => text.toLowerCase() === lower };
}

function compile(pattern: string, ignoreCase: boolean): RE2JS {
  if (pattern.length > LONGEST_EXPRESSION) {
    throw new MalformedCondition('user', `an expression has at most ${LONGEST_EXPRESSION} characters`);
  }
  try {
    return RE2JS.compile(pattern, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
  } catch (error) {
    throw new MalformedCondition('user', `the expression '${pattern}' cannot be read`, { cause: error });
  }
}

/** What every match starts with: it is compared first, as most of many policies fail there already. */
function literalPrefix(pattern: string): string {
  if (pattern.includes('|')) return '';
  const end = pattern.search(META);
  const prefix = pattern.slice(0, end);
  // `ab?` may match without the `b`, of which nothing else is known.
  return '?+{'.includes(pattern.charAt(end)) ? prefix.replace(/.$/u, '') : prefix;
}
