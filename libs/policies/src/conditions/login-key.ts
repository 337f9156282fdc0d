/**
 * What every login that an expression matches ends or starts with, so that policies are found by it. Without `.`, which
 * stands for any character.
 */
export type LoginKey = { readonly tail: string } | { readonly head: string };

/** `null`: the expression may match any login. */
export function loginKeyOf(expression: string): LoginKey | null {
  if (/[\\^$|?+()[\]{}]/.test(expression)) return null;
  if (!expression.includes('*')) {
    const tail = expression.slice(expression.lastIndexOf('.') + 1);
    return tail === '' ? null : { tail };
  }
  const head = expression.slice(0, expression.search(/[.*]/));
  return head === '' ? null : { head };
}
