import { inspect } from 'node:util';

import type { ClientConfig } from 'pg';

import { DatabaseUrlError, isPostgresUrl, parseDatabaseUrl, shownDatabaseUrl } from './database-url.js';

const passwordOf = ({ password }: ClientConfig) => (typeof password === 'function' ? password() : password);

describe('parseDatabaseUrl', () => {
  it.each<[string, Partial<ClientConfig>[]]>([
    ['postgres://h/db', [{ host: 'h', database: 'db' }]],
    ['postgresql://h:6432/db', [{ host: 'h', port: 6432, database: 'db' }]],
    ['postgresql+psycopg2://me@h/db', [{ user: 'me', host: 'h', database: 'db' }]],
    [
      'postgres://me:p@h1:5433,h2,[2001:db8::1]:5434/db',
      [
        { host: 'h1', port: 5433, user: 'me' },
        { host: 'h2', user: 'me' },
        { host: '2001:db8::1', port: 5434 },
      ],
    ],
    ['postgres://me@%2Frun%2Fpostgresql/db', [{ host: '/run/postgresql', database: 'db' }]],
    [
      'postgres:///db?host=/run/postgresql&port=5433',
      [{ host: '/run/postgresql', port: 5433, database: 'db' }],
    ],
    ['postgres://us%40er@h/d%2Fb', [{ user: 'us@er', database: 'd/b' }]],
    [
      'postgres://h/db?application_name=a%20b&connect_timeout=3',
      [{ application_name: 'a b', connectionTimeoutMillis: 3000 }],
    ],
    ['postgres://h/db?target_session_attrs=read-write', [{ host: 'h' }]],
  ])('reads %s', (url, targets) => {
    expect(parseDatabaseUrl(url)).toMatchObject(targets);
    expect(parseDatabaseUrl(url)).toHaveLength(targets.length);
  });

  it.each([
    ['postgres://me:p%40ss%3A%2F@h/db', 'p@ss:/'],
    ['postgres://me:p@ss:word@h/db', 'p@ss:word'],
    ['postgres://me@h/db', undefined],
  ])('takes the password of %s', (url, password) => {
    expect(parseDatabaseUrl(url).map(passwordOf)).toEqual([password]);
  });

  it('shows no password when a target is printed', () => {
    const [target] = parseDatabaseUrl('postgres://me:geheim1@h/db');
    expect(inspect(target) + JSON.stringify(target)).not.toContain('geheim1');
  });

  it.each([
    ['', false],
    ['?sslmode=disable', false],
    ['?sslmode=require', {}],
    ['?sslmode=verify-full', {}],
    ['?sslmode=no-verify', { rejectUnauthorized: false }],
  ])('gives TLS options for %j', (query, ssl) => {
    expect(parseDatabaseUrl(`postgres://h/db${query}`)[0]?.ssl).toEqual(ssl);
  });

  it('gives up the host name check only for an own authority', () => {
    const url = `postgres://h/db?sslmode=verify-ca&sslrootcert=${encodeURIComponent(import.meta.filename)}`;
    expect(parseDatabaseUrl(url)[0]?.ssl).toMatchObject({
      ca: expect.any(String),
      checkServerIdentity: expect.any(Function),
    });
    expect(() => parseDatabaseUrl('postgres://h/db?sslmode=verify-ca')).toThrow(DatabaseUrlError);
  });

  it.each([
    'mysql://h/geheim',
    'postgres:/h/geheim',
    'postgres://h:0/geheim',
    'postgres://h:99999/geheim',
    'postgres://me:12/geheim@h/db',
    'postgres://me:ge?heim=1@h/db',
    'postgres://me:%zzgeheim@h/db',
    'postgres://h/db?sslmode=prefer&geheim',
    'postgres://h/db?sslmode=geheim',
    'postgres://h/db?connect_timeout=geheim',
    'postgres://h/db?target_session_attrs=standby',
    'postgres://h1/geheim?host=h2',
    'postgres://h/db?sslrootcert=/nowhere/geheim.pem',
  ])('refuses %s and repeats nothing of it', (url) => {
    const refusal = captured(() => parseDatabaseUrl(url));
    expect(refusal).toBeInstanceOf(DatabaseUrlError);
    expect(String(refusal)).not.toMatch(/geheim|heim/);
  });
});

describe('shownDatabaseUrl', () => {
  it.each([
    ['postgres://me:geheim1@h1:5432,h2/db?sslmode=require', 'postgres://me@h1:5432,h2/db'],
    ['postgresql+psycopg2://h/db', 'postgres://h/db'],
    ['nonsense with geheim1', '(set)'],
  ])('shows %s as %s', (url, shown) => {
    expect(shownDatabaseUrl(url)).toBe(shown);
  });
});

it.each([
  ['postgres://h/db', true],
  ['postgresql+psycopg2://h/db', true],
  ['mysql://h/db', false],
  ['sqlite:////tmp/x', false],
])('tells whether %s is for PostgreSQL', (url, expected) => {
  expect(isPostgresUrl(url)).toBe(expected);
});

function captured(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
