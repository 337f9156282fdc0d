import { join } from 'node:path';

import { serialOf } from '../../seed/tokens.mjs';
import { NODE, startServer } from '../../servers/server.mjs';

const PROGRAM = join(import.meta.dirname, 'server.mjs');

export const FLOORS = {
  http: 'node:http',
  nest: 'Nest+Express as it comes',
  lean: "Nest+Express, Twinlock's adapter",
  committer: 'the same, and two statements',
};

/**
 * Servers without rules to compare with, see server.mjs.
 *
 * @param {string} url of Twinlock, whose answer to a login is theirs
 * @param {{ environment: Record<string, string>, tokens: number }} reference what pgbench asks
 */
export async function startFloors(url, { environment, tokens }) {
  const answer = JSON.stringify(await answerOf(url));
  const env = {
    BENCH_ANSWER: answer,
    BENCH_DATABASE: JSON.stringify(environment),
    BENCH_TOKENS: String(tokens),
  };
  const servers = new Map();
  const stop = async () => {
    for (const server of servers.values()) await server.stop();
  };
  try {
    for (const name of Object.keys(FLOORS)) {
      servers.set(name, await startServer([...NODE, PROGRAM, name], env));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { servers, ports: [...servers.values()].map(({ port }) => port), stop };
}

/** A login's, as if it had been accepted; what Node writes by itself is left out. */
async function answerOf(url) {
  const body = new URLSearchParams({ serial: serialOf(0), pass: 'none' });
  const response = await fetch(`${url}/validate/check_s`, { method: 'POST', body });
  const own = new Set(['connection', 'content-length', 'date', 'keep-alive']);
  return {
    headers: [...response.headers].filter(([name]) => !own.has(name)),
    body: (await response.text()).replace('"value": false', '"value": true'),
  };
}
