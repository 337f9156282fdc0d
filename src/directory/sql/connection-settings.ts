import { Invalid } from '@app/kernel';

export type SqlDriver = 'postgresql' | 'mysql';

/** How far a server has to prove itself. `verify-ca`: by its authority alone, whatever its name. */
export type TlsMode = 'off' | 'verify-full' | 'verify-ca' | 'no-verify';

/** Where a database is and who we are there. Defaults of the driver where something is empty. */
export interface ConnectionSettings {
  readonly driver: SqlDriver;
  /** A path: the Unix socket, for PostgreSQL its folder. */
  readonly host: string;
  readonly port: number | null;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly tls: TlsMode;
  /** File with the authorities that may vouch for the server; `null`: those of Node. */
  readonly authorities: string | null;
}

const DRIVERS: ReadonlyMap<string, SqlDriver> = new Map([
  ['postgresql', 'postgresql'],
  ['postgres', 'postgresql'],
  ['mysql', 'mysql'],
  ['mariadb', 'mysql'],
]);
const URL_FORM =
  /^(?<driver>[\w+]+):\/\/(?:(?<user>[^:/?]*?)(?::(?<password>[^/?]*))?@)?(?<host>\[[^\]]*\]|[^:/?@]*)(?::(?<port>\d*))?(?:\/(?<database>[^?]*))?(?:\?(?<query>.*))?$/s;
const FALSE_WORDS = new Set(['false', '0', 'no', 'off', 'disabled']);

type Parameters = Readonly<Record<string, string>>;

/**
 * Reads Driver, Server … conParams, or Connect instead of them. The message of an error repeats nothing of them.
 * @throws Invalid
 */
export function parseConnection(parameters: Parameters, password: string, url: string): ConnectionSettings {
  if (url !== '') return parseUrl(url);
  const options = parseOptions(parameters['conParams'] ?? '');
  return connectionOf({
    driver: parameters['Driver'] ?? '',
    host: parameters['Server'] ?? '',
    port: parameters['Port'] ?? '',
    database: parameters['Database'] ?? '',
    user: parameters['User'] ?? '',
    password,
    options,
  });
}

/** SQLAlchemy's form of a URL. */
function parseUrl(url: string): ConnectionSettings {
  const parts = URL_FORM.exec(url)?.groups;
  if (!parts)
    throw new Invalid('Connect', 'Connect must have the form driver://user:password@server:port/database');
  return connectionOf({
    driver: parts['driver'] ?? '',
    host: unescaped(parts['host'] ?? '').replace(/^\[(.*)\]$/, '$1'),
    port: parts['port'] ?? '',
    database: unescaped(parts['database'] ?? ''),
    user: unescaped(parts['user'] ?? ''),
    password: unescaped(parts['password'] ?? ''),
    options: parseOptions(parts['query'] ?? ''),
  });
}

interface Parts {
  readonly driver: string;
  readonly host: string;
  readonly port: string;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly options: ReadonlyMap<string, string>;
}

function connectionOf({ driver, host, port, database, user, password, options }: Parts): ConnectionSettings {
  const portText = port.trim() === '' ? (options.get('port') ?? '') : port.trim();
  const socket = options.get('unix_socket');
  if (socket !== undefined && !socket.startsWith('/')) {
    throw new Invalid('conParams', 'unix_socket must be a path');
  }
  return {
    driver: parseDriver(driver),
    // The socket's path has no other place in a URL.
    host: socket ?? (host.trim() === '' ? (options.get('host') ?? '') : host.trim()),
    port: parsePort(portText),
    database,
    user,
    password,
    tls: parseTls(options),
    authorities: options.get('sslrootcert') ?? options.get('ssl_ca') ?? null,
  };
}

/** The part behind `+` names a library of Python. */
function parseDriver(text: string): SqlDriver {
  const driver = DRIVERS.get(
    text
      .trim()
      .toLowerCase()
      .replace(/\+\w*$/, ''),
  );
  if (!driver)
    throw new Invalid('Driver', 'the drivers there are: postgresql, and mysql for MySQL and MariaDB');
  return driver;
}

function parsePort(text: string): number | null {
  if (text === '') return null;
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535) {
    throw new Invalid('Port', 'the port must be a number between 1 and 65535');
  }
  return port;
}

/**
 * `require` checks the certificate like `verify-full`: encryption to whoever answers protects nothing; who wants only that
 * says `no-verify`. `prefer` and `allow`, which leave it to whoever listens in, are no TLS.
 */
function parseTls(options: ReadonlyMap<string, string>): TlsMode {
  const isUnchecked = [options.get('ssl_verify_cert'), options.get('ssl_verify_identity')].some(
    (word) => word !== undefined && FALSE_WORDS.has(word.toLowerCase()),
  );
  switch (options.get('sslmode')?.toLowerCase()) {
    case 'require':
    case 'verify-full':
      return 'verify-full';
    case 'verify-ca':
      return 'verify-ca';
    case 'no-verify':
      return 'no-verify';
    case 'disable':
    case 'allow':
    case 'prefer':
      return 'off';
    case undefined:
      break;
    default:
      throw new Invalid('conParams', 'sslmode must be disable, require, verify-ca, verify-full or no-verify');
  }
  const ssl = options.get('ssl');
  const isWanted =
    (ssl !== undefined && !FALSE_WORDS.has(ssl.toLowerCase())) ||
    [...options.keys()].some((name) => name.startsWith('ssl_') || name === 'sslrootcert');
  if (!isWanted) return 'off';
  return isUnchecked ? 'no-verify' : 'verify-full';
}

function parseOptions(query: string): ReadonlyMap<string, string> {
  return new Map(
    query
      .replace(/^\?/, '')
      .split('&')
      .filter((part) => part.trim() !== '')
      .map((part) => {
        const [name = '', ...value] = part.split('=');
        return [unescaped(name.trim()).toLowerCase(), unescaped(value.join('=').trim())];
      }),
  );
}

/** A `%` that begins no escape stays what it is. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
