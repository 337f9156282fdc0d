import { LegacySessions } from '@app/realms';

import { asUnavailable, type Queryable } from '../database.js';

export class SqlLegacySessions extends LegacySessions {
  constructor(private readonly database: Queryable) {
    super();
  }

  async open(hash: Uint8Array, administrator: string, lifetimeSeconds: number): Promise<void> {
    await this.#run(
      `INSERT INTO legacy_session (hash, administrator, expires_at) VALUES ($1, $2, now() + make_interval(secs => $3))`,
      [hash, administrator, lifetimeSeconds],
    );
  }

  async administratorOf(hash: Uint8Array): Promise<string | null> {
    const rows = await this.#run<{ administrator: string }>(
      'SELECT administrator FROM legacy_session WHERE hash = $1 AND expires_at > now()',
      [hash],
    );
    return rows[0]?.administrator ?? null;
  }

  async drop(hash: Uint8Array): Promise<void> {
    await this.#run('DELETE FROM legacy_session WHERE hash = $1', [hash]);
  }

  async purgeExpired(): Promise<void> {
    await this.#run('DELETE FROM legacy_session WHERE expires_at < now()', []);
  }

  async #run<R extends object>(text: string, values: unknown[]): Promise<R[]> {
    try {
      return (await this.database.query<R>(text, values)).rows;
    } catch (error) {
      throw asUnavailable(error);
    }
  }
}
