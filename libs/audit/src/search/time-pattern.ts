/** `2026-11-22T14:54:53.513`, as far as it goes. */
const PARTS = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d{3}))?)?)?)?)?)?/;
const FIRST = ['1970', '01', '01', '00', '00', '00', '000'];

/**
 * The times that can match a pattern on how times are written (`2026-11-22T14:54:53.513+00:00`).
 *
 * @param prefix what they begin with; only whole parts of it count
 * @returns the first, and the one behind the last; `null`: any time
 */
export function timesThatBegin(prefix: string): { readonly from: Date; readonly until: Date } | null {
  const parts = PARTS.exec(prefix)?.slice(1).filter(isGiven) ?? [];
  if (parts.length === 0) return null;
  const [year, month, day, ...rest] = [...parts, ...FIRST.slice(parts.length)].map(Number);
  const [hour, minute, second, millisecond] = rest;
  const from = Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second, millisecond);
  const until =
    parts.length === 1
      ? Date.UTC((year ?? 0) + 1, 0)
      : parts.length === 2
        ? Date.UTC(year ?? 0, month ?? 1)
        : from + (UNITS[parts.length - 3] ?? 1);
  return { from: new Date(from), until: new Date(until) };
}

const UNITS = [86_400_000, 3_600_000, 60_000, 1_000, 1];

function isGiven(part: string | undefined): part is string {
  return part !== undefined;
}
