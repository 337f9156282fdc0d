import type pg from 'pg';

import { type Cut, CuttingProxy } from '../../faults/cutting-proxy.js';
import { countOf, figure, timesText } from '../../faults/figures.js';
import { type Node, openNode } from '../../faults/given-node.js';
import { changed, enrol, givenUsers } from '../../faults/given-users.js';
import { LoginClient } from '../../faults/login-client.js';
import { LoginStream, expectSound, storedLogins } from '../../faults/login-stream.js';
import { type AdminAgent, adminAgent } from '../../support/clients/admin-agent.js';
import { type Installation, givenInstallation } from '../../support/application/installation.js';
import { hotpAt } from '../../support/clients/otp.js';
import { type RunningProcess, startProcess } from '../../support/application/process.js';

const KILLS = countOf('TWINLOCK_KILLS', 2);
const GATEWAYS = 8;
/** Shorter than usual, and than whatever else ends a wait: a read is given up after 2.5 s, a commit after 6 s. */
const DATABASE_WAIT_MS = 2_000;
const WITHIN_MS = 60_000 + KILLS * 10_000;

/** A server, its way to the database, and what happens to logins when either breaks. */
describe('a login', () => {
  let installation: Installation;
  let proxy: CuttingProxy;
  let server: RunningProcess;
  let client: LoginClient;
  let admin: AdminAgent;
  /** Past the proxy, like `database`. */
  let bystander: Node;
  let database: pg.Client;

  const start = async () => {
    server = await startProcess(installation, {
      DATABASE_URL: proxy.url,
      TWINLOCK_LOG_LEVEL: 'fatal',
      TWINLOCK_DATABASE_WAIT_MILLISECONDS: String(DATABASE_WAIT_MS),
    });
    client = new LoginClient(server.url);
  };

  beforeAll(async () => {
    installation = await givenInstallation();
    proxy = await CuttingProxy.start(installation.database.url);
    bystander = await openNode(installation);
    database = await installation.database.connect();
    await start();
    admin = await adminAgent(server.url, installation);
    await givenUsers(admin, installation, ['anna']);
    await admin.upload('/tools/import_users', { resolver: 'kept', passwords_in_plaintext: 'true' }, 'bert,1');
    const resolvers = 'useridresolver.SQLIdResolver.IdResolver.kept';
    await changed(admin, '/system/setRealm', { realm: 'kept', resolvers });
  }, WITHIN_MS);

  afterEach(async () => {
    proxy.comeBack();
    expect(await bystander.verifyAudit()).toMatchObject({ faults: [] });
  });

  afterAll(async () => {
    client?.close();
    await server?.stop();
    await proxy?.close();
    await database?.end();
    await bystander?.close();
    await installation?.remove();
  }, WITHIN_MS);

  const login = (serial: string, counter: number) =>
    client.post('/validate/check_s', { serial, pass: hotpAt(counter) });

  const stored = (serial: string) => storedLogins(database, serial);

  /** Right behind an outage a login waits but briefly: with this one that is over. */
  const answersLogins = async () =>
    (await client.post('/validate/check_s', { serial: 'NOBODY', pass: hotpAt(0) })).status === 200;

  const becomesReady = async () => {
    for (;;) if ((await fetch(`${server.url}/readyz`)).ok && (await answersLogins())) return;
  };

  describe('whose commit was sent when the connection broke', () => {
    it.each<{ cut: Cut; what: string }>([
      { cut: 'unanswered', what: 'its answer was lost' },
      { cut: 'executing', what: 'it was being executed' },
      { cut: 'unsent', what: 'it never arrived' },
    ])('is answered as it was decided, and decided once: $what', async ({ cut }) => {
      const serial = `CUT${cut}`;
      await enrol(admin, serial);
      const broken = proxy.cutAt('login-commit', cut);
      const answer = login(serial, 0);
      await broken;
      expect(await answer).toMatchObject({ status: 200, isAccepted: true });
      expect(await login(serial, 0)).toMatchObject({ status: 200, isAccepted: false });
      expect(await stored(serial)).toEqual({ acceptances: 1, counter: 1 });
    });

    it('is answered with an error, and not accepted a second time, when the outcome is not found out', async () => {
      await enrol(admin, 'CUTaway');
      const broken = proxy.cutAt('login-commit', 'unanswered');
      const answer = login('CUTaway', 0);
      await broken;
      proxy.goAway();
      expect(await answer).toMatchObject({ status: 503, isAccepted: false });
      proxy.comeBack();
      await becomesReady();
      expect(await login('CUTaway', 0)).toMatchObject({ status: 200, isAccepted: false });
      expect(await stored('CUTaway')).toEqual({ acceptances: 1, counter: 1 });
    });
  });

  const givenStream = (serials: readonly string[]) => new LoginStream(login, serials);

  it(
    'whose server is killed between commit and reply is not accepted again',
    async () => {
      const serials = Array.from({ length: 5 }, (_, place) => `BETWEEN${place}`);
      for (const serial of serials) await enrol(admin, serial);
      const unheard = proxy.cutAt('login-commit', 'unheard');
      const answers = serials.map((serial) => login(serial, 0));
      await unheard;
      await server.kill();
      const statuses = (await Promise.all(answers)).map(({ status }) => status);
      expect(statuses).toContain(null);
      const committed = [];
      for (const serial of serials) committed.push(await stored(serial));
      expect(committed).toContainEqual({ acceptances: 1, counter: 1 });
      client.close();
      await start();
      admin = await adminAgent(server.url, installation);
      for (const [place, serial] of serials.entries()) {
        // What the trail knows of is spent; what it does not know of never happened.
        const wasAccepted = committed[place]?.acceptances === 1;
        expect((await login(serial, 0)).isAccepted).toBe(!wasAccepted);
        expect(await stored(serial)).toEqual({ acceptances: 1, counter: 1 });
      }
    },
    WITHIN_MS,
  );

  it(
    'in a stream of logins is accepted once, however often the server is killed',
    async () => {
      const serials = Array.from({ length: GATEWAYS }, (_, place) => `KILL${place}`);
      for (const serial of serials) await enrol(admin, serial);
      const stream = givenStream(serials);
      for (let round = 0; round < KILLS; round++) {
        await stream.has(50);
        await server.kill();
        client.close();
        await start();
      }
      await stream.has(50);
      await stream.end();
      admin = await adminAgent(server.url, installation);
      await expectSound(database, stream);
      const { acceptancesOf, lost } = stream;
      figure(
        `${KILLS} servers killed: ${acceptancesOf.size} accepted once, ${lost} of which nobody was told`,
      );
    },
    WITHIN_MS,
  );

  it(
    'in a stream of logins is accepted once, however often its connections break',
    async () => {
      const serials = Array.from({ length: GATEWAYS }, (_, place) => `BREAK${place}`);
      for (const serial of serials) await enrol(admin, serial);
      const stream = givenStream(serials);
      for (let round = 0; round < KILLS; round++) {
        for (const cut of ['unsent', 'unanswered', 'executing'] as const) {
          await stream.has(20);
          await proxy.cutAt('login-commit', cut);
        }
        await stream.has(20);
        proxy.breakAll();
      }
      await stream.has(20);
      await stream.end();
      await expectSound(database, stream);
      // What became of every commit was found out: nobody heard an error about a value that was spent, and then no.
      expect(stream.answers.filter(({ status, isAccepted }) => status === 200 && !isAccepted)).toEqual([]);
      const refused = stream.answers.filter(({ status }) => status !== 200).length;
      figure(
        `${4 * KILLS} breaks of connections: ${stream.acceptancesOf.size} accepted once, all of them told; ${refused} asked to come again`,
      );
    },
    WITHIN_MS,
  );

  /** @returns how long each login took, in milliseconds */
  async function failsWithAnErrorThatSaysSo(serial: string): Promise<number[]> {
    const [ready, alive, bySerial, byUser, byUserKeptHere, inOneWord, atPortal, inPortal] = await Promise.all(
      [
        fetch(`${server.url}/readyz`),
        fetch(`${server.url}/healthz`),
        login(serial, 1),
        client.post('/validate/check', { user: 'anna', pass: hotpAt(1) }),
        client.post('/validate/check', { user: 'bert', realm: 'kept', pass: hotpAt(1) }),
        client.post('/validate/simplecheck', { user: 'anna', pass: hotpAt(1) }),
        client.post('/userservice/login', { login: 'anna', password: 'wrong' }),
        client.post('/userservice/auth', { login: 'bert@kept', password: 'wrong' }),
      ],
    );
    expect([ready.status, alive.status]).toEqual([503, 200]);
    for (const { status, text } of [bySerial, byUser, byUserKeptHere, atPortal, inPortal]) {
      expect(status).toBe(503);
      expect(JSON.parse(text)).toMatchObject({
        result: { status: false, error: { message: expect.stringContaining('not available') } },
      });
    }
    expect(inOneWord).toMatchObject({ status: 503, text: ':-(' });
    return [bySerial, byUser, byUserKeptHere, inOneWord, atPortal, inPortal].map(
      ({ milliseconds }) => milliseconds,
    );
  }

  async function comesBackByItself(serial: string): Promise<void> {
    await becomesReady();
    expect(await login(serial, 1)).toMatchObject({ isAccepted: true });
    const byUser = { user: 'anna', pass: hotpAt(2) };
    expect(await client.post('/validate/simplecheck', byUser)).toMatchObject({ text: ':-)' });
    await enrol(admin, `${serial}B`);
    expect(await stored(serial)).toEqual({ acceptances: 3, counter: 3 });
    await changed(admin, '/admin/remove', { serial });
  }

  it(
    'fails while the database is away, as everything does, and works again without a restart',
    async () => {
      await enrol(admin, 'AWAY', { user: 'anna' });
      expect(await login('AWAY', 0)).toMatchObject({ isAccepted: true });
      proxy.goAway();
      await failsWithAnErrorThatSaysSo('AWAY');
      const show = await admin.get('/admin/show');
      const init = await admin.post('/admin/init', { type: 'hmac', serial: 'NEVER', genkey: '1' });
      expect([show.status, init.status]).toEqual([503, 503]);
      proxy.comeBack();
      await comesBackByItself('AWAY');
      expect((await admin.get('/admin/show', { serial: 'NEVER' })).body.result.value.data).toEqual([]);
    },
    WITHIN_MS,
  );

  it(
    'fails while nothing is heard of the database, not behind it, and works again without a restart',
    async () => {
      await enrol(admin, 'SILENT', { user: 'anna' });
      expect(await login('SILENT', 0)).toMatchObject({ isAccepted: true });
      proxy.goSilent();
      // Answered while the silence lasts. The first ones find connections that seem to stand, the others none.
      const took = await failsWithAnErrorThatSaysSo('SILENT');
      took.push(...(await failsWithAnErrorThatSaysSo('SILENT')));
      figure(
        `nothing heard of the database, ${DATABASE_WAIT_MS} ms waited for: logins refused after ${timesText(took)}`,
      );
      proxy.comeBack();
      await comesBackByItself('SILENT');
    },
    WITHIN_MS,
  );
});
