import { type Column, type ColumnKind, MYSQL, POSTGRESQL } from './dialect.js';
import { UserQueries } from './user-queries.js';

const column = (name: string, kind: ColumnKind = 'text'): Column => ({ name, kind });

function given({ where = '', userId = column('id', 'integer'), dialect = POSTGRESQL } = {}) {
  const username = column('login');
  const columns = new Map([
    ['userid', userId],
    ['username', username],
    ['email', column('E"mail')],
    ['password', column('hash')],
    ['salt', column('salt')],
  ]);
  return new UserQueries(dialect, { table: '"users"', where, columns, userId, username });
}

describe('UserQueries', () => {
  it('binds what is looked for, and quotes names', () => {
    const login = "' OR 1=1 --";
    expect(given().byLogin(login)).toEqual({
      sql: 'SELECT "id", "login", "E""mail" FROM "users" WHERE "login" = $1 LIMIT 50',
      values: [login],
    });
    const { sql, values } = given({ dialect: MYSQL }).byLogin(login) ?? { sql: '', values: [] };
    expect(sql).toContain('`login` = ?');
    expect(values).toEqual([login]);
  });

  it.each(['', '7x', '007', '1.0', '1e3', ' 7', '0x7', '9223372036854775808', 'abc'])(
    'does not ask for %j among numbers',
    (userId) => {
      expect(given().byId(userId)).toBeNull();
    },
  );

  it.each(['0', '7', '-7', '9223372036854775807'])('asks for %s among numbers', (userId) => {
    expect(given().byId(userId)?.values).toEqual([userId]);
  });

  it('asks among UUIDs for UUIDs only, and for no text with a NUL', () => {
    const queries = given({ userId: column('id', 'uuid') });
    expect(queries.byId('0190163d-8694-739b-aea5-966c26f8ad91')?.sql).toContain('CAST($1 AS uuid)');
    expect(queries.byId('x')).toBeNull();
    expect(queries.byLogin('a\0b')).toBeNull();
  });

  it('turns * into any characters and escapes what else LIKE knows', () => {
    const page = given().page({ fields: { username: 'a*%_!.\\' }, anyField: null }, null, 10);
    expect(page?.sql).toContain(`CAST("login" AS text) ILIKE $1 ESCAPE '!'`);
    expect(page?.values).toEqual(['a%!%!_!!.\\']);
  });

  it('never searches passwords and salts, and passes over unknown fields', () => {
    const search = { fields: { password: '$6$*', Salt: '*', nothing: 'x' }, anyField: '$6$*' };
    const { sql, values } = given().page(search, null, 10) ?? { sql: '', values: [] };
    expect(sql).not.toMatch(/hash|salt/);
    expect(values).toEqual(['$6$%', '$6$%', '$6$%']);
  });

  it('compares user ids where a sign says so', () => {
    expect(given().page({ fields: { userid: '>= 5' }, anyField: null }, null, 10)?.sql).toContain(
      '"id" >= CAST($1 AS bigint)',
    );
    expect(given().page({ fields: { userid: '> five' }, anyField: null }, null, 10)).toBeNull();
  });

  it('goes on after the last user id, under the administrator’s own condition', () => {
    const page = given({ where: '(a OR b)' }).page({ fields: {}, anyField: null }, '7', 10);
    expect(page).toEqual({
      sql: 'SELECT "id", "login", "E""mail" FROM "users" WHERE (a OR b) AND "id" IS NOT NULL AND "id" > CAST($1 AS bigint) ORDER BY "id" LIMIT 10',
      values: ['7'],
    });
  });

  it('selects the password for the check only', () => {
    expect(given().passwordOf('7')?.sql).toContain('SELECT "id", "hash" FROM');
    expect(given().fields).toEqual(['userid', 'username', 'email']);
  });
});
