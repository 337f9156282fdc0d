/** `YYYY-MM-DD HH:MM:SS[.ffffff]`, UTC (spec/token-types §5). @returns `null` for anything else */
export function parseCurrentTime(text: string): Date | null {
  const parts = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?$/.exec(text.trim());
  if (!parts) return null;
  const [, day = '', time = '', fraction = '0'] = parts;
  const date = new Date(`${day}T${time}.${fraction.padEnd(3, '0').slice(0, 3)}Z`);
  // The 31st of a shorter month would be the first of the next one.
  return Number.isNaN(date.getTime()) || !date.toISOString().startsWith(`${day}T${time}`) ? null : date;
}
