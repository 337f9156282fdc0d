import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Dice } from '../../support/audit/dice.js';
import type { Fields } from '../../support/clients/admin-agent.js';
import { RFC_KEY_HEX, hotpAt } from '../../support/clients/otp.js';
import { HAS_NGINX } from '../../support/servers/nginx.js';
import { countOf, figure } from '../figures.js';
import type { LoginAnswer, LoginClient } from '../login-client.js';
import { Cluster } from './given-cluster.js';

const ROUNDS = countOf('TWINLOCK_SPRAY_ROUNDS', 5);
const MOST_NODES = countOf('TWINLOCK_NODES', 2);
const SEED = countOf('TWINLOCK_SEED', 7);
const WITHIN_MS = 60_000 + ROUNDS * 5_000;
/** Of each way in, at once. */
const AT_ONCE = 10;
const POLICY = { scope: 'authentication', realm: '*', user: '*', client: '*', time: '', active: 'True' };

/** Every request goes to a node by chance, or to nginx, which takes one. */
describe.each(Array.from({ length: MOST_NODES - 1 }, (_, more) => more + 2))(
  '%d nodes behind nginx',
  (count) => {
    // `describe.skip` would still run hooks of its own.
    const suite = HAS_NGINX ? it : it.skip;
    const dice = new Dice(SEED + count);
    let cluster: Cluster;
    let client: LoginClient;
    /** All ways in. */
    let ways: readonly LoginClient[];
    let session: Fields;

    beforeAll(async () => {
      if (!HAS_NGINX) return;
      cluster = await Cluster.start(count);
      client = cluster.client();
      ways = [client, ...cluster.direct];
      session = await cluster.logIn(client);
      await givenUser('anna');
    }, WITHIN_MS);

    afterAll(async () => {
      if (!cluster) return;
      try {
        expect(await cluster.verifyAudit()).toMatchObject({ faults: [] });
      } finally {
        await cluster.stop();
      }
    }, WITHIN_MS);

    const somewhere = (): LoginClient => dice.pick(ways);
    const change = async (path: string, form: Fields): Promise<void> => {
      const { status, text } = await somewhere().post(path, form, session);
      if (status !== 200 || !/"status":\s*true/.test(text)) throw new Error(`${path}: ${text}`);
    };
    const enrol = (serial: string, form: Fields = {}) =>
      change('/admin/init', { type: 'hmac', serial, otpkey: RFC_KEY_HEX, ...form });
    const bySerial = (way: LoginClient, serial: string, pass: string): Promise<LoginAnswer> =>
      way.post('/validate/check_s', { serial, pass });
    const everywhere = <T>(ask: (way: LoginClient) => Promise<T>): Promise<T[]> => Promise.all(ways.map(ask));
    const inRounds = async (round: (name: string) => Promise<void>) => {
      for (let turn = 0; turn < ROUNDS; turn++) await round(`${turn}`);
    };

    async function givenUser(login: string): Promise<void> {
      const fileName = join(cluster.installation.folder, 'passwd');
      await writeFile(fileName, `${login}:x:1000:1000:${login}:/:/bin/false\n`);
      await change('/system/setResolver', { name: 'file', type: 'passwdresolver', fileName });
      await change('/system/setRealm', {
        realm: 'staff',
        resolvers: 'useridresolver.PasswdIdResolver.IdResolver.file',
      });
      await change('/system/setDefaultRealm', { realm: 'staff' });
    }

    suite(
      `a session that ends on one node is dead on all of them, in ${ROUNDS} rounds`,
      async () => {
        await inRounds(async () => {
          const other = await cluster.logIn(somewhere());
          const asked = () => everywhere((way) => way.post('/admin/show', { rp: '1' }, other));
          expect((await asked()).map(({ status }) => status)).toEqual(ways.map(() => 200));
          expect((await somewhere().post('/admin/logout', {}, other)).status).toBe(200);
          expect((await asked()).map(({ status }) => status)).toEqual(ways.map(() => 401));
        });
      },
      WITHIN_MS,
    );

    suite(
      `a policy that is set on one node is in force on all of them from the next request on, in ${ROUNDS} rounds`,
      async () => {
        await enrol('POLICY', { user: 'anna', pin: 'pin1' });
        let counter = 0;
        await inRounds(async () => {
          await change('/system/setPolicy', { ...POLICY, name: 'nopin', action: 'otppin=only_otp' });
          for (const way of ways) {
            const answer = await way.post('/validate/check', { user: 'anna', pass: hotpAt(counter++) });
            expect(answer).toMatchObject({ status: 200, isAccepted: true });
          }
          await change('/system/delPolicy', { name: 'nopin' });
          const answers = await everywhere((way) =>
            way.post('/validate/check', { user: 'anna', pass: hotpAt(counter) }),
          );
          expect(answers.filter(({ isAccepted }) => isAccepted)).toEqual([]);
          const pass = `pin1${hotpAt(counter++)}`;
          expect(await somewhere().post('/validate/check', { user: 'anna', pass })).toMatchObject({
            isAccepted: true,
          });
        });
        await change('/admin/remove', { serial: 'POLICY' });
      },
      WITHIN_MS,
    );

    suite(
      `a challenge that is made on one node is answered on another, once, in ${ROUNDS} rounds`,
      async () => {
        await change('/system/setPolicy', { ...POLICY, name: 'ask', action: 'challenge_response=hmac' });
        await enrol('ASKED', { user: 'anna', pin: 'pin1' });
        let counter = 0;
        await inRounds(async () => {
          const asked = await somewhere().post('/validate/check', { user: 'anna', pass: 'pin1' });
          const [, transactionid = ''] = /"transactionid":\s*"(\d+)"/.exec(asked.text) ?? [];
          const pass = hotpAt(counter++);
          const answers = await everywhere((way) =>
            way.post('/validate/check', { user: 'anna', pass, transactionid }),
          );
          expect(answers.filter(({ isAccepted }) => isAccepted)).toHaveLength(1);
        });
        await change('/admin/remove', { serial: 'ASKED' });
        await change('/system/delPolicy', { name: 'ask' });
      },
      WITHIN_MS,
    );

    suite(
      `of one OTP that comes by all ways at once, one is accepted, in ${ROUNDS} rounds`,
      async () => {
        let accepted = 0;
        await inRounds(async (round) => {
          await enrol(`ONCE${round}`);
          const attempts = ways.flatMap((way) => Array.from({ length: AT_ONCE }, () => way));
          const answers = await Promise.all(attempts.map((way) => bySerial(way, `ONCE${round}`, hotpAt(0))));
          expect(answers.map(({ status }) => status)).toEqual(attempts.map(() => 200));
          const yes = answers.filter(({ isAccepted }) => isAccepted).length;
          accepted += yes;
          expect(yes).toBe(1);
        });
        const requests = ways.length * AT_ONCE;
        figure(`${count} nodes: ${requests} requests with one OTP, ${ROUNDS} rounds: ${accepted} accepted`);
      },
      WITHIN_MS,
    );

    suite(
      `a token that is disabled on one node is refused on all of them at once, in ${ROUNDS} rounds`,
      async () => {
        await enrol('SWITCHED');
        let counter = 0;
        await inRounds(async () => {
          await change('/admin/disable', { serial: 'SWITCHED' });
          const answers = await everywhere((way) => bySerial(way, 'SWITCHED', hotpAt(counter)));
          expect(answers.filter(({ isAccepted }) => isAccepted)).toEqual([]);
          await change('/admin/enable', { serial: 'SWITCHED' });
          const again = await bySerial(somewhere(), 'SWITCHED', hotpAt(counter++));
          expect(again).toMatchObject({ isAccepted: true });
        });
      },
      WITHIN_MS,
    );

    suite('the trail names who asked, and not what they say of themselves', async () => {
      await enrol('FROM');
      const from = async (address: string, headers: Fields, counter: number) => {
        const body = { serial: 'FROM', pass: hotpAt(counter) };
        return cluster.client({ address }).post('/validate/check_s', body, headers);
      };
      await from('127.0.0.7', {}, 0);
      await from('127.0.0.8', { 'X-Forwarded-For': '192.0.2.66' }, 1);
      await from('127.0.0.9', { Forwarded: 'for=192.0.2.66', 'X-Forwarded-For': '127.0.0.1' }, 2);
      const { rows } = await cluster.database.query(
        `SELECT client, succeeded FROM audit_record WHERE serial = 'FROM' AND action = 'validate/check_s' ORDER BY number`,
      );
      const addresses = ['127.0.0.7', '127.0.0.8', '127.0.0.9'];
      expect(rows).toEqual(addresses.map((address) => ({ client: address, succeeded: true })));
    });

    suite('what is not for clients is not passed on, and no log holds what they send', async () => {
      for (const path of ['/metrics', '/readyz'])
        expect(await client.post(path, {})).toMatchObject({ status: 404 });
      await client.post('/validate/check_s?serial=LOGGED&pass=marked-secret', {});
      const logged = await cluster.nginx.logged();
      expect(logged).toContain('"POST /validate/check_s" 200');
      expect(logged).not.toContain('marked-secret');
      const served = cluster.nodes.map(({ port }) => logged.split(` 127.0.0.1:${port} `).length - 1);
      expect(served.filter((requests) => requests > 0)).toHaveLength(count);
      figure(`${count} nodes: nginx passed on ${served.join(' + ')} requests`);
    });
  },
);
