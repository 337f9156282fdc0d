import type { UserRecord, UserSearch } from '@app/realms';

/** User fields by the names that searches use (spec/system-api §4.1). */
const FIELDS: Readonly<Record<string, (user: UserRecord) => string>> = {
  username: (user) => user.username,
  userid: (user) => user.userId,
  description: (user) => user.description,
  email: (user) => user.email,
  givenname: (user) => user.givenName,
  surname: (user) => user.surname,
  phone: (user) => user.phone,
  mobile: (user) => user.mobile,
};

/** Whether a user that is in memory is among those looked for. */
export function userMatcher({ fields, anyField }: UserSearch): (user: UserRecord) => boolean {
  const conditions = Object.entries(fields).flatMap(([name, pattern]) => {
    const valueOf = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
    const matches = textMatcher(pattern);
    return valueOf ? [(user: UserRecord) => matches(valueOf(user))] : [];
  });
  if (anyField !== null) {
    const matches = textMatcher(anyField);
    conditions.push((user) => Object.values(FIELDS).some((valueOf) => matches(valueOf(user))));
  }
  return (user) => conditions.every((condition) => condition(user));
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
