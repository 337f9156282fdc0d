import { setTimeout as delay } from 'node:timers/promises';

import { connected } from './databases.mjs';

const EVERY_MS = 20;

/** Looks again and again how many connections wait for a lock that another one holds. */
export async function startLockSampler(environment) {
  const client = await connected(environment);
  const state = { isOver: false };
  let looks = 0;
  let waiting = 0;
  const running = (async () => {
    while (!state.isOver) {
      const { rows } = await client.query(
        `SELECT count(*)::int AS waiting FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      looks++;
      waiting += rows[0].waiting;
      await delay(EVERY_MS);
    }
  })();
  return {
    /** @returns how many they were on average */
    async stop() {
      state.isOver = true;
      await running;
      await client.end();
      return waiting / looks;
    },
  };
}
