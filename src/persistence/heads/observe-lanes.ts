import type { Queryable } from '../database.js';
import type { HeadRegister } from './head-register.js';

// The newest ones: of a lane that was opened long ago and still moves, its own process tells.
const NEWEST_LANES = 32;

/** Reads the heads of the newest lanes, of all nodes, into the register. */
export async function observeLanes(database: Queryable, register: HeadRegister): Promise<void> {
  const { rows } = await database.query<{ id: number; seq: number; head: Buffer }>(
    'SELECT id, seq, head FROM audit_lane WHERE seq > 0 ORDER BY opened_at DESC, id LIMIT $1',
    [NEWEST_LANES],
  );
  register.observe(rows);
}
