/** As Python prints a time: `YYYY-MM-DD HH:MM:SS.ffffff`, in the server's time zone. */
export function localTime(at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return `${localDate(at)} ${time}.${String(at.getMilliseconds()).padStart(3, '0')}000`;
}

/** `YYYY-MM-DD`, in the server's time zone. */
export function localDate(at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${String(at.getFullYear()).padStart(4, '0')}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/**
 * The beginning of a day in the server's time zone, written as `YYYY-MM-DD`.
 * @returns `null` for a day that there is none of
 */
export function startOfDay(text: string): Date | null {
  const [, ...parts] = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text) ?? [];
  const [year, month, day] = parts.map(Number);
  if (year === undefined || month === undefined || day === undefined) return null;
  const start = new Date(2000, 0, 1);
  // Years below 100 as they are written.
  start.setFullYear(year, month - 1, day);
  const isDay = start.getFullYear() === year && start.getMonth() === month - 1 && start.getDate() === day;
  return isDay && year > 0 ? start : null;
}
