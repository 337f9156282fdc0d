import type pg from 'pg';
import type { DataSource, QueryRunner } from 'typeorm';

import { parseDatabaseUrl } from '../../../src/config/database-url.js';
import { MIGRATIONS, createDataSource } from '../../../src/persistence/data-source.js';
import { DatabaseAddress } from '../../../src/persistence/database.js';
import { type TestDatabase, createDatabase } from '../../support/database/database.js';
import { readSchema, whatBreaks } from './schema-changes.js';

/** What looks as if it broke older nodes, and why it does not. Nothing is added here without a reason like these. */
const MEANT: Readonly<Record<string, readonly string[]>> = {
  // The states of challenges became more: what an older node writes is among them still.
  SentChallenges1795700000000: [
    "new rule: challenge: CHECK ((state = ANY (ARRAY['open'::text, 'closed'::text, 'unsent'::text])))",
    "no rule any more: challenge: CHECK ((state = ANY (ARRAY['open'::text, 'closed'::text])))",
  ],
};

/** CONTRIBUTING.md, "Migrations": nodes of the release before serve the database that the new one has migrated. */
describe('a migration', () => {
  let database: TestDatabase;
  let client: pg.Client;
  let source: DataSource;
  let runner: QueryRunner;

  beforeAll(async () => {
    database = await createDatabase();
    client = await database.connect();
    source = createDataSource(new DatabaseAddress(parseDatabaseUrl(database.url)));
    await source.initialize();
    runner = source.createQueryRunner();
  });
  afterAll(async () => {
    await runner?.release();
    await source?.destroy();
    await client?.end();
    await database?.drop();
  });

  it.each(MIGRATIONS.map((Migration) => new Migration()))(
    '$name takes nothing away from nodes of the release before',
    async (migration) => {
      const before = await readSchema(client);
      await migration.up(runner);
      expect(whatBreaks(before, await readSchema(client))).toEqual(MEANT[migration.name] ?? []);
    },
  );

  it.each([
    ['takes a column away', 'DROP COLUMN description', ['token.description: is gone']],
    ['renames one', 'RENAME COLUMN description TO remark', ['token.description: is gone']],
    ['changes its type', 'ALTER COLUMN failures TYPE bigint', ['token.failures: was integer, is bigint']],
    ['wants a value', 'ALTER COLUMN blocked_until SET NOT NULL', ['token.blocked_until: must be given now']],
    ['wants a new value', 'ADD COLUMN colour text NOT NULL', ['token.colour: is new, and must be given']],
    ['wants it to be unique', 'ADD UNIQUE (description)', ['new rule: token: UNIQUE (description)']],
    ['forbids a value', 'ADD CHECK (failures < 9)', ['new rule: token: CHECK ((failures < 9))']],
    ['lets there be none', 'ALTER COLUMN failures DROP NOT NULL', []],
    ['adds one with a default', "ADD COLUMN colour text NOT NULL DEFAULT 'grey'", []],
    ['adds one that may be empty', 'ADD COLUMN colour text', []],
  ])('that %s is found', async (_what, change, found) => {
    await client.query('BEGIN');
    const before = await readSchema(client);
    await client.query(`ALTER TABLE token ${change}`);
    expect(whatBreaks(before, await readSchema(client))).toEqual(found);
    await client.query('ROLLBACK');
  });
});
