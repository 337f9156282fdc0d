import { Invalid } from '@app/kernel';
import { RE2JS } from 're2js';

/** Steps of a compiled expression: with the longest answer that is read, a match takes well under a second. */
const LARGEST_PROGRAM = 1_000;
const LONGEST_EXPRESSION = 255;

/**
 * An expression to look for in what a gateway answers, in time that is linear in the answer (RE2).
 *
 * @param member which member of the configuration it is
 * @throws Invalid
 */
export function answerExpression(member: string, pattern: string): Pick<RE2JS, 'test'> {
  if (pattern.length > LONGEST_EXPRESSION) {
    throw new Invalid(member, `${member} has more than ${LONGEST_EXPRESSION} characters`);
  }
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(pattern);
  } catch (cause) {
    throw new Invalid(member, `${member} cannot be read as an expression`, { cause });
  }
  // `.{999}.{999}` is short and large.
  if (compiled.programSize() <= LARGEST_PROGRAM) return compiled;
  throw new Invalid(member, `${member} repeats too much`);
}
