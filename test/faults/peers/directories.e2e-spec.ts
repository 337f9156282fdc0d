import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import request from 'supertest';

import { adminAgent } from '../../support/clients/admin-agent.js';
import { hotpAt } from '../../support/clients/otp.js';
import {
  type Installation,
  ADMINISTRATOR,
  givenInstallation,
} from '../../support/application/installation.js';
import { type RunningProcess, startProcess } from '../../support/application/process.js';
import { BASE, HAS_SLAPD, READER, type Slapd, givenSlapd, personEntry } from '../../support/servers/slapd.js';
import { type Behaviour, FaultyPeer } from './faulty-peer.js';
import { countOf, figure, timesText } from '../figures.js';

const ROUNDS = countOf('TWINLOCK_DIRECTORY_ROUNDS', 10);
const LDAP_USERS = 40;
const FILE_USERS = 4;
const suite = HAS_SLAPD ? describe : describe.skip;
const SEED = '3132333435363738393031323334353637383930';

suite('one directory in trouble, with slapd', () => {
  let slapd: Slapd;
  let peer: FaultyPeer;
  let installation: Installation;
  let server: RunningProcess;
  /** The counter that each token expects next. */
  const counters = new Map<string, number>();

  beforeAll(async () => {
    const names = Array.from({ length: LDAP_USERS }, (_, i) => `ldap${i}`);
    slapd = await givenSlapd({ ldif: names.map((uid) => personEntry(`uid=${uid}`, { uid })).join('\n') });
    peer = await FaultyPeer.start(slapd.port);
    installation = await givenInstallation();
    server = await startProcess(installation);
    const admin = await adminAgent(server.url, installation);
    const change = async (path: string, form: Readonly<Record<string, string>>) => {
      const { body } = await admin.post(path, form);
      if (!body.result?.value) throw new Error(JSON.stringify(body));
    };
    const file = join(installation.folder, 'passwd');
    const users = Array.from({ length: FILE_USERS }, (_, i) => `file${i}`);
    await writeFile(file, users.map((name, i) => `${name}:x:${i + 1}:1:${name}:/:`).join('\n'));
    await change('/system/setResolver', { name: 'files', type: 'passwdresolver', fileName: file });
    await change('/system/setResolver', {
      name: 'ldap1',
      type: 'ldapresolver',
      LDAPURI: `ldap://127.0.0.1:${peer.port}`,
      LDAPBASE: BASE,
      BINDDN: READER.dn,
      BINDPW: READER.password,
      LOGINNAMEATTRIBUTE: 'uid',
      LDAPFILTER: '(uid=%s)',
      LDAPSEARCHFILTER: '(uid=*)',
      USERINFO: '{"username": "uid"}',
      UIDTYPE: 'entryUUID',
      EnforceTLS: 'False',
      TIMEOUT: '3;3',
    });
    await change('/system/setRealm', { realm: 'files', resolvers: 'passwdresolver.files' });
    await change('/system/setRealm', { realm: 'ldap', resolvers: 'ldapresolver.ldap1' });
    // Every login asks: what was remembered would hide the trouble.
    await change('/system/setConfig', { 'user_lookup_cache.enabled': 'False' });
    for (const user of [...users, ...names]) {
      const realm = user.startsWith('ldap') ? 'ldap' : 'files';
      await change('/admin/init', { type: 'hmac', user, realm, otpkey: SEED, pin: 'pin', serial: user });
      counters.set(user, 0);
    }
  }, 60_000);

  afterAll(async () => {
    await server.stop();
    await installation.remove();
    await peer.stop();
    await slapd.remove();
  });

  const realmOf = (user: string) => (user.startsWith('ldap') ? 'ldap' : 'files');

  /** With the right PIN and OTP. */
  async function login(user: string): Promise<{ status: number; isAccepted: boolean; milliseconds: number }> {
    const counter = counters.get(user) ?? 0;
    const started = performance.now();
    const { status, body } = await request(server.url)
      .post('/validate/check')
      .type('form')
      .send({ user, realm: realmOf(user), pass: `pin${hotpAt(counter)}` });
    const isAccepted = body.result?.value === true;
    if (isAccepted) counters.set(user, counter + 1);
    return { status, isAccepted, milliseconds: performance.now() - started };
  }

  async function adminLogin(): Promise<number> {
    const started = performance.now();
    const { body } = await request(server.url)
      .post('/admin/login')
      .type('form')
      .send({ username: ADMINISTRATOR, password: installation.password });
    expect(body.result.value).toBe(true);
    return performance.now() - started;
  }

  /** A storm of logins to the realm in trouble, and beside it the users of the other one and the administrator. */
  async function round(title: string, ofLdap: (answer: { status: number; isAccepted: boolean }) => void) {
    const others: number[] = [];
    const admins: number[] = [];
    const storm = Array.from({ length: LDAP_USERS }, (_, i) => login(`ldap${i}`));
    for (let i = 0; i < ROUNDS; i++) {
      const answers = await Promise.all(Array.from({ length: FILE_USERS }, (_, n) => login(`file${n}`)));
      for (const { isAccepted, milliseconds } of answers) {
        expect(isAccepted).toBe(true);
        others.push(milliseconds);
      }
      admins.push(await adminLogin());
    }
    for (const answer of await Promise.all(storm)) ofLdap(answer);
    figure(`${title}: other realm ${timesText(others)}; administrator ${timesText(admins)}`);
  }

  /** Asks until the directory is asked again. Bounded by the test's own time. */
  async function recovered(): Promise<void> {
    while (!(await login('ldap0')).isAccepted) continue;
  }

  it('costs nobody anything while it is well', async () => {
    await round('well', ({ isAccepted }) => expect(isAccepted).toBe(true));
  });

  it.each<{ title: string; behaviour: Behaviour }>([
    { title: 'silent', behaviour: 'silent' },
    { title: 'slow', behaviour: 'slow' },
    { title: 'answering half-way', behaviour: 'half' },
  ])(
    'which is $title, costs the users of the others nothing, and takes no token away',
    async ({ title, behaviour }) => {
      peer.behave(behaviour);
      await round(title, ({ status, isAccepted }) => {
        expect(isAccepted).toBe(false);
        expect(status).toBe(503);
      });
      peer.behave('well');
      await recovered();
    },
    60_000,
  );

  it('which refuses connections, costs the users of the others nothing, and takes no token away', async () => {
    await slapd.stop();
    await round('refused', ({ status }) => expect(status).toBe(503));
    await slapd.start();
    await recovered();
  }, 60_000);

  it('leaves every token with its owner in the end', async () => {
    const admin = await adminAgent(server.url, installation);
    const { body } = await admin.get('/admin/show', { pagesize: '1000' });
    const { data } = body.result.value as { data: Record<string, string>[] };
    expect(data).toHaveLength(LDAP_USERS + FILE_USERS);
    for (const token of data) expect(token['User.username']).toBe(token['LinOtp.TokenSerialnumber']);
  });
});
