import { parseDatabaseUrl } from '../../../src/config/database-url.js';
import { PAGE_ROWS } from '../../../src/directory/sql/sql-resolver.js';
import { type TestDatabase, createDatabase } from '../../support/database/database.js';
import { HAS_MARIADB, givenMariaDb } from '../../support/servers/mariadb.js';

/** A server with the tables below, for either kind. */
export interface SqlServer {
  readonly parameters: Readonly<Record<string, string>>;
  readonly password: string;
  run(...statements: string[]): Promise<void>;
  remove(): Promise<void>;
}

export const MAP = {
  userid: 'id',
  username: 'login',
  email: 'MAIL',
  surname: 'surname',
  phone: 'room',
  password: 'pw',
  department: 'department',
  givenname: 'no_such_column',
};
export const PASSWORD_HASH = '$1$abcdefgh$G//4keteveJp0qb8z2DxG/';
export const MANY = 2 * PAGE_ROWS + 345;

export const TABLES = [
  `CREATE TABLE people (id integer PRIMARY KEY, login varchar(80), mail varchar(80), surname varchar(80), room integer,
     pw varchar(200), department varchar(80), active integer NOT NULL DEFAULT 1)`,
  `INSERT INTO people VALUES
     (0, 'zero', 'zero@example.test', 'Null', NULL, NULL, NULL, 1),
     (7, 'anna', 'anna@example.test', 'Arndt', 12, '${PASSWORD_HASH}', 'Sales', 1),
     (8, 'bernd', 'b.braun@example.test', 'Bräun', 13, '*', 'IT', 1),
     (9, 'under_score', '', '50%', 14, '', 'IT', 1),
     (10, 'underXscore', '', '50x', 15, 'password', 'IT', 1),
     (11, 'Ünal', '', 'O''Neill', 16, NULL, 'IT', 1),
     (12, 'gone', '', 'Away', 17, NULL, 'IT', 0),
     (13, 'twin', '', 'East', 17, NULL, 'IT', 1),
     (14, 'twin', '', 'West', 17, NULL, 'IT', 1)`,
  `CREATE TABLE letters (id varchar(40) PRIMARY KEY, login varchar(80))`,
  `INSERT INTO letters VALUES ('a1', 'carla'), ('A2', 'doris'), ('x!%', 'emil')`,
  `CREATE TABLE many (id integer PRIMARY KEY, login varchar(80))`,
  `INSERT INTO many VALUES ${Array.from({ length: MANY }, (_, id) => `(${id}, 'user${id}')`).join(', ')}`,
];

export async function givenPostgres(): Promise<SqlServer> {
  const database: TestDatabase = await createDatabase();
  const [target = {}] = parseDatabaseUrl(database.url);
  const { host = '', port = '', user = '', database: name = '', password } = target;
  const run = async (...statements: string[]) => {
    const client = await database.connect();
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  };
  const parameters = {
    Driver: 'postgresql+psycopg2',
    Server: host,
    Port: String(port),
    Database: name,
    User: user,
  };
  const text = typeof password === 'function' ? await password() : (password ?? '');
  return { parameters, password: String(text), run, remove: () => database.drop() };
}

async function givenMySql(): Promise<SqlServer> {
  const server = await givenMariaDb();
  const parameters = {
    Driver: 'mysql+mysqldb',
    Server: server.host,
    Port: String(server.port),
    Database: server.database,
    User: server.user,
  };
  return { parameters, password: server.password, run: server.run, remove: server.remove };
}

/** Both kinds of server, as far as they are installed. */
export const KINDS: readonly [name: string, isThere: boolean, given: () => Promise<SqlServer>][] = [
  ['PostgreSQL', true, givenPostgres],
  ['MariaDB', HAS_MARIADB, givenMySql],
];
