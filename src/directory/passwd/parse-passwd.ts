import type { UserRecord } from '@app/realms';

/** One user of a passwd file, with the password field as it stands there. */
export interface PasswdEntry extends UserRecord {
  readonly passwordField: string;
}

const EMAIL = /.+@.+\..+/;

/**
 * Reads `name:password:uid:gid:gecos:home:shell` lines (spec/system-api §4.2). The gecos field is a comma list: full name
 * (its first word is the given name), office, mobile, phone; the first later part that looks like one is the e-mail.
 * Lines that are empty, comments or without a user id are left out; of two with one name the first counts.
 */
export function parsePasswd(text: string): PasswdEntry[] {
  const entries: PasswdEntry[] = [];
  for (const line of text.split('\n')) {
    const [username = '', passwordField = '', userId = '', , gecos = ''] = line.replace(/\r$/, '').split(':');
    if (username.trim() === '' || username.startsWith('#') || userId === '') continue;
    entries.push({ username, passwordField, userId, description: gecos, ...personOf(gecos) });
  }
  return entries;
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
