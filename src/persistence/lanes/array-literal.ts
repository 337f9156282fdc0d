/**
 * Values of one column as PostgreSQL reads an array. pg makes the same of a list, by two replacements for each text and by the
 * local time for each date; a login has some thirty of them.
 *
 * @param values texts, numbers, booleans, dates within the years 0 … 9999, buffers (bytea), `null` and `undefined` (NULL)
 */
export function arrayLiteral(values: readonly unknown[]): string {
  let literal = '{';
  for (let place = 0; place < values.length; place++) {
    if (place > 0) literal += ',';
    literal += element(values[place]);
  }
  return `${literal}}`;
}

function element(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quoted(value);
    case 'number':
    case 'boolean':
      return String(value);
    default:
      if (value === null || value === undefined) return 'NULL';
      if (value instanceof Date) return `"${value.toISOString()}"`;
      if (Buffer.isBuffer(value)) return `"\\\\x${value.toString('hex')}"`;
      throw new Error('an array has an element that is no value of a column');
  }
}

const TO_ESCAPE = /["\\]/;
const EACH_TO_ESCAPE = /["\\]/g;

function quoted(text: string): string {
  return TO_ESCAPE.test(text) ? `"${text.replace(EACH_TO_ESCAPE, String.raw`\$&`)}"` : `"${text}"`;
}
