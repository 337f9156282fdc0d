import { pythonQuoted } from '../python-text.js';

const FORMAT = '%d/%m/%y %H:%M';
// As Python's `strptime` reads the format: leading zeros may be missing, a blank stands for any number of them.
const DATE =
  /^(?<day>3[01]|[12]\d|0?[1-9])\/(?<month>1[0-2]|0?[1-9])\/(?<year>\d\d)\s+(?<hour>2[0-3]|[01]\d|\d):(?<minute>[0-5]\d|\d)/;

/**
 * A date in UTC as LinOTP writes it, to the minute: `22/05/14 22:00` (spec/token-types §3.5).
 * @returns the text of the error that Python raises, for a text that is none
 */
export function validityDate(text: string): Date | string {
  const match = DATE.exec(text);
  if (!match) return `time data ${pythonQuoted(text)} does not match format ${pythonQuoted(FORMAT)}`;
  const rest = text.slice(match[0].length);
  if (rest !== '') return `unconverted data remains: ${rest}`;
  const part = (name: string) => Number(match.groups?.[name]);
  // Two digits of a year mean 1969 to 2068 (POSIX).
  const year = part('year') + (part('year') < 69 ? 2000 : 1900);
  const date = new Date(Date.UTC(year, part('month') - 1, part('day'), part('hour'), part('minute')));
  return date.getUTCDate() === part('day') ? date : 'day is out of range for month';
}
