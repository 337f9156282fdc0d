import type { UserRecord } from './user.js';

/** One line of a passwd file. */
export interface PasswdLine {
  readonly user: UserRecord;
  /** The second field as it is: a hash, `x`, `*`, or nothing. */
  readonly password: string;
}

/** With its place: 1, 2, 3 … within the file. */
export interface NumberedPasswdLine extends PasswdLine {
  readonly number: number;
}

/** Reads the lines of a passwd file; those that are no user's are left out. */
export function parsePasswd(text: string): NumberedPasswdLine[] {
  return text.split('\n').flatMap((line, place) => {
    const parsed = parsePasswdLine(line);
    return parsed ? [{ number: place + 1, ...parsed }] : [];
  });
}

/**
 * Reads `name:password:uid:gid:gecos:home:shell` (spec/system-api §4.2). The gecos field is a comma list: full name
 * (its first word is the given name), office, mobile, phone; the first later part that looks like one is the e-mail.
 * @returns `null` for a line that is empty, a comment, or without a name or a user id
 */
export function parsePasswdLine(line: string): PasswdLine | null {
  const [username = '', password = '', userId = '', , gecos = ''] = line.replace(/\r$/, '').split(':');
  if (username.trim() === '' || username.startsWith('#') || userId === '') return null;
  return { user: { username, userId, description: gecos, ...personOf(gecos) }, password };
}

function personOf(gecos: string): Omit<UserRecord, 'username' | 'userId' | 'description'> {
  const [fullName = '', , mobile = '', phone = '', ...more] = gecos.split(',');
  const name = fullName.trim();
  const blank = name.indexOf(' ');
  return {
    givenName: blank < 0 ? name : name.slice(0, blank),
    surname: blank < 0 ? '' : name.slice(blank + 1),
    mobile: mobile.trim(),
    phone: phone.trim(),
    email: more.find(looksLikeEmail)?.trim() ?? '',
  };
}

/** Something, an `@`, something, a dot, something; in one pass, however long the text is. */
function looksLikeEmail(part: string): boolean {
  const text = part.trim();
  const at = text.indexOf('@', 1);
  return at > 0 && text.lastIndexOf('.', text.length - 2) >= at + 2;
}
