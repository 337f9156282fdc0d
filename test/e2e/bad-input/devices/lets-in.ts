import type { Read } from '../fuzz/judge.js';

/** Whether a login is let in, or a request of a device or its user comes true, by any of the forms that answers have. */
export function letsIn({ result, text }: Read): boolean {
  const value = result?.value;
  if (value === true) return true;
  if (typeof value !== 'object' || value === null) return text.startsWith(':-)');
  const { value: inner, auth }: { readonly value?: unknown; readonly auth?: unknown } = value;
  return inner === true || auth === true;
}
