import pg from 'pg';

import { figure } from '../../faults/figures.js';
import { type AdminAgent, adminAgent } from '../../support/clients/admin-agent.js';
import { type Installation, givenInstallation } from '../../support/application/installation.js';
import { type RunningProcess, startProcess } from '../../support/application/process.js';
import { BASE, HAS_SLAPD, READER, type Slapd, givenSlapd, personEntry } from '../../support/servers/slapd.js';
import { LoadProcess, type LoadResult, quantile } from '../gateway/load-process.js';
import { enrolTokens, loginOf } from '../seed/tokens.mjs';

const USERS = 50_000;
const OWNERS = 1_000;
const PAGES = 40;

(HAS_SLAPD ? describe : describe.skip)(`${USERS} users in slapd`, () => {
  let slapd: Slapd;
  let installation: Installation;
  let server: RunningProcess;
  let admin: AdminAgent;

  beforeAll(async () => {
    const people = Array.from({ length: USERS }, (_, i) =>
      personEntry(`uid=${loginOf(i)}`, {
        uid: loginOf(i),
        givenName: `User ${i}`,
        mail: `u${i}@example.test`,
      }),
    );
    slapd = await givenSlapd({ ldif: people.join('\n') });
    installation = await givenInstallation();
    server = await startProcess(installation);
    admin = await adminAgent(server.url, installation);
    const answer = await admin.post('/system/setResolver', {
      name: 'ldap1',
      type: 'ldapresolver',
      LDAPURI: slapd.uri,
      LDAPBASE: BASE,
      BINDDN: READER.dn,
      BINDPW: READER.password,
      LOGINNAMEATTRIBUTE: 'uid',
      LDAPFILTER: '(uid=%s)',
      LDAPSEARCHFILTER: '(uid=*)',
      USERINFO: '{"username": "uid", "givenname": "givenName", "email": "mail"}',
      UIDTYPE: 'DN',
      EnforceTLS: 'False',
    });
    if (answer.body.result?.value !== true) throw new Error(answer.text);
    await admin.post('/system/setRealm', { realm: 'ldap', resolvers: 'ldapresolver.ldap1' });
    const database = new pg.Client(installation.database.url);
    await database.connect();
    await enrolTokens(database, installation.folder, OWNERS, {
      resolver: 'ldap1',
      type: 'ldap',
      realm: 'ldap',
      userIdOf: (place) => `uid=${loginOf(place)},ou=people,${BASE}`,
    });
    await database.end();
  }, 300_000);

  afterAll(async () => {
    await server.stop();
    await installation.remove();
    await slapd.remove();
  });

  async function page(number: number, search: Readonly<Record<string, string>>): Promise<number> {
    const started = performance.now();
    const { text } = await admin.get('/admin/userlist', {
      realm: 'ldap',
      rp: '50',
      page: String(number),
      ...search,
    });
    expect((JSON.parse(text) as { result: { value: unknown[] } }).result.value).toHaveLength(50);
    return performance.now() - started;
  }

  async function setCache(isOn: string): Promise<void> {
    const { text } = await admin.post('/system/setConfig', { 'user_lookup_cache.enabled': isOn });
    expect(text).toContain('true');
  }

  it('lists a page of them', async () => {
    for (const [title, search] of [
      ['of all', { username: '*' }],
      ['of a search', { username: 'user12*' }],
    ] as const) {
      const times: number[] = [];
      for (let round = 0; round < PAGES; round++) times.push(await page(round % 4, search));
      figure(
        `/admin/userlist, a page ${title}: median ${quantile(times, 0.5).toFixed(1)} ms, p95 ${quantile(times, 0.95).toFixed(1)} ms`,
      );
    }
  }, 120_000);

  it('logs them in by name', async () => {
    const load = LoadProcess.start(server.url, OWNERS);
    const told = (title: string, { latencies, requests, seconds }: LoadResult) =>
      figure(
        `/validate/check ${title}: ${(requests / seconds).toFixed(0)}/s, median ${quantile(latencies, 0.5).toFixed(1)} ms, p95 ${quantile(latencies, 0.95).toFixed(1)} ms`,
      );
    await setCache('False');
    told('asking slapd each time, 8 connections', await load.run(8, 3, 'ldap'));
    await setCache('True');
    // Everybody once.
    await load.run(8, 3, 'ldap');
    told('of remembered users, 8 connections', await load.run(8, 3, 'ldap'));
    told('by serial, 8 connections', await load.run(8, 3, null));
    load.stop();
  }, 60_000);
});
