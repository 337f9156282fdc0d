import type { LocalAdministrator } from '@app/realms';

import { CommandError } from '../command-error.js';

/** LinOTP's names of what a line can show (spec/system-api §11), and `state`. */
const FIELDS: Readonly<Record<string, (account: LocalAdministrator) => string>> = {
  username: (account) => account.username,
  // The same for local administrators (spec/data-and-crypto §2.7).
  userid: (account) => account.username,
  name: ({ givenName, surname }) => [givenName, surname].filter((part) => part !== '').join(' '),
  givenname: (account) => account.givenName,
  surname: (account) => account.surname,
  email: (account) => account.email,
  phone: (account) => account.phone,
  mobile: (account) => account.mobile,
  state: ({ isEnabled, hasPassword }) => (isEnabled ? (hasPassword ? 'enabled' : 'no password') : 'disabled'),
};

export const TEMPLATE_KEYS = Object.keys(FIELDS);
export const SHORT_TEMPLATE = '{username}';
export const LONG_TEMPLATE = '{username}:{name}:{email}:{phone}:{mobile}';

const PARTS = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g;

/**
 * The line of an account by a template in Python's notation: `{key}`, with `{{` and `}}` for braces.
 * @throws CommandError
 */
export function accountFormat(template: string): (account: LocalAdministrator) => string {
  const parts = (account: LocalAdministrator | null) =>
    template.replaceAll(PARTS, (part: string, key: string | undefined) => {
      if (part === '{{' || part === '}}') return part.charAt(0);
      if (key === undefined) throw new CommandError(`single '${part}' in template`);
      const field = Object.hasOwn(FIELDS, key) ? FIELDS[key] : undefined;
      if (!field) throw new CommandError(`invalid key '${key}' in template`);
      return account ? field(account) : '';
    });
  // A bad template is told before anything is looked up.
  parts(null);
  return (account) => parts(account);
}
