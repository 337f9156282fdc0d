import { isPostgresUrl, shownDatabaseUrl } from './database-url.js';
import type { Settings } from './settings.js';

/** One setting, as it is read and as it is documented. */
export interface SettingDefinition {
  readonly name: string;
  readonly property: Exclude<keyof Settings, 'versionNumber' | 'embeddedFolder' | 'notices'>;
  /** Other names, each used when those before it are unset or empty. */
  readonly aliases: readonly string[];
  /** What an unset variable means; `null`: nothing, or what `fallbackText` says. */
  readonly fallback: string | null;
  readonly fallbackText?: string;
  readonly meaning: string;
  /** Set and empty is a value, too. */
  readonly takesEmpty?: true;
  /** Whether a value under one of the other names means anything here; it is passed over with a notice when not. */
  readonly understandsAlias?: (text: string) => boolean;
  /** The value as it may be displayed; without it the value itself. */
  readonly shown?: (text: string) => string;
}

/** LinOTP's name for a setting (spec/system-api §10), with and without its prefix. */
const linotp = (name: string) => [`LINOTP_${name}`, name];

/** Every setting there is: read from here, printed from here, documented nowhere else. */
export const SETTING_DEFINITIONS: readonly SettingDefinition[] = [
  {
    name: 'TWINLOCK_HOST',
    property: 'host',
    aliases: [],
    fallback: '127.0.0.1',
    meaning: 'Address to listen on.',
  },
  {
    name: 'TWINLOCK_PORT',
    property: 'port',
    aliases: [],
    fallback: '5001',
    meaning: 'Port to listen on; 0 takes a free one.',
  },
  {
    name: 'TWINLOCK_DATA',
    property: 'dataFolder',
    aliases: [],
    fallback: null,
    fallbackText:
      '`.twinlock` in the checkout; as root, where an unprivileged user cannot enter that, `/var/lib/twinlock`',
    meaning: 'Folder for the keyring, the embedded database and files that Twinlock hands out.',
  },
  {
    name: 'DATABASE_URL',
    property: 'databaseServers',
    aliases: linotp('DATABASE_URI'),
    fallback: null,
    fallbackText: 'the embedded PostgreSQL',
    meaning:
      '`postgres://user:password@host:5432,host2:5432/database?sslmode=verify-full`: of several hosts the writable one is used. `sslmode` is `disable`, `require` and `verify-full` (both check certificate and host name), `verify-ca` or `no-verify`.',
    understandsAlias: isPostgresUrl,
    shown: shownDatabaseUrl,
  },
  {
    name: 'TWINLOCK_KEYRING_FILE',
    property: 'keyringFile',
    aliases: [],
    fallback: null,
    fallbackText: '`keyring.json` in the data folder',
    meaning:
      'The keys that seal seeds, PINs and passwords in the database: the same for every node, mode 0600 or 0400.',
  },
  {
    name: 'TWINLOCK_TRUSTED_PROXIES',
    property: 'trustedProxies',
    aliases: linotp('TRUSTED_PROXIES'),
    fallback: '',
    fallbackText: 'none',
    meaning:
      'Networks (CIDR, comma separated) whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed: load balancers and nothing else.',
  },
  {
    name: 'GET_CLIENT_ADDRESS_FROM_POST_DATA',
    property: 'takesClientFromParameter',
    aliases: ['LINOTP_GET_CLIENT_ADDRESS_FROM_POST_DATA'],
    fallback: 'true',
    meaning:
      'Whether clients that the stored setting `mayOverwriteClient` lists (nobody, unless an administrator sets it) may name another client in the parameter `client`.',
  },
  {
    name: 'TWINLOCK_TLS_CERT',
    property: 'tlsCertificateFile',
    aliases: [],
    fallback: null,
    meaning:
      'Certificate chain (PEM) for HTTPS, TLS 1.2 and newer; read again on SIGHUP. Needs `TWINLOCK_TLS_KEY`.',
  },
  {
    name: 'TWINLOCK_TLS_KEY',
    property: 'tlsKeyFile',
    aliases: [],
    fallback: null,
    meaning: 'Private key (PEM) of that certificate.',
  },
  {
    name: 'TWINLOCK_TLS_CA_FILE',
    property: 'trustedCertificatesFile',
    aliases: linotp('TLS_CA_CERTIFICATES_FILE'),
    fallback: null,
    fallbackText:
      '`/etc/ssl/certs/ca-certificates.crt`; where that is missing, the authorities that Node brings',
    meaning:
      'Authorities (PEM) whose certificates directory, mail, gateway and forward servers may show; read again when it has changed.',
  },
  {
    name: 'TWINLOCK_FIDO2_MAKERS_FILE',
    property: 'keyMakersFile',
    aliases: [],
    fallback: null,
    fallbackText: 'none: statements of makers are checked by themselves',
    meaning:
      'Certificates (PEM) of makers of FIDO2 authenticators: where one vouches for a new key, it has to be one of these, and the models of `fido2_allowed_authenticators` count only where one does.',
  },
  {
    name: 'TWINLOCK_DELIVERY_SECONDS',
    property: 'deliverySeconds',
    aliases: [],
    fallback: '10',
    meaning:
      'How long the delivery of a message (SMS, e-mail, call) may keep a request waiting, all its providers together.',
  },
  {
    name: 'TWINLOCK_FORWARD_SECONDS',
    property: 'forwardSeconds',
    aliases: [],
    fallback: '10',
    meaning:
      'How long servers elsewhere (policy `forward_server`; tokens of the types `remote`, `radius`, `yubico`) may take to decide a login.',
  },
  {
    name: 'TWINLOCK_RADIUS_NAS_IDENTIFIER',
    property: 'radiusNasIdentifier',
    aliases: linotp('RADIUS_NAS_IDENTIFIER'),
    fallback: 'LinOTP',
    meaning: 'The name by which RADIUS servers know this server.',
  },
  {
    name: 'TWINLOCK_MAIL_TEMPLATES',
    property: 'mailTemplateFolder',
    aliases: [],
    fallback: null,
    fallbackText: '`mailtemplates` in the data folder',
    meaning: 'Folder of the templates that e-mail providers name as `file://…`.',
  },
  {
    name: 'TWINLOCK_AUDIT_HEADS',
    property: 'auditHeadsFolder',
    aliases: [],
    fallback: null,
    fallbackText: '`audit-heads` in the data folder',
    meaning:
      'Folder in which each node keeps the heads of the audit trail, once a minute, out of reach of whoever can change the database; nodes may share it.',
  },
  {
    name: 'TWINLOCK_AUDIT_RETENTION_DAYS',
    property: 'auditRetentionDays',
    aliases: [],
    fallback: '0',
    meaning:
      'Records of the audit trail that are more than so many days old are removed, once a day, by one of the nodes; unexported. 0: they stay.',
  },
  {
    name: 'TWINLOCK_DRAIN_SECONDS',
    property: 'drainSeconds',
    aliases: [],
    fallback: '0',
    meaning:
      'How long, after SIGTERM, `/readyz` says 503 while everybody is served, and how long then open connections are left to the load balancer (up to 300). 0: it stops at once.',
  },
  {
    name: 'TWINLOCK_ALLOW_PLAIN_HTTP',
    property: 'allowsPlainHttp',
    aliases: [],
    fallback: 'false',
    meaning:
      'Allows plain HTTP beyond the loopback address without a trusted proxy in front: PINs and OTPs cross the network in the clear.',
  },
  {
    name: 'TWINLOCK_ADMIN_PASSWORD_FILE',
    property: 'adminPasswordFile',
    aliases: [],
    fallback: null,
    meaning: 'File with the password of the first administrator, `admin`, who is made when there is none.',
  },
  {
    name: 'TWINLOCK_LOG_LEVEL',
    property: 'logLevel',
    aliases: linotp('LOG_LEVEL'),
    fallback: 'info',
    meaning:
      '`trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`; LinOTP’s `WARNING` and `CRITICAL` are understood.',
  },
  {
    name: 'TWINLOCK_VERSION_STRING',
    property: 'versionText',
    aliases: [],
    fallback: 'LinOTP 3.4.4',
    meaning: 'Product and version that answers of the LinOTP interfaces name: clients look at it.',
  },
  {
    name: 'TWINLOCK_OLD_CLIENTS',
    property: 'servesOldClients',
    aliases: [],
    fallback: 'false',
    meaning:
      'Lets clients of LinOTP 2.4.1 to 2.x in: HTTP Basic and `session` instead of the CSRF header, GET for changes.',
  },
  {
    name: 'TWINLOCK_NO_SESSION_CHECK',
    property: 'noSessionCheck',
    aliases: ['linotpNoSessionCheck'],
    fallback: '',
    fallbackText: 'none',
    meaning:
      'With old clients: networks (CIDR, comma separated, the socket’s peer) whose `session` is not compared; they authenticate all the same.',
  },
  {
    name: 'TWINLOCK_PROXY_USER_HEADER',
    property: 'proxyUserHeader',
    aliases: [],
    fallback: null,
    meaning:
      'With old clients: header by which a trusted proxy names the administrator it authenticated. The proxy must remove it from what clients send.',
  },
  {
    name: 'TWINLOCK_METRICS_TOKEN_FILE',
    property: 'metricsTokenFile',
    aliases: [],
    fallback: null,
    meaning:
      'File with the bearer token that opens `/metrics` and `/api/docs` without an administrator’s session.',
  },
  {
    name: 'TWINLOCK_AUDIT_STREAM',
    property: 'auditStreams',
    aliases: [],
    fallback: '',
    fallbackText: 'none',
    meaning:
      'Where each record of the audit trail goes, too, once it is committed, comma separated: `stdout`, `syslog+udp://host:514`, `syslog+tcp://host:601`, `syslog+tls://host:6514`.',
  },
  {
    name: 'TWINLOCK_AUDIT_STREAM_RECORDS',
    property: 'auditStreamRecords',
    aliases: [],
    fallback: '10000',
    meaning:
      'Records that wait in memory for each of these (100 to 1000000); what comes when so many do is lost to it, and counted.',
  },
  {
    name: 'TWINLOCK_ENROLMENT_ECHO',
    property: 'enrolmentEcho',
    aliases: [],
    fallback: 'always',
    meaning:
      '`always`: the answer to `admin/init` has the seed, as LinOTP’s; `generated`: only a seed that Twinlock made, never one that the client sent.',
  },
  {
    name: 'TWINLOCK_TOKEN_FILE_LIMIT',
    property: 'tokenFileMebibytes',
    aliases: [],
    fallback: '64',
    meaning: 'How large a file of tokens may be that is imported, in MiB (1 to 512).',
  },
  {
    name: 'TWINLOCK_TOKEN_FILE_TOKENS',
    property: 'tokenFileTokens',
    aliases: [],
    fallback: '250000',
    meaning: 'How many tokens it may hold.',
  },
  {
    name: 'TWINLOCK_GUESS_LIMIT',
    property: 'mostFailures',
    aliases: [],
    fallback: '100',
    meaning: 'Failed logins in a row that lock any token, however high its `MaxFailCount` is.',
  },
  {
    name: 'TWINLOCK_GUESS_DELAY_FROM',
    property: 'firstDelayedFailure',
    aliases: [],
    fallback: '10',
    meaning:
      'With this failed login of a token in a row its next ones begin to be refused for a while; 0: they never are.',
  },
  {
    name: 'TWINLOCK_GUESS_DELAY_SECONDS',
    property: 'firstDelaySeconds',
    aliases: [],
    fallback: '1',
    meaning: 'How long after that one; twice as long after each further one.',
  },
  {
    name: 'TWINLOCK_GUESS_DELAY_LONGEST',
    property: 'longestDelaySeconds',
    aliases: [],
    fallback: '300',
    meaning: 'And at most, in seconds (up to a day).',
  },
  {
    name: 'TWINLOCK_RECORDED_MISSES',
    property: 'recordedMisses',
    aliases: [],
    fallback: '20',
    meaning:
      'Requests to `/validate` a second that meet no token (unknown users, users without a token …) and have a record each, of one client; ten times as many at once. Those beyond are counted in one record a second. 0: all have a record.',
  },
  {
    name: 'TWINLOCK_LOGIN_WAIT_MILLISECONDS',
    property: 'longestLoginWaitMs',
    aliases: [],
    fallback: '1000',
    meaning:
      'A login that would have to wait longer for the database than so many milliseconds (10 to 60000), by what it does at the moment, is refused at once: 503 with `Retry-After`. Where more come all the time than get through, one that would have to wait longer than 50.',
  },
  {
    name: 'TWINLOCK_DATABASE_WAIT_MILLISECONDS',
    property: 'longestDatabaseWaitMs',
    aliases: [],
    fallback: '4000',
    meaning:
      'A login that the database has not answered for so many milliseconds (200 to 60000) is refused: 503, at the latest half a second behind them. To be shorter than the time after which clients (RADIUS, PAM) give up.',
  },
  {
    name: 'JWT_ACCESS_TOKEN_EXPIRES',
    property: 'sessionSeconds',
    aliases: ['LINOTP_JWT_ACCESS_TOKEN_EXPIRES'],
    fallback: '1800',
    meaning: 'Seconds that an administrator’s session lasts without a request.',
  },
  {
    name: 'JWT_ACCESS_TOKEN_REFRESH',
    property: 'sessionRenewalSeconds',
    aliases: ['LINOTP_JWT_ACCESS_TOKEN_REFRESH'],
    fallback: '300',
    meaning: 'A session with no more than these seconds left is renewed by the next request.',
  },
  {
    name: 'JWT_SESSION_COOKIE',
    property: 'endsSessionWithBrowser',
    aliases: ['LINOTP_JWT_SESSION_COOKIE'],
    fallback: 'false',
    meaning: 'Cookies without a lifetime: the browser drops them when it ends.',
  },
  {
    name: 'JWT_CSRF_CHECK_FORM',
    property: 'takesCsrfTokenFromForm',
    aliases: ['LINOTP_JWT_CSRF_CHECK_FORM'],
    fallback: 'true',
    meaning: 'Takes the CSRF token also from the field `csrf_token` of a form, where the header is missing.',
  },
  {
    name: 'SESSION_COOKIE_SECURE',
    property: 'marksCookiesSecure',
    aliases: ['LINOTP_SESSION_COOKIE_SECURE'],
    fallback: null,
    fallbackText: 'when the request came by HTTPS',
    meaning: 'Whether cookies are marked `Secure`, always or never.',
  },
  {
    name: 'ADMIN_REALM_NAME',
    property: 'adminRealm',
    aliases: ['LINOTP_ADMIN_REALM_NAME'],
    fallback: 'linotp_admins',
    meaning: 'Realm whose users are administrators.',
  },
  {
    name: 'ADMIN_RESOLVER_NAME',
    property: 'adminResolver',
    aliases: ['LINOTP_ADMIN_RESOLVER_NAME'],
    fallback: 'LinOTP_local_admins',
    meaning: 'Resolver that holds the administrators kept by Twinlock itself.',
  },
  {
    name: 'ENABLE_CONTROLLERS',
    property: 'enabledControllers',
    aliases: ['LINOTP_ENABLE_CONTROLLERS'],
    fallback: 'ALL',
    meaning:
      'Groups of functions that are served, with blanks between them: `admin`, `validate` …; `validate:/otp` serves one at another path instead.',
  },
  {
    name: 'DISABLE_CONTROLLERS',
    property: 'disabledControllers',
    aliases: ['LINOTP_DISABLE_CONTROLLERS'],
    fallback: 'gettoken',
    takesEmpty: true,
    meaning: 'Groups that are not served, whatever is enabled. Set and empty: all are.',
  },
  {
    name: 'SITE_ROOT_REDIRECT',
    property: 'siteRootRedirect',
    aliases: ['LINOTP_SITE_ROOT_REDIRECT'],
    fallback: null,
    fallbackText: '`/manage/`',
    meaning: 'Path or URL that `/` leads to.',
  },
];
