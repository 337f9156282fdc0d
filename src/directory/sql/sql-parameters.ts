import type { ResolverParameter } from '@app/realms';

type Given = Pick<ResolverParameter, 'name' | 'meaning'> & Partial<ResolverParameter>;

/** The settings of an SQL resolver, in the order in which they are shown (spec/system-api §4.4). */
export const SQL_PARAMETERS: readonly ResolverParameter[] = [
  setting({
    name: 'Driver',
    guardsSecrets: true,
    meaning: 'postgresql or mysql (MariaDB, too), in the forms of SQLAlchemy as well: postgresql+psycopg2',
  }),
  setting({ name: 'Server', guardsSecrets: true, meaning: 'host name, address, or path of a Unix socket' }),
  setting({ name: 'Port', guardsSecrets: true, meaning: 'empty: 5432 or 3306' }),
  setting({ name: 'Database', guardsSecrets: true, meaning: 'name of the database' }),
  setting({ name: 'User', guardsSecrets: true, meaning: 'who reads there; it needs to read the table only' }),
  setting({
    name: 'Password',
    isRequired: true,
    isSecret: true,
    fallback: null,
    meaning: 'the password of that user as it is, nothing in it is escaped',
  }),
  setting({
    name: 'conParams',
    guardsSecrets: true,
    meaning:
      'name=value, joined by &: sslmode (disable, require, verify-ca, verify-full, no-verify; require checks the certificate), sslrootcert; for MySQL also ssl=true, ssl_ca, ssl_verify_cert, unix_socket. Others are passed over: text is always UTF-8',
  }),
  setting({
    name: 'Connect',
    isSecret: true,
    fallback: null,
    meaning:
      'driver://user:password@server:port/database?conParams with %-escapes, instead of everything above; a secret, as it may hold a password',
  }),
  setting({
    name: 'Table',
    guardsSecrets: true,
    isRequired: true,
    meaning: 'table or view: name, or schema.name',
  }),
  setting({
    name: 'Where',
    meaning:
      'condition that all users fulfil, as SQL: whoever sets it can read what the database user can. Without ; and comments',
  }),
  setting({
    name: 'Map',
    isRequired: true,
    meaning:
      'which column holds which field of a user, as a JSON object: userid (unique) and username, then password, email, phone, mobile, givenname, surname, description, others',
  }),
  setting({ name: 'Limit', fallback: '1000', meaning: 'how many users a test of the resolver lists' }),
  setting({ name: 'Encoding', fallback: 'utf-8', meaning: 'kept for clients; text is always read as UTF-8' }),
];

function setting(given: Given): ResolverParameter {
  return { isRequired: false, isSecret: false, guardsSecrets: false, fallback: '', ...given };
}
