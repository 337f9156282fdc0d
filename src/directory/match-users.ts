import { fulfils, parseUserIdCondition, type UserRecord, type UserSearch } from '@app/realms';

/** User fields by the names that searches use (spec/system-api §4.1). */
const FIELDS: ReadonlyMap<string, (user: UserRecord) => string> = new Map([
  ['username', (user: UserRecord) => user.username],
  ['userid', (user: UserRecord) => user.userId],
  ['description', (user: UserRecord) => user.description],
  ['email', (user: UserRecord) => user.email],
  ['givenname', (user: UserRecord) => user.givenName],
  ['surname', (user: UserRecord) => user.surname],
  ['phone', (user: UserRecord) => user.phone],
  ['mobile', (user: UserRecord) => user.mobile],
]);

/**
 * Whether a user that is in memory is among those looked for. A user id may also be compared, as a number
 * (spec/system-api §4.2).
 */
export function userMatcher({ fields, anyField }: UserSearch): (user: UserRecord) => boolean {
  const conditions = Object.entries(fields).flatMap(([name, pattern]) => {
    const valueOf = FIELDS.get(name);
    if (!valueOf) return [];
    const matches = name === 'userid' ? userIdMatcher(pattern) : textMatcher(pattern);
    return [(user: UserRecord) => matches(valueOf(user))];
  });
  if (anyField !== null) {
    const matches = textMatcher(anyField);
    const values = [...FIELDS.values()];
    conditions.push((user) => values.some((valueOf) => matches(valueOf(user))));
  }
  return (user) => conditions.every((condition) => condition(user));
}

function userIdMatcher(pattern: string): (userId: string) => boolean {
  const condition = parseUserIdCondition(pattern);
  return condition ? (userId) => fulfils(condition, userId) : textMatcher(pattern);
}

/** `*` stands for any characters; case does not matter. In time proportional to the lengths, whatever the pattern. */
function textMatcher(pattern: string): (text: string) => boolean {
  const [first = '', ...rest] = pattern.toLowerCase().split('*');
  const last = rest.pop();
  return (text) => {
    const lower = text.toLowerCase();
    if (last === undefined) return lower === first;
    if (!lower.startsWith(first)) return false;
    let place = first.length;
    for (const part of rest) {
      const found = lower.indexOf(part, place);
      if (found < 0) return false;
      place = found + part.length;
    }
    return lower.length - last.length >= place && lower.endsWith(last);
  };
}
