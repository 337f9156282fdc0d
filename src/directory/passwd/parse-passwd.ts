import type { UserRecord } from '@app/realms';

const EMAIL = /.+@.+\..+/;

/**
 * Reads `name:password:uid:gid:gecos:home:shell` lines (spec/system-api §4.2). The gecos field is a comma list: full name
 * (its first word is the given name), office, mobile, phone; the first later part that looks like one is the e-mail.
 * Lines that are empty, comments or without a user id are left out. Password hashes are not kept: nothing asks for them.
 */
export function parsePasswd(text: string): UserRecord[] {
  const users: UserRecord[] = [];
  for (const line of text.split('\n')) {
    const [username = '', , userId = '', , gecos = ''] = line.replace(/\r$/, '').split(':');
    if (username.trim() === '' || username.startsWith('#') || userId === '') continue;
    users.push({ username, userId, description: gecos, ...personOf(gecos) });
  }
  return users;
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
