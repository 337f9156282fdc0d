import type { ResolverParameter } from '@app/realms';

/** What LinOTP shows of resolvers whose users it keeps in its own database: an SQL resolver without a connection. */
const SHOWN = {
  Driver: '',
  Server: '',
  Port: '',
  Database: '',
  User: '',
  conParams: '',
  Connect: '',
  Table: 'imported_user',
  Map: '{"userid": "userid", "username": "username", "phone": "phone", "mobile": "mobile", "email": "email", "surname": "surname", "givenname": "givenname", "password": "password", "groupid": "groupid"}',
  Limit: '1000',
  Encoding: 'utf-8',
} as const;

/** How many users a test of such a resolver lists. */
export const LISTED_BY_TEST = Number(SHOWN.Limit);

/**
 * The parameters of LinOTP's view of such resolvers (recording getConfig). Nothing of Twinlock reads them.
 * @param where `Where` of the only resolver of a type; `null`: each has its own
 */
export function importedUserTable(where: string | null): readonly ResolverParameter[] {
  const parameter = (name: string, fallback: string | null): ResolverParameter => ({
    name,
    isRequired: false,
    isSecret: name === 'Password',
    guardsSecrets: false,
    fallback,
    meaning: 'as LinOTP shows it; it has no effect',
  });
  return [
    ...Object.entries(SHOWN).map(([name, value]) => parameter(name, value)),
    parameter('Where', where),
    parameter('Password', null),
  ];
}
