import { Invalid, Secret, Unavailable } from '@app/kernel';
import { AmbiguousUser, type ResolverDefinition, type UserSearch } from '@app/realms';

import { Argon2Passwords } from '../../../src/directory/argon2-passwords.js';
import { DirectoryPasswords } from '../../../src/directory/passwords/directory-passwords.js';
import { PAGE_ROWS, SqlResolver } from '../../../src/directory/sql/sql-resolver.js';
import { givenSilentServer } from '../../support/servers/slapd.js';
import { KINDS, MANY, MAP, type SqlServer, TABLES } from './given-sql-people.js';

for (const [kind, isThere, given] of KINDS) {
  (isThere ? describe : describe.skip)(`users in ${kind}`, () => {
    let server: SqlServer;
    let adapter: SqlResolver;
    let revisions = 0;

    beforeAll(async () => {
      server = await given();
      await server.run(...TABLES);
      adapter = new SqlResolver(new DirectoryPasswords(new Argon2Passwords()));
    });

    afterAll(async () => {
      await adapter.close();
      await server.remove();
    });

    const resolverOf = (
      parameters: Readonly<Record<string, string>> = {},
      password = server.password,
    ): ResolverDefinition => ({
      name: `sql${revisions}`,
      type: 'sql',
      parameters: {
        ...server.parameters,
        Table: 'people',
        Where: 'active = 1',
        Map: JSON.stringify(MAP),
        ...parameters,
      },
      secrets: { Password: Secret.fromText(password) },
      readonly: false,
      revision: String(++revisions),
    });
    const letters = (parameters = {}) =>
      resolverOf({
        Table: 'letters',
        Where: '',
        Map: '{"userid": "id", "username": "login"}',
        ...parameters,
      });
    const found = async (resolver: ResolverDefinition, search: Partial<UserSearch>) => {
      const names: string[] = [];
      for await (const page of adapter.search(resolver, { fields: {}, anyField: null, ...search })) {
        names.push(...page.map(({ username }) => username));
      }
      return names;
    };

    it('finds a user by login, with columns in any case, and passes over columns that are not there', async () => {
      const anna = await adapter.byLogin(resolverOf(), 'anna');
      expect(anna).toEqual({
        userId: '7',
        username: 'anna',
        description: '',
        email: 'anna@example.test',
        givenName: '',
        surname: 'Arndt',
        phone: '12',
        mobile: '',
        attributes: { userid: 7, phone: 12, department: 'Sales' },
      });
    });

    it.each([
      'nobody',
      '',
      "' OR 1=1 --",
      "anna' --",
      '%',
      '_nna',
      'ann*',
      'anna\\',
      'anna\0',
      '\ud800',
      '😀',
    ])('knows nobody with the login %j', async (login) => {
      await expect(adapter.byLogin(resolverOf(), login)).resolves.toBeNull();
    });

    it('finds umlauts, and nobody whom the condition leaves out', async () => {
      await expect(adapter.byLogin(resolverOf(), 'Ünal')).resolves.toMatchObject({ surname: "O'Neill" });
      await expect(adapter.byLogin(resolverOf(), 'gone')).resolves.toBeNull();
      await expect(adapter.byId(resolverOf(), '12')).resolves.toBeNull();
      await expect(adapter.byId(resolverOf({ Where: '' }), '12')).resolves.toMatchObject({
        username: 'gone',
      });
    });

    it('does not choose between two users of one login', async () => {
      await expect(adapter.byLogin(resolverOf(), 'twin')).rejects.toThrow(AmbiguousUser);
    });

    it('finds a user by a numeric id, and by no text that is like it', async () => {
      await expect(adapter.byId(resolverOf(), '7')).resolves.toMatchObject({ username: 'anna', userId: '7' });
      await expect(adapter.byId(resolverOf(), '0')).resolves.toMatchObject({ username: 'zero' });
      for (const userId of ['', 'x', '07', '7x', '7 ', '99999999999', '7 OR 1=1']) {
        await expect(adapter.byId(resolverOf(), userId)).resolves.toBeNull();
      }
    });

    it('finds several at once, as one by one', async () => {
      const ids = ['7', '0', '12', '', 'x', '07', '99999999999', '9999999999999999999', '7'];
      const people = await adapter.byIds(resolverOf(), ids);
      expect([...people.keys()]).toEqual(expect.arrayContaining(['7', '0']));
      expect(people).toMatchObject({ size: 2 });
      expect(people.get('7')).toEqual(await adapter.byId(resolverOf(), '7'));
      // One that no column can hold costs the others nothing.
      for (const strange of ['a\0b', '\ud800', '😀']) {
        const some = await adapter.byIds(letters(), ['a1', 'A1', 'x!%', 'a_', strange]);
        expect([...some].map(([userId, { username }]) => [userId, username]).toSorted()).toEqual([
          ['a1', 'carla'],
          ['x!%', 'emil'],
        ]);
      }
      await expect(adapter.byIds(resolverOf(), [])).resolves.toMatchObject({ size: 0 });
    });

    it('takes a number for a login only as it is written', async () => {
      const numbered = resolverOf({ Map: JSON.stringify({ userid: 'login', username: 'id' }) });
      await expect(adapter.byLogin(numbered, '7')).resolves.toMatchObject({ userId: 'anna', username: '7' });
      for (const login of ['x', '', '07', 'anna'])
        await expect(adapter.byLogin(numbered, login)).resolves.toBeNull();
    });

    it('tells ids apart by case, whatever the database does', async () => {
      await expect(adapter.byId(letters(), 'a1')).resolves.toMatchObject({ username: 'carla' });
      await expect(adapter.byId(letters(), 'x!%')).resolves.toMatchObject({ username: 'emil' });
      for (const userId of ['A1', 'a2', 'a1 ', 'a_', '%']) {
        await expect(adapter.byId(letters(), userId)).resolves.toBeNull();
      }
    });

    it.each<[Record<string, string>, string[]]>([
      [{ username: 'AN*' }, ['anna']],
      [{ username: 'anna' }, ['anna']],
      [{ username: '*', surname: 'arndt' }, ['anna']],
      [{ username: 'under_score' }, ['under_score']],
      [{ username: 'under_*' }, ['under_score']],
      [{ surname: '50%' }, ['under_score']],
      [{ surname: '50*' }, ['under_score', 'underXscore']],
      [{ email: 'b.b*' }, ['bernd']],
      [{ email: 'b*braun*' }, ['bernd']],
      [{ email: '.nna*' }, []],
      [{ surname: 'BRÄUN' }, ['bernd']],
      [{ username: 'ünal' }, ['Ünal']],
      [{ surname: "o'neill" }, ['Ünal']],
      [{ username: "' OR 1=1 --" }, []],
      [{ username: '!' }, []],
      [{ username: '\\' }, []],
      [{ username: '*\0*' }, ['zero', 'anna', 'bernd', 'under_score', 'underXscore', 'Ünal', 'twin', 'twin']],
      [{ userid: '7' }, ['anna']],
      [{ userid: '1*' }, ['underXscore', 'Ünal', 'twin', 'twin']],
      [{ userid: '<8' }, ['zero', 'anna']],
      [{ userid: '<=8' }, ['zero', 'anna', 'bernd']],
      [{ userid: '> 10', department: 'it' }, ['Ünal', 'twin', 'twin']],
      [{ userid: '>=x' }, []],
      [{ phone: '12' }, ['anna']],
      [{ nothing: 'x', username: 'anna' }, ['anna']],
      [{ password: '$1$*', username: 'anna' }, ['anna']],
    ])('lists for %j: %j', async (fields, names) => {
      await expect(found(resolverOf(), { fields })).resolves.toEqual(names);
    });

    it('looks for a term in every field but the password', async () => {
      await expect(found(resolverOf(), { anyField: '*ARNDT*' })).resolves.toEqual(['anna']);
      await expect(found(resolverOf(), { anyField: 'sales' })).resolves.toEqual(['anna']);
      await expect(found(resolverOf(), { anyField: '$1$*' })).resolves.toEqual([]);
      await expect(found(resolverOf(), { anyField: 'it', fields: { username: 'b*' } })).resolves.toEqual([
        'bernd',
      ]);
    });

    it('compares ids that are text as text', async () => {
      await expect(found(letters(), { fields: { userid: '>=x' } })).resolves.toEqual(['emil']);
    });

    it('lists everybody once, page by page', async () => {
      const many = letters({ Table: 'many' });
      const sizes: number[] = [];
      const ids = new Set<string>();
      for await (const page of adapter.search(many, { fields: {}, anyField: null })) {
        sizes.push(page.length);
        for (const { userId } of page) ids.add(userId);
      }
      expect(sizes).toEqual([PAGE_ROWS, PAGE_ROWS, 345]);
      expect(ids.size).toBe(MANY);
    });

    it('checks passwords, and shows them to nobody', async () => {
      const resolver = resolverOf();
      const check = async (login: string, password: string) => {
        const user = await adapter.byLogin(resolver, login);
        expect(JSON.stringify(user)).not.toContain('$1$');
        const answer = user !== null && (await adapter.hasPassword(resolver, user, password));
        return typeof answer === 'function' ? answer() : answer;
      };
      await expect(check('anna', 'password')).resolves.toBe(true);
      await expect(check('anna', 'Password')).resolves.toBe(false);
      await expect(check('anna', '')).resolves.toBe(false);
      for (const login of ['zero', 'bernd', 'under_score', 'underXscore']) {
        for (const password of ['password', '*', '']) {
          await expect(check(login, password)).resolves.toBe(false);
        }
      }
    });

    it('has no password to check where none is mapped', async () => {
      const user = await adapter.byLogin(letters(), 'carla');
      expect(user && (await adapter.hasPassword(letters(), user, 'password'))).toBe(false);
    });

    it('tests by a list of user ids, up to the limit', async () => {
      await expect(adapter.test(letters())).resolves.toEqual({
        works: true,
        userIds: expect.arrayContaining(['a1', 'A2', 'x!%']),
        isTruncated: false,
      });
      await expect(adapter.test(letters({ Limit: '2' }))).resolves.toMatchObject({
        works: true,
        isTruncated: true,
      });
    });

    it.each<[string, Record<string, string>]>([
      ['a table that is not there', { Table: 'nowhere' }],
      ['a condition that is no SQL', { Where: 'active is is' }],
      ['a condition of a column that is not there', { Where: 'inactive = 1' }],
      ['another database', { Database: 'nowhere' }],
      ['a server that refuses', { Server: '127.0.0.1', Port: '1' }],
    ])('is unavailable with %s', async (_what, parameters) => {
      const resolver = resolverOf(parameters);
      await expect(adapter.probe(resolver)).rejects.toThrow(Unavailable);
      await expect(adapter.byLogin(resolver, 'anna')).rejects.toThrow(Unavailable);
      await expect(adapter.test(resolver)).resolves.toMatchObject({ works: false });
    });

    it.each<[string, Record<string, string>]>([
      ['columns that are not there', { Map: '{"userid": "nothing", "username": "login"}' }],
      ['a map that is no JSON', { Map: 'userid' }],
      ['a map without a login', { Map: '{"userid": "id"}' }],
      ['a condition that reaches around its parentheses', { Where: '1=1) OR (1=1' }],
      ['a table that is a statement', { Table: 'a.b.c' }],
      ['another driver', { Driver: 'mssql' }],
      ['no number as limit', { Limit: 'many' }],
    ])('refuses %s', async (_what, parameters) => {
      await expect(adapter.probe(resolverOf(parameters))).rejects.toThrow(Invalid);
    });

    it('takes a name of a table that needs quoting, and a schema', async () => {
      const quote = kind === 'MariaDB' ? '`' : '"';
      const table = `odd ${quote}${quote} name; DROP TABLE people`;
      await server.run(
        `CREATE TABLE ${quote}${table}${quote} (id integer, login varchar(80))`,
        `INSERT INTO ${quote}${table}${quote} VALUES (1, 'odd')`,
      );
      const Table = table.replace(quote, '');
      await expect(adapter.byLogin(letters({ Table }), 'odd')).resolves.toMatchObject({ userId: '1' });
      const schema = kind === 'MariaDB' ? server.parameters['Database'] : 'public';
      await expect(adapter.byLogin(letters({ Table: `${schema}.letters` }), 'carla')).resolves.toMatchObject({
        userId: 'a1',
      });
    });

    it('does not say the password where it is wrong', async () => {
      const resolver = resolverOf({ User: 'stranger' }, 'a-wrong-secret');
      const failure = await adapter.probe(resolver).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(Unavailable);
      expect(String(failure)).not.toContain('a-wrong-secret');
      const tested = await adapter.test(resolver);
      expect(tested).toMatchObject({ works: false });
      expect(JSON.stringify(tested)).not.toContain('a-wrong-secret');
    });

    it('goes by a URL alone', async () => {
      const { Driver = '', Server = '', Port = '', Database = '', User = '' } = server.parameters;
      const login = `${encodeURIComponent(User)}:${encodeURIComponent(server.password)}`;
      const [place, query] = Server.startsWith('/')
        ? ['', `?host=${encodeURIComponent(Server)}&port=${Port}`]
        : [`${Server}:${Port}`, ''];
      const Connect = Secret.fromText(`${Driver}://${login}@${place}/${Database}${query}`);
      const map = JSON.stringify(MAP);
      const parameters = { Table: 'people', Map: map, Driver: 'oracle', Server: 'elsewhere.invalid' };
      const resolver = { ...resolverOf(), parameters, secrets: { Connect } };
      await expect(adapter.byLogin(resolver, 'anna')).resolves.toMatchObject({ userId: '7' });
    });

    it('notices when the table changes', async () => {
      const resolver = letters({ Table: 'changing' });
      await server.run(
        'CREATE TABLE changing (id integer, login varchar(80))',
        `INSERT INTO changing VALUES (1, 'x')`,
      );
      await expect(adapter.byLogin(resolver, 'x')).resolves.toMatchObject({ userId: '1' });
      await server.run('DROP TABLE changing');
      await expect(adapter.byLogin(resolver, 'x')).rejects.toThrow(Unavailable);
      await server.run(
        'CREATE TABLE changing (id varchar(9), login varchar(80))',
        `INSERT INTO changing VALUES ('a', 'x')`,
      );
      await expect(adapter.byLogin(resolver, 'x')).resolves.toMatchObject({ userId: 'a' });
    });

    it('answers many at once through few connections', async () => {
      const resolver = resolverOf();
      const all = await Promise.all(Array.from({ length: 100 }, () => adapter.byLogin(resolver, 'anna')));
      expect(all.every((user) => user?.userId === '7')).toBe(true);
    });

    it('gives up on a server that never says a word', async () => {
      const silent = await givenSilentServer();
      const { hostname, port } = new URL(silent.uri);
      const resolver = resolverOf({ Server: hostname, Port: port });
      await expect(adapter.byLogin(resolver, 'anna')).rejects.toThrow(Unavailable);
      await silent.close();
    }, 20_000);

    it('gives up on a query that takes too long, and goes on with another connection', async () => {
      const sleep = kind === 'MariaDB' ? 'sleep(20) = 0' : 'pg_sleep(20) IS NOT NULL';
      const resolver = letters({ Where: `login <> 'doris' OR ${sleep}` });
      await expect(adapter.byLogin(resolver, 'doris')).rejects.toThrow(Unavailable);
      await expect(adapter.byLogin(resolver, 'carla')).resolves.toMatchObject({ userId: 'a1' });
    }, 20_000);
  });
}
