import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import request from 'supertest';

import { type AdminAgent, adminAgent } from '../../support/clients/admin-agent.js';
import { type RunningApplication, startApplication } from '../../support/application/application.js';
import { type Installation, givenInstallation } from '../../support/application/installation.js';

const TOKEN = randomBytes(16).toString('hex');
const GUARDED = ['/metrics', '/api/docs', '/api/docs/openapi.json'];

describe('what operators read', () => {
  let installation: Installation;
  let server: RunningApplication;
  let admin: AdminAgent;

  beforeAll(async () => {
    installation = await givenInstallation();
    const file = join(installation.folder, 'operator-token');
    await writeFile(file, `${TOKEN}\n`);
    server = await startApplication({ installation, env: { TWINLOCK_METRICS_TOKEN_FILE: file } });
    admin = await adminAgent(server.url, installation);
  });
  afterAll(async () => {
    await server.stop();
    await installation.remove();
  });

  it('does not start without the file of its token, and names the variable', async () => {
    const env = { TWINLOCK_METRICS_TOKEN_FILE: join(installation.folder, 'missing') };
    await expect(startApplication({ installation, env })).rejects.toThrow('TWINLOCK_METRICS_TOKEN_FILE');
  });

  it('tells anybody whether it lives and is ready', async () => {
    await request(server.url).get('/healthz').expect(200, 'ok\n');
    const { body } = await request(server.url).get('/readyz').expect(200);
    expect(body).toEqual({
      ready: true,
      checks: { database: 'ok', keyring: 'ok', migrations: 'ok', clock: 'ok' },
    });
  });

  it('leaves room on the pages of tokens, which every login writes', async () => {
    const database = await installation.database.connect();
    const { rows } = await database.query("SELECT reloptions FROM pg_class WHERE oid = 'token'::regclass");
    expect(rows).toEqual([{ reloptions: ['fillfactor=50'] }]);
    await database.end();
  });

  it.each(GUARDED)('shows %s to administrators and to the bearer of the token alone', async (path) => {
    await request(server.url).get(path).expect(401);
    await request(server.url).get(path).set('Authorization', 'Bearer wrong').expect(401);
    await request(server.url).get(path).set('Authorization', `Basic ${TOKEN}`).expect(401);
    await request(server.url).get(path).set('Authorization', `Bearer ${TOKEN}`).expect(200);
    await admin.get(path).expect(200);
  });

  it('counts logins by outcome', async () => {
    await request(server.url).get('/validate/check').query({ user: 'nobody', pass: 'marked-secret' });
    const { text } = await admin.get('/metrics');
    expect(text).toMatch(/twinlock_verdicts_total\{outcome="unknown-user",token_type=""\} [1-9]/);
    expect(text).toMatch(/twinlock_requests_total\{route="\/validate\/check",status="200"\} [1-9]/);
    expect(text).toMatch(/twinlock_commit_records_count\{path="fast"\} [1-9]/);
    expect(text).not.toContain('marked-secret');
  });

  it('describes every route that is served', async () => {
    const { body } = await admin.get('/api/docs/openapi.json');
    expect(body.openapi).toBe('3.1.0');
    expect(Object.keys(body.paths)).toEqual(
      expect.arrayContaining([
        '/admin/login',
        '/admin/init',
        '/admin/show',
        '/validate/check',
        '/system/setRealm',
        '/audit/search',
        '/api/v2/tokens/',
        '/api/v2/tokens/{serial}',
      ]),
    );
    expect(Object.keys(body.paths['/admin/init'])).toEqual(['post']);
    expect(Object.keys(body.paths['/admin/show'])).toEqual(['get', 'post']);
    expect(body.paths['/validate/check'].get.security).toBeUndefined();
  });
});
