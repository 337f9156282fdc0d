import type { UserRecord } from './user.js';

/** One line of a passwd file. */
export interface PasswdLine {
  /** 1, 2, 3 … within the file. */
  readonly number: number;
  readonly user: UserRecord;
  /** The second field as it is: a hash, `x`, `*`, or nothing. */
  readonly password: string;
}

const EMAIL = /.+@.+\..+/;

/**
 * Reads `name:password:uid:gid:gecos:home:shell` lines (spec/system-api §4.2). The gecos field is a comma list: full name
 * (its first word is the given name), office, mobile, phone; the first later part that looks like one is the e-mail.
 * Lines that are empty, comments, or without a name or a user id are left out.
 */
export function parsePasswd(text: string): PasswdLine[] {
  const lines: PasswdLine[] = [];
  let number = 0;
  for (const line of text.split('\n')) {
    number++;
    const [username = '', password = '', userId = '', , gecos = ''] = line.replace(/\r$/, '').split(':');
    if (username.trim() === '' || username.startsWith('#') || userId === '') continue;
    lines.push({ number, user: { username, userId, description: gecos, ...personOf(gecos) }, password });
  }
  return lines;
}

function personOf(gecos: string): Omit<UserRecord, 'username' | 'userId' | 'description'> {
  const parts = gecos.split(',').map((part) => part.trim());
  const [fullName = '', , mobile = '', phone = ''] = parts;
  const [givenName = '', ...rest] = fullName.split(' ');
  return {
    givenName,
    surname: rest.join(' '),
    mobile,
    phone,
    email: parts.slice(4).find((part) => EMAIL.test(part)) ?? '',
  };
}
