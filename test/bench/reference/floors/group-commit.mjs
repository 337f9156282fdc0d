import pg from 'pg';

/** As many as Twinlock's logins have: connections that read, connections that write, and requests that share a commit. (Twinlock's reads take twice as many.) */
const CONNECTIONS = 2;
const MOST_AT_ONCE = 32;

const READ = {
  name: 'read',
  text: 'SELECT id, serial, counter, failures, sealed FROM bench_token WHERE id = ANY ($1::int[])',
};
const WRITE = {
  name: 'write',
  text: `WITH locked AS MATERIALIZED (SELECT id FROM bench_token WHERE id = ANY ($1::int[]) ORDER BY id FOR NO KEY UPDATE),
      spent AS (UPDATE bench_token t SET counter = counter + 1, failures = 0 FROM locked WHERE t.id = locked.id)
    INSERT INTO bench_record (at, action, succeeded, serial, detail, client)
    SELECT now(), 'validate/check_s', true, r.serial, r.detail, r.client FROM unnest($2::text[], $3::text[], $4::text[]) AS r(serial, detail, client)`,
};

/**
 * What pgbench's transaction does, as a server would do it that has no rules at all: each request reads and writes a row and
 * inserts one, and those that come together share two statements.
 *
 * @param {Record<string, string>} environment libpq's, of the database that pgbench asks
 * @param {number} tokens that it has
 */
export async function openGroupCommit({ PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE }, tokens) {
  const target = {
    host: PGHOST,
    port: Number(PGPORT),
    user: PGUSER,
    password: PGPASSWORD,
    database: PGDATABASE,
  };
  const connect = async () => {
    const client = new pg.Client(target);
    await client.connect();
    return client;
  };
  const clients = () => Promise.all(Array.from({ length: CONNECTIONS }, connect));
  const reads = new Gatherer(await clients(), async (client, batch) => {
    const { rows } = await client.query({ ...READ, values: [batch.map(({ id }) => id)] });
    const known = new Map(rows.map((row) => [row.id, row]));
    return batch.map(({ id }) => known.get(id));
  });
  const writes = new Gatherer(await clients(), async (client, batch) => {
    const serials = batch.map(({ serial }) => serial);
    const details = serials.map((serial) => `serial '${serial}' successfully authenticated.`);
    const from = batch.map(() => '127.0.0.1');
    await client.query({ ...WRITE, values: [batch.map(({ id }) => id), serials, details, from] });
    return batch;
  });
  return async (serial) => {
    const request = { id: (Number(serial.replace(/\D+/, '')) % tokens) + 1, serial };
    if ((await reads.add(request)) === undefined) throw new Error(`no row for ${serial}`);
    await writes.add(request);
  };
}

/** What waits when a connection is idle goes in one statement. */
class Gatherer {
  #waiting = [];
  #idle;

  constructor(clients, run) {
    this.#idle = clients;
    this.run = run;
  }

  add(request) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject });
      if (this.#waiting.length === 1) setImmediate(() => this.#start());
    });
  }

  #start() {
    while (this.#idle.length > 0 && this.#waiting.length > 0) {
      void this.#send(this.#idle.pop(), this.#waiting.splice(0, MOST_AT_ONCE));
    }
  }

  async #send(client, batch) {
    try {
      const answers = await this.run(
        client,
        batch.map(({ request }) => request),
      );
      for (const [place, { resolve }] of batch.entries()) resolve(answers[place]);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
    this.#idle.push(client);
    this.#start();
  }
}
