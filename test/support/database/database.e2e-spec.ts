import { createDatabase } from './database.js';

describe('the database of a suite', () => {
  it('is its own, empty and gone afterwards', async () => {
    const [one, other] = [await createDatabase(), await createDatabase()];
    const client = await one.connect();
    await client.query('CREATE TABLE mine (id integer)');
    const elsewhere = await other.connect();
    const { rows } = await elsewhere.query("SELECT to_regclass('mine') AS found");
    expect(rows).toEqual([{ found: null }]);
    await elsewhere.end();
    await other.drop();
    client.on('error', () => undefined);
    await one.drop();
    await expect(one.connect()).rejects.toThrow('does not exist');
  });
});
