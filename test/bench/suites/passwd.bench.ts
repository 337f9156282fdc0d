import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import pg from 'pg';

import { figure } from '../../faults/figures.js';
import { adminAgent } from '../../support/clients/admin-agent.js';
import { type Installation, givenInstallation } from '../../support/application/installation.js';
import { type RunningProcess, startProcess } from '../../support/application/process.js';
import { LoadProcess, quantile } from '../gateway/load-process.js';
import { enrolTokens, loginOf, userIdOf } from '../seed/tokens.mjs';

const USERS = 10_000;
const CONNECTIONS = 32;
const ROUNDS = 5;
const SECONDS = 2;

let installation: Installation;
let server: RunningProcess;

beforeAll(async () => {
  installation = await givenInstallation();
  const file = join(installation.folder, 'passwd');
  const lines = Array.from({ length: USERS }, (_, i) => `${loginOf(i)}:x:${userIdOf(i)}:1:User ${i},,,,:/:`);
  await writeFile(file, lines.join('\n'));
  server = await startProcess(installation);
  const admin = await adminAgent(server.url, installation);
  await admin.post('/system/setResolver', { name: 'files', type: 'passwdresolver', fileName: file });
  await admin.post('/system/setRealm', { realm: 'files', resolvers: 'passwdresolver.files' });
  const database = new pg.Client(installation.database.url);
  await database.connect();
  const owners = { resolver: 'files', type: 'passwd', realm: 'files' };
  await enrolTokens(database, installation.folder, USERS, owners);
  await database.end();
}, 120_000);

afterAll(async () => {
  await server.stop();
  await installation.remove();
});

it(`logs ${USERS} users of a passwd file in at ${CONNECTIONS} connections`, async () => {
  const load = LoadProcess.start(server.url, USERS);
  await load.run(CONNECTIONS, SECONDS, 'files');
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const bySerial = await load.run(CONNECTIONS, SECONDS, null);
    const byUser = await load.run(CONNECTIONS, SECONDS, 'files');
    const rate = (one: typeof byUser) => one.requests / one.seconds;
    ratios.push(rate(byUser) / rate(bySerial));
    figure(
      `check ${rate(byUser).toFixed(0)}/s, p99 ${quantile(byUser.latencies, 0.99).toFixed(1)} ms; ` +
        `check_s ${rate(bySerial).toFixed(0)}/s, p99 ${quantile(bySerial.latencies, 0.99).toFixed(1)} ms`,
    );
  }
  figure(`rate of check to rate of check_s: median ${quantile(ratios, 0.5).toFixed(2)}`);
  load.stop();
  expect(ratios).toHaveLength(ROUNDS);
}, 120_000);
