import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { startDatabase } from '../servers/database.mjs';

const ROOT = join(import.meta.dirname, '../../..');

/**
 * Suites of Jest as a script runs them: one after the other, with figures, on a database as durable as in production, unless
 * TEST_DATABASE_URL names another one.
 *
 * @param {string} project of jest.config.js
 * @param {readonly string[]} patterns of the suites' paths
 * @param {Readonly<Record<string, string>>} environment beside this process's own
 * @returns {Promise<number>} the exit code
 */
export async function runSuites(project, patterns, environment = {}) {
  const given = process.env.TEST_DATABASE_URL;
  const database = given ? { url: given, stop: async () => undefined } : await startDatabase();
  const jest = join(ROOT, 'node_modules/jest/bin/jest.js');
  const suites = spawn(process.execPath, [jest, '--runInBand', ...patterns, '--selectProjects', project], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning',
      TEST_DATABASE_URL: database.url,
      // Databases are as durable, and outages as long, as figures need them; and figures are printed.
      TWINLOCK_FIGURES: '1',
      TWINLOCK_PRINT_FIGURES: '1',
      ...environment,
    },
  });
  const [code] = await once(suites, 'exit');
  await database.stop();
  return code ?? 1;
}
