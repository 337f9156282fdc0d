import { MalformedCondition } from '../policy.errors.js';
import { type Condition, type ConditionMatch, NO_MATCH, listEntries } from './condition.js';

type FieldTest = (value: number) => boolean;

interface TimeEntry {
  /** Minute, hour, day of the month, month, day of the week (Sunday 0), year. */
  readonly fields: readonly FieldTest[];
  readonly isNegated: boolean;
  readonly answer: ConditionMatch;
}

const FIELDS = 6;
const ANY: FieldTest = () => true;
const NONE: FieldTest = () => false;

/** A `;` list of cron expressions with a year, in the server's local time (spec/policies §4.5). */
export class TimeCondition implements Condition<Date> {
  private constructor(private readonly entries: readonly TimeEntry[]) {}

  /** @throws MalformedCondition for an expression that has not six fields */
  static parse(text: string): TimeCondition {
    return new TimeCondition(
      listEntries(text, ';').map(({ text: cron, written, isNegated }) => ({
        fields: parseFields(cron),
        isNegated,
        answer: { precision: isNegated ? null : 'wildcard', entry: written },
      })),
    );
  }

  match(time: Date): ConditionMatch {
    let match = NO_MATCH;
    for (const { fields, isNegated, answer } of this.entries) {
      if (!fields.every((test, field) => test === ANY || test(valueOf(time, field)))) continue;
      if (isNegated) return answer;
      if (match.precision === null) match = answer;
    }
    return match;
  }
}

function valueOf(time: Date, field: number): number {
  if (field === 0) return time.getMinutes();
  if (field === 1) return time.getHours();
  if (field === 2) return time.getDate();
  if (field === 3) return time.getMonth() + 1;
  if (field === 4) return time.getDay();
  return time.getFullYear();
}

function parseFields(cron: string): FieldTest[] {
  if (cron === '*') return [];
  const fields = cron.split(/\s+/).filter((field) => field !== '');
  if (fields.length !== FIELDS) {
    throw new MalformedCondition(
      'time',
      `Error in Time Condition format: Expected ${FIELDS} but got ${fields.length} parts in cron notation`,
    );
  }
  const tests = fields.map(parseField);
  return tests.every((test) => test === ANY) ? [] : tests;
}

/** What LinOTP does not know (names of days, a base before `/`) never matches, as there. */
function parseField(field: string): FieldTest {
  if (field === '*') return ANY;
  const tests = field.split(',').map(parsePart);
  return tests.includes(ANY) ? ANY : (value) => tests.some((test) => test(value));
}

function parsePart(part: string): FieldTest {
  if (part === '*') return ANY;
  if (/^\d+$/.test(part)) return (value) => value === Number(part);
  const range = /^(\d+)-(\d+)$/.exec(part);
  if (range !== null) return (value) => value >= Number(range[1]) && value <= Number(range[2]);
  const step = Number(/^\*\/(\d+)$/.exec(part)?.[1] ?? 0);
  return step > 0 ? (value) => value % step === 0 : NONE;
}
