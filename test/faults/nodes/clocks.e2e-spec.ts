import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import type pg from 'pg';

import { type AdminAgent, adminAgent } from '../../support/clients/admin-agent.js';
import { hotpAt, totpAt } from '../../support/clients/otp.js';
import {
  ADMINISTRATOR,
  type Installation,
  givenInstallation,
} from '../../support/application/installation.js';
import { type RunningProcess, startProcess } from '../../support/application/process.js';
import { HAS_FAKETIME, ShownTime } from '../../support/application/shown-time.js';
import { countOf, figure } from '../figures.js';
import { enrol } from '../given-users.js';
import { type LoginAnswer, LoginClient } from '../login-client.js';

const ROUNDS = countOf('TWINLOCK_CLOCK_ROUNDS', 3);
const WITHIN_MS = 180_000 + ROUNDS * 5_000;
const HOUR = 3600;
const AT_ONCE = 10;
const POLL_MS = 50;

/** Three nodes on one PostgreSQL: one whose clock is right, one an hour ahead, one an hour behind. */
describe('nodes whose clocks differ by an hour', () => {
  const suite = HAS_FAKETIME ? it : it.skip;
  const bearer = randomBytes(16).toString('hex');
  let installation: Installation;
  let times: readonly ShownTime[] = [];
  let nodes: readonly RunningProcess[] = [];
  let clients: readonly LoginClient[] = [];
  let admin: AdminAgent;
  let database: pg.Client;

  beforeAll(async () => {
    if (!HAS_FAKETIME) return;
    installation = await givenInstallation({ TWINLOCK_LOG_LEVEL: 'info' });
    const { folder } = installation;
    const metricsToken = join(folder, 'metrics-token');
    await writeFile(metricsToken, bearer);
    times = await Promise.all(
      [0, HOUR, -HOUR].map((seconds, place) => ShownTime.make(folder, `${place}`, seconds)),
    );
    const start = (time: ShownTime) =>
      startProcess(
        installation,
        { ...time.env, TWINLOCK_METRICS_TOKEN_FILE: metricsToken },
        // Those that are off never say that they are ready otherwise.
        { untilLogged: '"msg":"ready"' },
      );
    nodes = await Promise.all(times.map(start));
    clients = nodes.map(({ url }) => new LoginClient(url));
    database = await installation.database.connect();
    admin = await adminAgent(nodes[0]?.url ?? '', installation);
  }, WITHIN_MS);

  afterAll(async () => {
    for (const client of clients) client.close();
    await database?.end();
    await Promise.all(nodes.map((node) => node.stop()));
    await installation?.remove();
  }, WITHIN_MS);

  const bySerial = (client: LoginClient, serial: string, pass: string): Promise<LoginAnswer> =>
    client.post('/validate/check_s', { serial, pass });
  const everywhere = <T>(ask: (client: LoginClient, place: number) => Promise<T>) =>
    Promise.all(clients.map(ask));
  const later = (seconds: number) => new Date(Date.now() + seconds * 1000);
  const accepted = (answers: readonly LoginAnswer[]) => answers.filter(({ isAccepted }) => isAccepted);

  const readiness = async (place: number) => {
    const answer = await fetch(`${nodes[place]?.url}/readyz`);
    const { checks } = (await answer.json()) as { checks: Readonly<Record<string, string>> };
    return { status: answer.status, clock: checks['clock'] };
  };

  suite('say so: in their readiness, in the log, and as a metric', async () => {
    expect(await Promise.all(nodes.map((_, place) => readiness(place)))).toEqual([
      { status: 200, clock: 'ok' },
      {
        status: 503,
        clock: expect.stringMatching(
          /^this node's clock is 3(59|60)\d\.\d s ahead of the database's, more than 2 s$/,
        ),
      },
      {
        status: 503,
        clock: expect.stringMatching(/^this node's clock is 3(59|60)\d\.\d s behind the database's/),
      },
    ]);
    const lines = nodes.map(
      (node) =>
        node.output().match(/"level":50[^\n]*this node is not ready: its clock is [^\n]*/g)?.length ?? 0,
    );
    expect(lines).toEqual([0, 1, 1]);
    const ahead = await Promise.all(
      nodes.map(async ({ url }) => {
        const answer = await fetch(`${url}/metrics`, { headers: { Authorization: `Bearer ${bearer}` } });
        return Number(/^twinlock_clock_ahead_seconds (\S+)$/m.exec(await answer.text())?.[1]);
      }),
    );
    expect(ahead.map((seconds) => Math.round(seconds / 60) * 60)).toEqual([0, HOUR, -HOUR]);
    figure(`clocks an hour off: measured ${ahead.map((seconds) => seconds.toFixed(1)).join(', ')} s`);
  });

  suite(
    `take the TOTP of the right time, each and once, and none of an hour before or after, in ${ROUNDS} rounds`,
    async () => {
      let yes = 0;
      for (let round = 0; round < ROUNDS; round++) {
        for (const [place, client] of clients.entries()) {
          await enrol(admin, `T${round}${place}`, { type: 'totp' });
          for (const off of [-HOUR, HOUR]) {
            const wrong = await everywhere((other) =>
              bySerial(other, `T${round}${place}`, totpAt(later(off))),
            );
            expect(accepted(wrong)).toEqual([]);
          }
          expect(await bySerial(client, `T${round}${place}`, totpAt(later(0)))).toMatchObject({
            isAccepted: true,
          });
        }
        await enrol(admin, `ONE${round}`, { type: 'totp' });
        const pass = totpAt(later(0));
        const all = await Promise.all(
          clients.flatMap((client) =>
            Array.from({ length: AT_ONCE }, () => bySerial(client, `ONE${round}`, pass)),
          ),
        );
        expect(accepted(all)).toHaveLength(1);
        expect(accepted(await everywhere((client) => bySerial(client, `ONE${round}`, pass)))).toEqual([]);
        yes += accepted(all).length;
      }
      figure(`  one TOTP at all three at once, ${ROUNDS} rounds: ${yes} accepted`);
    },
    WITHIN_MS,
  );

  suite('make sessions that are good on all of them', async () => {
    for (const { url } of nodes) {
      const login = { username: ADMINISTRATOR, password: installation.password };
      const answer = await fetch(`${url}/admin/login`, { method: 'POST', body: new URLSearchParams(login) });
      const cookie = answer.headers.getSetCookie().map((one) => one.split(';')[0]);
      const statuses = await Promise.all(
        nodes.map(async (node) => {
          const shown = await fetch(`${node.url}/admin/show?rp=1`, {
            headers: { Cookie: cookie.join('; ') },
          });
          return shown.status;
        }),
      );
      expect(statuses).toEqual([200, 200, 200]);
    }
  });

  suite(
    'know a challenge of another one, and none that has expired by the clock of the database',
    async () => {
      const policy = {
        scope: 'authentication',
        realm: '*',
        user: '*',
        client: '*',
        time: '',
        active: 'True',
      };
      await admin.post('/system/setPolicy', { ...policy, name: 'ask', action: 'challenge_response=hmac' });
      await enrol(admin, 'ASKED', { pin: 'pin1' });
      const ask = async (place: number) => {
        const { text = '' } =
          (await clients[place]?.post('/validate/check_s', { serial: 'ASKED', pass: 'pin1' })) ?? {};
        return /"transactionid":\s*"(\d+)"/.exec(text)?.[1] ?? '';
      };
      const answer = (client: LoginClient, transactionid: string, counter: number) =>
        client.post('/validate/check_s', { serial: 'ASKED', pass: hotpAt(counter), transactionid });
      for (const [place] of clients.entries()) {
        const transaction = await ask(place);
        const elsewhere = clients[(place + 1) % clients.length];
        if (!elsewhere) throw new Error('no other node');
        expect(await answer(elsewhere, transaction, place)).toMatchObject({ isAccepted: true });
        const expired = await ask(place);
        await database.query("UPDATE challenge SET expires_at = clock_timestamp() - interval '1 s'");
        expect(accepted(await everywhere((client) => answer(client, expired, clients.length)))).toEqual([]);
      }
      await admin.post('/system/delPolicy', { name: 'ask' });
    },
  );

  suite(
    'make nobody wait longer than by their own delay, also when the clock of the database was put back',
    async () => {
      const guess = (url: string, password: string) =>
        fetch(`${url}/admin/login`, {
          method: 'POST',
          body: new URLSearchParams({ username: ADMINISTRATOR, password }),
        });
      for (const { url } of nodes) {
        let waits = 0;
        while (waits === 0) waits = Number((await guess(url, 'wrong')).headers.get('Retry-After') ?? 0);
        expect(waits).toBeLessThanOrEqual(2);
        // As if that clock had been an hour ahead when they failed.
        await database.query(`UPDATE login_throttle SET blocked_until = blocked_until + interval '1 h',
        expires_at = expires_at + interval '1 h'`);
        for (const node of nodes) expect((await guess(node.url, installation.password)).status).toBe(200);
      }
      await enrol(admin, 'GUESSED');
      await admin.post('/admin/set', { serial: 'GUESSED', MaxFailCount: '100' });
      const [client] = clients;
      if (!client) throw new Error('no node');
      for (let failed = 0; failed < 10; failed++) await bySerial(client, 'GUESSED', '000000');
      await database.query(`UPDATE token SET blocked_until = (
      SELECT jsonb_object_agg(key, value::float8 + 30 + 3600) FROM jsonb_each_text(blocked_until)) WHERE serial = 'GUESSED'`);
      const { rows } = await database.query("SELECT blocked_until FROM token WHERE serial = 'GUESSED'");
      expect(Object.keys(rows[0]?.blocked_until ?? {})).toHaveLength(1);
      expect(await bySerial(client, 'GUESSED', hotpAt(0))).toMatchObject({ isAccepted: true });
    },
  );

  suite(
    'are ready again when their clocks are put right',
    async () => {
      await Promise.all(times.map((time) => time.set(0)));
      for (const [place] of nodes.entries()) {
        while ((await readiness(place)).status !== 200) await pause(POLL_MS);
      }
      for (const node of nodes.slice(1)) await node.logged("the clock of this node is the database's again");
    },
    WITHIN_MS,
  );
});
