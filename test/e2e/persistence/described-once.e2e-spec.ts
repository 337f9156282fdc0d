import { EventEmitter } from 'node:events';

import { parseDatabaseUrl } from '../../../src/config/database-url.js';
import { DatabaseAddress, type PrimaryClient, connectPrimary } from '../../../src/persistence/database.js';
import { type TestDatabase, createDatabase } from '../../support/database/database.js';

const ROWS = {
  name: 'rows',
  text: `SELECT n::bigint AS id, nullif(n, 2) AS number, to_timestamp(n) AS at, ARRAY[n::text, NULL] AS texts
         FROM generate_series($1::int, $2::int) AS n`,
};
const rowOf = (n: number) => ({
  id: n,
  number: n === 2 ? null : n,
  at: new Date(n * 1000),
  texts: [String(n), null],
});

describe('a statement whose columns are described once', () => {
  let database: TestDatabase;
  let address: DatabaseAddress;
  const clients: PrimaryClient[] = [];
  const connected = async () => {
    const client = await connectPrimary(address);
    clients.push(client);
    return client;
  };

  beforeAll(async () => {
    database = await createDatabase();
    address = new DatabaseAddress(parseDatabaseUrl(database.url));
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.end();
  });
  afterAll(() => database.drop());

  it('gives the same rows each time, of types as ever', async () => {
    const client = await connected();
    const described = descriptionsTo(client);
    for (const most of [3, 1, 2]) {
      const { rows } = await client.ask({ ...ROWS, values: [1, most] });
      expect(rows).toEqual(Array.from({ length: most }, (_, place) => rowOf(place + 1)));
    }
    expect(described.count).toBe(1);
  });

  it('is described anew on another connection, and beside other statements', async () => {
    await (await connected()).ask({ ...ROWS, values: [1, 1] });
    const client = await connected();
    for (let round = 0; round < 2; round++) {
      expect((await client.ask({ ...ROWS, values: [5, 5] })).rows).toEqual([rowOf(5)]);
      const other = { name: 'other', text: 'SELECT $1::text AS said', values: ['x'] };
      expect((await client.ask(other)).rows).toEqual([{ said: 'x' }]);
    }
  });

  it('may fail, the first time or later, and be asked again', async () => {
    const client = await connected();
    const inverse = (number: number) =>
      client.ask({ name: 'inverse', text: 'SELECT 1 / $1::int AS inverse', values: [number] });
    await expect(inverse(0)).rejects.toMatchObject({ code: '22012' });
    expect((await inverse(1)).rows).toEqual([{ inverse: 1 }]);
    await expect(inverse(0)).rejects.toMatchObject({ code: '22012' });
    expect((await inverse(1)).rows).toEqual([{ inverse: 1 }]);
  });

  it('fails where its columns have changed since, and takes nothing for something else', async () => {
    const client = await connected();
    await client.query('CREATE TABLE changing (one int, two text)');
    await client.query("INSERT INTO changing VALUES (1, 'two')");
    const statement = { name: 'changing', text: 'SELECT * FROM changing', values: [] };
    expect((await client.ask(statement)).rows).toEqual([{ one: 1, two: 'two' }]);
    await client.query("ALTER TABLE changing DROP COLUMN one, ADD COLUMN three text DEFAULT '3'");
    await expect(client.ask(statement)).rejects.toThrow('cached plan must not change result type');
  });
});

function descriptionsTo(client: PrimaryClient): { count: number } {
  const described = { count: 0 };
  const connection: unknown = Reflect.get(client, 'connection');
  if (!(connection instanceof EventEmitter)) throw new Error('pg keeps its connection elsewhere');
  connection.on('rowDescription', () => described.count++);
  return described;
}
