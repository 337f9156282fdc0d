import type { Queryable } from '../database.js';

const AT_ONCE = 20;

/** Ids for new tokens, before their rows are written. Some are drawn for those that come next: gaps mean nothing. */
export class TokenIds {
  #drawn: number[] = [];

  async take(database: Queryable, count: number): Promise<readonly number[]> {
    const missing = count - this.#drawn.length;
    if (missing > 0) {
      const { rows } = await database.query<{ id: number }>(
        `SELECT nextval(pg_get_serial_sequence('token', 'id')) AS id FROM generate_series(1, $1)`,
        [Math.max(missing, AT_ONCE)],
      );
      this.#drawn.push(...rows.map(({ id }) => id));
    }
    return this.#drawn.splice(0, count);
  }

  /** After a failover somebody else may draw what the database that failed has given. */
  forget(): void {
    this.#drawn = [];
  }
}
