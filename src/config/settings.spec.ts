import { inspect } from 'node:util';

import { parseControllers } from './served-controllers.js';
import { listSettings, readSettings, type Settings, SettingsError, settingsTable } from './settings.js';

const read = (env: Record<string, string>): Settings => readSettings(env, () => '/data');

function refusalOf(env: Record<string, string>): SettingsError {
  try {
    read(env);
  } catch (error) {
    if (error instanceof SettingsError) return error;
    throw error;
  }
  throw new Error('the settings were accepted');
}

describe('lists of controllers', () => {
  it.each([
    [{}, ['gettoken']],
    [{ DISABLE_CONTROLLERS: '' }, []],
    [{ LINOTP_DISABLE_CONTROLLERS: ' ' }, []],
    [{ DISABLE_CONTROLLERS: 'gettoken admin' }, ['gettoken', 'admin']],
  ])('of %j are off: %j', (env, names) => {
    expect(read(env).disabledControllers.map(({ name }) => name)).toEqual(names);
  });

  it('are refused with a name that nobody knows', () => {
    expect(refusalOf({ DISABLE_CONTROLLERS: 'gettokn' }).message).toContain('DISABLE_CONTROLLERS');
  });
});

describe('readSettings', () => {
  it('has a default for everything', () => {
    expect({ ...read({}), trustedProxies: [], noSessionCheck: [] }).toEqual({
      enabledControllers: parseControllers('ALL'),
      disabledControllers: parseControllers('gettoken'),
      host: '127.0.0.1',
      port: 5001,
      dataFolder: '/data',
      deliverySeconds: 10,
      drainSeconds: 0,
      forwardSeconds: 10,
      radiusNasIdentifier: 'LinOTP',
      mailTemplateFolder: '/data/mailtemplates',
      auditHeadsFolder: '/data/audit-heads',
      databaseServers: null,
      keyringFile: '/data/keyring.json',
      trustedProxies: [],
      takesClientFromParameter: true,
      tlsCertificateFile: null,
      tlsKeyFile: null,
      trustedCertificatesFile: null,
      keyMakersFile: null,
      allowsPlainHttp: false,
      adminPasswordFile: null,
      logLevel: 'info',
      versionText: 'LinOTP 3.4.4',
      servesOldClients: false,
      noSessionCheck: [],
      proxyUserHeader: null,
      metricsTokenFile: null,
      auditStreams: [],
      auditStreamRecords: 10_000,
      enrolmentEcho: 'always',
      tokenFileMebibytes: 64,
      tokenFileTokens: 250_000,
      mostFailures: 100,
      firstDelayedFailure: 10,
      firstDelaySeconds: 1,
      longestDelaySeconds: 300,
      recordedMisses: 20,
      longestLoginWaitMs: 1_000,
      longestDatabaseWaitMs: 4_000,
      auditRetentionDays: 0,
      sessionSeconds: 1800,
      sessionRenewalSeconds: 300,
      endsSessionWithBrowser: false,
      takesCsrfTokenFromForm: true,
      marksCookiesSecure: null,
      adminRealm: 'linotp_admins',
      adminResolver: 'LinOTP_local_admins',
      siteRootRedirect: null,
      notices: [],
    });
    expect(read({}).trustedProxies.isEmpty).toBe(true);
  });

  it.each<[Record<string, string>, Partial<Settings>]>([
    [{ TWINLOCK_PORT: '0' }, { port: 0 }],
    [{ TWINLOCK_PORT: ' 443 ' }, { port: 443 }],
    [{ TWINLOCK_DATA: '/srv/x' }, { dataFolder: '/srv/x', keyringFile: '/srv/x/keyring.json' }],
    [{ TWINLOCK_DATA: '/srv/x' }, { embeddedFolder: '/srv/x/postgres' }],
    [{ TWINLOCK_DATA: '/srv/x', TWINLOCK_KEYRING_FILE: '/run/k' }, { keyringFile: '/run/k' }],
    [{ TWINLOCK_DATA: 'here' }, { dataFolder: `${process.cwd()}/here` }],
    [{ TWINLOCK_OLD_CLIENTS: 'Yes' }, { servesOldClients: true }],
    [{ JWT_CSRF_CHECK_FORM: '0' }, { takesCsrfTokenFromForm: false }],
    [{ SESSION_COOKIE_SECURE: 'no' }, { marksCookiesSecure: false }],
    [{ ADMIN_REALM_NAME: 'Admins' }, { adminRealm: 'admins' }],
    [{ TWINLOCK_VERSION_STRING: 'LinOTP 2.12.4' }, { versionText: 'LinOTP 2.12.4', versionNumber: '2.12.4' }],
    [{ SITE_ROOT_REDIRECT: '/selfservice' }, { siteRootRedirect: '/selfservice' }],
    [
      { TWINLOCK_PROXY_USER_HEADER: 'X-Remote-User', TWINLOCK_TRUSTED_PROXIES: '10.0.0.1' },
      { proxyUserHeader: 'x-remote-user' },
    ],
  ])('reads %j', (env, expected) => {
    expect(read(env)).toMatchObject(expected);
  });

  it.each([
    ['DEBUG', 'debug'],
    ['WARNING', 'warn'],
    ['CRITICAL', 'fatal'],
    ['NOTSET', 'trace'],
    ['silent', 'silent'],
  ])('understands the log level %s', (text, level) => {
    expect(read({ LINOTP_LOG_LEVEL: text }).logLevel).toBe(level);
  });

  it('reads networks', () => {
    const { trustedProxies } = read({ TRUSTED_PROXIES: '10.0.0.0/8, 2001:db8::/32 192.0.2.1' });
    expect(trustedProxies.texts).toEqual(['10.0.0.0/8', '2001:db8::/32', '192.0.2.1']);
  });

  it.each([
    [{ TWINLOCK_LOG_LEVEL: 'error', LINOTP_LOG_LEVEL: 'debug', LOG_LEVEL: 'trace' }, 'error'],
    [{ LINOTP_LOG_LEVEL: 'debug', LOG_LEVEL: 'trace' }, 'debug'],
    [{ LOG_LEVEL: 'trace' }, 'trace'],
    [{ TWINLOCK_LOG_LEVEL: '', LOG_LEVEL: 'trace' }, 'trace'],
  ])('prefers the first name that has a value: %j', (env, level) => {
    expect(read(env).logLevel).toBe(level);
  });

  it('reads several database servers', () => {
    const { databaseServers } = read({ DATABASE_URL: 'postgres://u:geheim1@h1,h2:5433/db' });
    expect(databaseServers).toMatchObject([{ host: 'h1' }, { host: 'h2', port: 5433 }]);
  });

  it('takes LinOTP’s database when it is a PostgreSQL, and says so when it is not', () => {
    expect(read({ LINOTP_DATABASE_URI: 'postgresql+psycopg2://u@h/db' }).databaseServers).toHaveLength(1);

    const other = read({ LINOTP_DATABASE_URI: 'mysql+mysqldb://u:geheim1@h/db' });
    expect(other.databaseServers).toBeNull();
    expect(other.notices).toEqual(['LINOTP_DATABASE_URI means nothing to Twinlock and is not used']);
  });

  it('is frozen', () => {
    const settings = read({ DATABASE_URL: 'postgres://h/db' });
    expect(() => Object.assign(settings, { port: 1 })).toThrow(TypeError);
    expect(() => Object.assign(settings.databaseServers ?? [], { 0: {} })).toThrow(TypeError);
  });

  it('shows no password when it is printed', () => {
    const settings = read({ DATABASE_URL: 'postgres://u:geheim1@h/db' });
    expect(inspect(settings, { depth: 9 }) + JSON.stringify(settings)).not.toContain('geheim1');
  });

  it.each<[Record<string, string>, string]>([
    [{ TWINLOCK_HOST: 'ge heim' }, 'TWINLOCK_HOST'],
    [{ TWINLOCK_PORT: 'geheim' }, 'TWINLOCK_PORT'],
    [{ TWINLOCK_PORT: '65536' }, 'TWINLOCK_PORT'],
    [{ TWINLOCK_PORT: '-1' }, 'TWINLOCK_PORT'],
    [{ TWINLOCK_PORT: '5e3' }, 'TWINLOCK_PORT'],
    [{ DATABASE_URL: 'mysql://u:geheim@h/db' }, 'DATABASE_URL'],
    [{ DATABASE_URL: 'postgres://u:ge?heim@h/db' }, 'DATABASE_URL'],
    [{ LINOTP_DATABASE_URI: 'postgres://u:geheim@h:x/db' }, 'LINOTP_DATABASE_URI'],
    [{ TRUSTED_PROXIES: '10.0.0.0/8,geheim' }, 'TRUSTED_PROXIES'],
    [{ linotpNoSessionCheck: '10.0.0.0/99' }, 'linotpNoSessionCheck'],
    [{ TWINLOCK_OLD_CLIENTS: 'geheim' }, 'TWINLOCK_OLD_CLIENTS'],
    [{ SESSION_COOKIE_SECURE: 'geheim' }, 'SESSION_COOKIE_SECURE'],
    [{ LINOTP_LOG_LEVEL: 'geheim' }, 'LINOTP_LOG_LEVEL'],
    [{ TWINLOCK_VERSION_STRING: 'geheim' }, 'TWINLOCK_VERSION_STRING'],
    [{ TWINLOCK_ENROLMENT_ECHO: 'geheim' }, 'TWINLOCK_ENROLMENT_ECHO'],
    [{ JWT_ACCESS_TOKEN_EXPIRES: '0' }, 'JWT_ACCESS_TOKEN_EXPIRES'],
    [{ ADMIN_REALM_NAME: 'ge heim' }, 'ADMIN_REALM_NAME'],
    [{ SITE_ROOT_REDIRECT: '//geheim.example' }, 'SITE_ROOT_REDIRECT'],
    [{ SITE_ROOT_REDIRECT: '/\\geheim.example' }, 'SITE_ROOT_REDIRECT'],
    [{ SITE_ROOT_REDIRECT: '/' }, 'SITE_ROOT_REDIRECT'],
    [{ TWINLOCK_PROXY_USER_HEADER: 'ge:heim', TRUSTED_PROXIES: '10.0.0.1' }, 'TWINLOCK_PROXY_USER_HEADER'],
  ])('refuses %j, names the variable and repeats nothing of it', (env, variable) => {
    const refusal = refusalOf(env);
    expect(refusal.variable).toBe(variable);
    expect(refusal.message).toMatch(new RegExp(`^${variable} \\w`));
    expect(refusal.message).not.toMatch(/heim/);
  });

  it.each([
    [{ TWINLOCK_TLS_CERT: '/c' }, 'TWINLOCK_TLS_CERT'],
    [{ TWINLOCK_TLS_KEY: '/k' }, 'TWINLOCK_TLS_KEY'],
    [{ TWINLOCK_PROXY_USER_HEADER: 'X-Remote-User' }, 'TWINLOCK_PROXY_USER_HEADER'],
  ])('refuses %j without what belongs to it', (env, variable) => {
    expect(refusalOf(env).variable).toBe(variable);
  });

  it.each(['0.0.0.0', '::', '192.0.2.1', 'twinlock.example'])('refuses plain HTTP on %s', (host) => {
    expect(refusalOf({ TWINLOCK_HOST: host }).variable).toBe('TWINLOCK_HOST');
  });

  it.each<Record<string, string>>([
    { TWINLOCK_TLS_CERT: '/c', TWINLOCK_TLS_KEY: '/k' },
    { TRUSTED_PROXIES: '10.0.0.1' },
    { TWINLOCK_ALLOW_PLAIN_HTTP: 'true' },
  ])('listens beyond loopback with %j', (env) => {
    expect(read({ TWINLOCK_HOST: '0.0.0.0', ...env }).host).toBe('0.0.0.0');
  });

  it.each(['localhost', '127.0.0.53', '::1'])('speaks plain HTTP on %s', (host) => {
    expect(read({ TWINLOCK_HOST: host }).host).toBe(host);
  });
});

describe('listSettings', () => {
  it('shows values without a password and tells what was set', () => {
    const shown = listSettings({ DATABASE_URL: 'postgres://u:geheim1@h/db', TWINLOCK_DATA: '/srv/x' });
    expect(shown).toContainEqual({ name: 'DATABASE_URL', value: 'postgres://u@h/db', isModified: true });
    expect(shown).toContainEqual({
      name: 'TWINLOCK_KEYRING_FILE',
      value: '/srv/x/keyring.json',
      isModified: false,
    });
    expect(shown).toContainEqual({ name: 'TWINLOCK_PORT', value: '5001', isModified: false });
  });
});

describe('settingsTable', () => {
  it('has a row for each variable', () => {
    const rows = settingsTable().split('\n');
    expect(rows[0]).toBe('| Variable | Default | Meaning |');
    expect(rows).toHaveLength(2 + listSettings({}).length);
    expect(rows.find((row) => row.includes('TWINLOCK_PORT'))).toContain('`5001`');
    expect(rows.every((row) => row.split(/(?<!\\)\|/).length === 5)).toBe(true);
  });
});
