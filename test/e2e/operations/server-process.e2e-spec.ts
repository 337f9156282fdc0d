import { join } from 'node:path';

import { adminAgent } from '../../support/clients/admin-agent.js';
import { type Installation, givenInstallation } from '../../support/application/installation.js';
import { startProcess } from '../../support/application/process.js';

const START_WITHIN_MS = 60_000;

describe('a server process', () => {
  let installation: Installation;

  beforeEach(async () => {
    installation = await givenInstallation({ TWINLOCK_LOG_LEVEL: 'info' });
  });
  afterEach(() => installation.remove());

  it(
    'starts, serves, and ends well when it is told to',
    async () => {
      const server = await startProcess(installation);
      await (await adminAgent(server.url, installation)).get('/admin/show').expect(200);
      await expect(server.stop()).resolves.toBe(0);
      expect(server.output()).not.toContain(installation.password);
    },
    START_WITHIN_MS,
  );

  it(
    'has written all lines of its log when it has ended, each whole and once',
    async () => {
      const server = await startProcess(installation);
      const ids: (string | null)[] = [];
      for (let count = 0; count < 200; count++) {
        ids.push((await fetch(`${server.url}/healthz`)).headers.get('x-request-id'));
      }
      await server.stop();
      await server.logged('"msg":"stopped"');
      const lines = server
        .output()
        .trimEnd()
        .split('\n')
        .map((line): { requestId?: string; msg?: string } => JSON.parse(line));
      const answered = new Set(ids);
      expect(lines.flatMap(({ requestId }) => (answered.has(requestId ?? '') ? [requestId] : []))).toEqual(
        ids,
      );
      expect(lines.at(-1)).toMatchObject({ msg: 'stopped' });
    },
    START_WITHIN_MS,
  );

  it(
    'does not start, and writes nothing, with a keyring that does not fit',
    async () => {
      await (await startProcess(installation)).stop();
      const database = await installation.database.connect();
      const before = await database.query('SELECT count(*)::int AS lanes FROM audit_lane');

      // Another installation's keyring is sound, but not this database's.
      const other = await givenInstallation();
      await (await startProcess(other)).stop();
      const foreign = join(other.folder, 'keyring.json');
      await expect(startProcess(installation, { TWINLOCK_KEYRING_FILE: foreign })).rejects.toThrow(
        /keyring/i,
      );
      const after = await database.query('SELECT count(*)::int AS lanes FROM audit_lane');
      expect(after.rows).toEqual(before.rows);
      await database.end();
      await other.remove();
    },
    START_WITHIN_MS,
  );

  it('names the setting that it cannot use, and not its value', async () => {
    const start = startProcess(installation, { TWINLOCK_PORT: 'geheim1' });
    await expect(start).rejects.toThrow(/TWINLOCK_PORT/);
    await expect(start).rejects.not.toThrow(/geheim1/);
  });
});
