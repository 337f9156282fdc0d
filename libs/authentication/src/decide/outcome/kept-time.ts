/**
 * A time as exact as a format of `strftime` is that it is to be kept in: what the format leaves out is not kept
 * (spec/validate-api §2.7). Without a year it is 1900, as Python reads such a text.
 */
export function keptTime(format: string, time: Date): Date {
  const names = new Set([...format.matchAll(/%(.)/g)].map(([, name = '']) => name));
  const has = (...directives: readonly string[]) => directives.some((name) => names.has(name));
  const byWeek = has('U', 'W', 'V') && has('a', 'A', 'w', 'u');
  const byDay = byWeek || has('c', 'x', 'j');
  const hasHour = has('c', 'X', 'H', 'I');
  const hours = time.getUTCHours();
  return new Date(
    Date.UTC(
      has('Y', 'y', 'G', 'c', 'x') ? time.getUTCFullYear() : 1900,
      byDay || has('m', 'b', 'B') ? time.getUTCMonth() : 0,
      byDay || has('d') ? time.getUTCDate() : 1,
      // Of twelve hours without a half of the day it is the first.
      !hasHour ? 0 : has('c', 'X', 'H', 'p') ? hours : hours % 12,
      has('c', 'X', 'M') ? time.getUTCMinutes() : 0,
      has('c', 'X', 'S') ? time.getUTCSeconds() : 0,
    ),
  );
}
