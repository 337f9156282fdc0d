import { Invalid } from '@app/kernel';

import { parseConnection } from './connection-settings.js';

describe('parseConnection', () => {
  const fields = {
    Driver: 'postgresql',
    Server: 'db.example.test',
    Port: '',
    Database: 'users',
    User: 'reader',
    conParams: '',
  };

  it('takes names and passwords as they are', () => {
    expect(parseConnection({ ...fields, User: 'a@b' }, 'p%40:/@#?', '')).toEqual({
      driver: 'postgresql',
      host: 'db.example.test',
      port: null,
      database: 'users',
      user: 'a@b',
      password: 'p%40:/@#?',
      tls: 'off',
      authorities: null,
    });
  });

  it.each([
    ['postgresql', 'postgresql'],
    ['postgres', 'postgresql'],
    ['PostgreSQL+psycopg2', 'postgresql'],
    ['mysql', 'mysql'],
    ['mysql+mysqldb', 'mysql'],
    ['mysql+pymysql', 'mysql'],
    ['mariadb', 'mysql'],
  ])('reads the driver %s', (Driver, driver) => {
    expect(parseConnection({ ...fields, Driver }, '', '').driver).toBe(driver);
  });

  it.each(['', 'mssql', 'mssql+pyodbc:///?odbc_connect=', 'oracle', 'sqlite', 'postgresqlx'])(
    'says which drivers there are for %j',
    (Driver) => {
      expect(() => parseConnection({ ...fields, Driver }, '', '')).toThrow(/postgresql, and mysql/);
    },
  );

  it('reads a URL instead of everything else, with its escapes', () => {
    const url = 'mysql+pymysql://re%40der:p%40ss%3Aw%2Frd@[::1]:3307/us%20ers?charset=utf8&ssl=true';
    expect(parseConnection(fields, 'other', url)).toEqual({
      driver: 'mysql',
      host: '::1',
      port: 3307,
      database: 'us ers',
      user: 're@der',
      password: 'p@ss:w/rd',
      tls: 'verify-full',
      authorities: null,
    });
  });

  it.each([
    ['postgresql:///users', { host: '', user: '', password: '', database: 'users' }],
    ['postgresql://reader@/users?host=/run/postgresql', { host: '/run/postgresql', user: 'reader' }],
    ['mysql://u:p@/users?unix_socket=/run/mysqld.sock', { host: '/run/mysqld.sock', password: 'p' }],
    ['postgresql://u:100%@h/users', { password: '100%', host: 'h' }],
    ['postgresql://u:p@ss@h:1/users', { password: 'p@ss', host: 'h', port: 1 }],
  ])('reads %s', (url, expected) => {
    expect(parseConnection({}, '', url)).toMatchObject(expected);
  });

  it.each(['postgresql', 'users', 'postgresql:/u:secret@h/users', 'postgresql://u:secret@h:port/users'])(
    'refuses %s without repeating it',
    (url) => {
      const refused = expect(() => parseConnection({}, '', url));
      refused.toThrow(Invalid);
      refused.not.toThrow(/secret/);
    },
  );

  it.each([
    ['', 'off'],
    ['sslmode=disable', 'off'],
    ['sslmode=prefer&charset=utf8', 'off'],
    ['?sslmode=require', 'verify-full'],
    ['sslmode=verify-ca&sslrootcert=/ca.pem', 'verify-ca'],
    ['sslmode=no-verify', 'no-verify'],
    ['ssl_ca=/ca.pem', 'verify-full'],
    ['ssl=true&ssl_verify_cert=false', 'no-verify'],
    ['ssl=false', 'off'],
    ['unknown=1', 'off'],
  ])('with the parameters %j has TLS: %s', (conParams, tls) => {
    expect(parseConnection({ ...fields, conParams }, '', '').tls).toBe(tls);
  });

  it.each([{ Port: '0' }, { Port: '65536' }, { Port: '5432x' }, { conParams: 'sslmode=whatever' }])(
    'refuses %j',
    (wrong) => {
      expect(() => parseConnection({ ...fields, ...wrong }, '', '')).toThrow(Invalid);
    },
  );
});
