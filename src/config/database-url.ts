import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';

import type { ClientConfig } from 'pg';

/** A database URL that cannot be used. The message says what is wrong and repeats nothing of the URL. */
export class DatabaseUrlError extends Error {}

const SHAPE =
  /^postgres(?:ql)?(?:\+\w+)?:\/\/(?:(?<login>[^/?]*)@)?(?<hosts>[^@/?]*)(?:\/(?<database>[^?/@]*))?(?:\?(?<query>.*))?$/s;
const HOST = /^(?:\[(?<v6>[^\]]+)\]|(?<name>[^:]*))(?::(?<port>\d{1,5}))?$/;
const TLS_MODES = ['disable', 'require', 'verify-ca', 'verify-full', 'no-verify'] as const;
const PARAMETERS = [
  'host',
  'port',
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'application_name',
  'connect_timeout',
  'options',
  'target_session_attrs',
] as const;

/** Whether this is a URL for PostgreSQL at all; LinOTP's may name another database. */
export function isPostgresUrl(text: string): boolean {
  return /^postgres(?:ql)?(?:\+\w+)?:\/\//.test(text);
}

/**
 * The servers of `postgres://user:password@h1:5432,h2:5432/db?sslmode=…` (libpq's form, PostgreSQL manual §34.1.1.2) in the
 * order given; the driver part of SQLAlchemy's form (`postgresql+psycopg2://`) is passed over. Reads the files that
 * `sslrootcert`, `sslcert` and `sslkey` name.
 *
 * `sslmode=require` checks certificate and host name like `verify-full`: encryption to whoever answers protects nothing.
 * Who wants only that says `no-verify`. `prefer` and `allow` are refused.
 *
 * @throws DatabaseUrlError
 */
export function parseDatabaseUrl(url: string): readonly ClientConfig[] {
  const parts = SHAPE.exec(url)?.groups;
  if (!parts) throw new DatabaseUrlError('must have the form postgres://user:password@host:port/database');

  const parameters = parseParameters(parts['query'] ?? '');
  const [user, password] = parseLogin(parts['login']);
  const database = decode(parts['database'] ?? '');
  const shared = {
    ...(user !== '' && { user }),
    // A function: an object that is logged by accident then shows no password.
    ...(password !== '' && { password: () => password }),
    ...(database !== '' && { database }),
    ...sessionOptions(parameters),
  };
  const ssl = tlsOptions(parameters);
  return serversOf(parts['hosts'] ?? '', parameters).map((server) =>
    Object.freeze({ ...server, ...shared, ssl }),
  );
}

/** The URL without its password and parameters, for display. */
export function shownDatabaseUrl(url: string): string {
  const parts = SHAPE.exec(url)?.groups;
  if (!parts) return '(set)';
  const user = parts['login']?.split(':', 1)[0] ?? '';
  return `postgres://${user === '' ? '' : `${user}@`}${parts['hosts'] ?? ''}/${parts['database'] ?? ''}`;
}

function parseLogin(text: string | undefined): [user: string, password: string] {
  const [user = '', ...password] = (text ?? '').split(':');
  return [decode(user), decode(password.join(':'))];
}

function serversOf(hosts: string, parameters: Parameters): ClientConfig[] {
  if (parameters.host === undefined) return hosts.split(',').map(parseHost);
  // The usual way to name the folder of a Unix socket: `postgres:///db?host=/run/postgresql`.
  if (hosts !== '') throw new DatabaseUrlError('names hosts in two places');
  return parameters.host.split(',').map((host) => target(host, parameters.port));
}

function parseHost(text: string): ClientConfig {
  const parts = HOST.exec(text)?.groups;
  if (!parts) throw new DatabaseUrlError('has a host that is not of the form host:port');
  return target(decode(parts['v6'] ?? parts['name'] ?? ''), parts['port']);
}

function target(host: string, portText: string | undefined): ClientConfig {
  const port = portText === undefined ? undefined : Number(portText);
  if (port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= 65_535)) {
    throw new DatabaseUrlError('has a port that is not between 1 and 65535');
  }
  return { ...(host !== '' && { host }), ...(port !== undefined && { port }) };
}

type Parameters = Readonly<Partial<Record<(typeof PARAMETERS)[number], string>>>;

function parseParameters(query: string): Parameters {
  const given = new Map<string, string>(
    query
      .split('&')
      .filter((part) => part !== '')
      .map((part): [string, string] => {
        const [name = '', ...value] = part.split('=');
        return [decode(name), decode(value.join('='))];
      }),
  );
  const names: readonly string[] = PARAMETERS;
  // Its name is not repeated: a password with an unescaped `?` would be taken for one.
  if ([...given.keys()].some((name) => !names.includes(name))) {
    throw new DatabaseUrlError(`has a parameter other than ${PARAMETERS.join(', ')}`);
  }
  return Object.fromEntries(given);
}

function sessionOptions(parameters: Parameters): ClientConfig {
  const { application_name, options, connect_timeout, target_session_attrs } = parameters;
  // Always the writable one: reads go to the primary, too.
  if (target_session_attrs !== undefined && !['read-write', 'primary'].includes(target_session_attrs)) {
    throw new DatabaseUrlError('has a target_session_attrs other than read-write or primary');
  }
  if (connect_timeout !== undefined && !/^\d{1,4}$/.test(connect_timeout)) {
    throw new DatabaseUrlError('has a connect_timeout that is not a number of seconds');
  }
  return {
    ...(application_name !== undefined && { application_name }),
    ...(options !== undefined && { options }),
    ...(Number(connect_timeout) > 0 && { connectionTimeoutMillis: Number(connect_timeout) * 1000 }),
  };
}

function tlsOptions(parameters: Parameters): false | ConnectionOptions {
  const { sslmode, sslrootcert, sslcert, sslkey } = parameters;
  const mode = TLS_MODES.find((known) => known === sslmode);
  if (sslmode !== undefined && !mode) {
    throw new DatabaseUrlError(`has an sslmode other than ${TLS_MODES.join(', ')}`);
  }
  const files = {
    ...(sslrootcert !== undefined && { ca: readPem('sslrootcert', sslrootcert) }),
    ...(sslcert !== undefined && { cert: readPem('sslcert', sslcert) }),
    ...(sslkey !== undefined && { key: readPem('sslkey', sslkey) }),
  };
  if (mode === 'disable' || (mode === undefined && Object.keys(files).length === 0)) return false;
  if (mode === 'no-verify') return { ...files, rejectUnauthorized: false };
  if (mode !== 'verify-ca') return files;
  // With the public authorities anybody has a certificate: only an own authority may vouch without the host's name.
  if (!files.ca) throw new DatabaseUrlError('has sslmode=verify-ca without an sslrootcert');
  return { ...files, checkServerIdentity: () => undefined };
}

function readPem(parameter: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new DatabaseUrlError(`names a file by ${parameter} that cannot be read`, { cause: error });
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw new DatabaseUrlError('has a % that is not followed by two hexadecimal digits', { cause: error });
  }
}
