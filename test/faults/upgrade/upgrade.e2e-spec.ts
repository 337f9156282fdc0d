import { join } from 'node:path';

import type { MigrationInterface } from 'typeorm';

import { MIGRATIONS } from '../../../src/persistence/data-source.js';
import { startProcess } from '../../support/application/process.js';
import type { Fields } from '../../support/clients/admin-agent.js';
import { RFC_KEY_HEX, hotpAt } from '../../support/clients/otp.js';
import { HAS_NGINX } from '../../support/servers/nginx.js';
import { countOf, figure } from '../figures.js';
import type { LoginClient } from '../login-client.js';
import { LoginStream, expectSound } from '../login-stream.js';
import { Cluster } from '../nodes/given-cluster.js';
import { NextRelease1999000000000 } from './next-release.mjs';
import { TokenLives } from '../nodes/token-lives.js';

const WITHIN_MS = 300_000;
/** Who log in all the time. */
const GATEWAYS = countOf('TWINLOCK_GATEWAYS', 2);
const SERIALS = Array.from({ length: GATEWAYS }, (_, place) => `UPGRADE${place}`);
/** Where it is 0, logins that meet a node which stops have to come again. */
const DRAIN_SECONDS = countOf('TWINLOCK_UPGRADE_DRAIN', 0);
const POLICY = { scope: 'authentication', realm: '*', user: '*', client: '*', time: '', active: 'True' };

interface Upgrade {
  readonly what: string;
  /** Scripts that start nodes; absent: this release's. */
  readonly old?: string;
  readonly next?: string;
  /** Migrations that only the next one knows. */
  readonly migrations: readonly (new () => MigrationInterface)[];
  readonly knowsDrain: boolean;
}

const NEXT_MAIN = new URL('./next-main.mjs', import.meta.url).pathname;
/** Folder of a build from before the newest migration; `npm run faults` makes one. */
const OLD_RELEASE = process.env['TWINLOCK_OLD_RELEASE'];
const UPGRADES: readonly Upgrade[] = [
  {
    what: 'to a release with a migration more',
    next: NEXT_MAIN,
    migrations: [NextRelease1999000000000],
    knowsDrain: true,
  },
  ...(OLD_RELEASE
    ? [
        {
          what: 'from before the newest migration',
          old: join(OLD_RELEASE, 'dist/src/main.js'),
          migrations: [],
          knowsDrain: false,
        },
      ]
    : []),
];

/** Two nodes under load are replaced one after the other, while the new release's migration is applied. */
describe('an upgrade of nodes that serve', () => {
  const suite = HAS_NGINX ? it.each(UPGRADES) : it.skip.each(UPGRADES);
  let cluster: Cluster;
  let client: LoginClient;
  let session: Fields;

  afterEach(() => cluster?.stop(), WITHIN_MS);

  const direct = (place: number): LoginClient => {
    const node = cluster.direct[place];
    if (!node) throw new Error(`no node ${place}`);
    return node;
  };
  const change = async (way: LoginClient, path: string, form: Fields): Promise<void> => {
    const { status, text } = await way.post(path, form, session);
    if (status !== 200 || !/"status":\s*true/.test(text)) throw new Error(`${path}: ${text}`);
  };
  const enrol = (way: LoginClient, serial: string, form: Fields = {}) =>
    change(way, '/admin/init', { type: 'hmac', serial, otpkey: RFC_KEY_HEX, ...form });
  const login = (way: LoginClient, form: Fields) => way.post('/validate/check_s', form);

  /** What is done on one node is known on the other, whichever of them is the older one. */
  async function understandEachOther(): Promise<void> {
    const sides = [
      { here: direct(0), there: direct(1), name: 'A' },
      { here: direct(1), there: direct(0), name: 'B' },
    ];
    for (const { here, there, name } of sides) {
      expect(await there.post('/admin/show', { rp: '1' }, await cluster.logIn(here))).toMatchObject({
        status: 200,
      });
      await enrol(here, `SIDE${name}`, { pin: 'pin1' });
      expect(await login(there, { serial: `SIDE${name}`, pass: `pin1${hotpAt(0)}` })).toMatchObject({
        isAccepted: true,
      });
      expect(await login(here, { serial: `SIDE${name}`, pass: `pin1${hotpAt(0)}` })).toMatchObject({
        isAccepted: false,
      });
      await change(here, '/system/setPolicy', { ...POLICY, name: 'ask', action: 'challenge_response=hmac' });
      const asked = await login(there, { serial: `SIDE${name}`, pass: 'pin1' });
      const transactionid = /"transactionid":\s*"(\d+)"/.exec(asked.text)?.[1] ?? '';
      expect(await login(here, { serial: `SIDE${name}`, pass: hotpAt(1), transactionid })).toMatchObject({
        isAccepted: true,
      });
      await change(there, '/system/delPolicy', { name: 'ask' });
      await change(there, '/admin/disable', { serial: `SIDE${name}` });
      expect(await login(here, { serial: `SIDE${name}`, pass: `pin1${hotpAt(2)}` })).toMatchObject({
        isAccepted: false,
      });
    }
  }

  const isReady = async (place: number) => (await fetch(`${cluster.node(place).url}/readyz`)).ok;

  suite(
    'lose nothing, and understand each other meanwhile: $what',
    async ({ what, old, next, migrations, knowsDrain }) => {
      cluster = await Cluster.start(2, { TWINLOCK_DRAIN_SECONDS: `${DRAIN_SECONDS}` }, old);
      client = cluster.client();
      session = await cluster.logIn(client);
      for (const serial of SERIALS) await enrol(client, serial);
      const stream = cluster.under(
        new LoginStream((serial, counter) => login(client, { serial, pass: hotpAt(counter) }), SERIALS),
      );
      const life = cluster.under(new TokenLives((path, form) => client.post(path, form, session), 'LIFE'));
      await stream.has(50);

      expect(await cluster.node(0).stop()).toBe(0);
      await cluster.startAgain(0, next);
      await stream.has(50);
      expect([await isReady(0), await isReady(1)]).toEqual([true, true]);
      await understandEachOther();
      // The one that runs goes on; no other begins.
      const late = startProcess(cluster.installation, {}, old === undefined ? {} : { main: old });
      await expect(late).rejects.toThrow('the database was migrated by a newer release');

      expect(await cluster.node(1).stop()).toBe(0);
      await cluster.startAgain(1, next);
      await stream.has(50);
      await stream.end();
      await life.end();
      const failed = stream.answers.filter(({ isAccepted }) => !isAccepted).length;
      if (knowsDrain && DRAIN_SECONDS > 0) expect([failed, life.unanswered]).toEqual([0, 0]);
      await expectSound(cluster.database, stream);
      await life.expectKept(cluster.database);
      const known = MIGRATIONS.length;
      (MIGRATIONS as (new () => MigrationInterface)[]).push(...migrations);
      try {
        expect(await cluster.verifyAudit()).toMatchObject({ faults: [] });
      } finally {
        MIGRATIONS.splice(known);
      }

      const slowest = Math.max(...stream.answers.map(({ milliseconds }) => milliseconds));
      figure(
        `upgrade under load ${what}: ${stream.acceptancesOf.size} logins and ${life.acknowledged} changes, 0 lost, 0 twice; ` +
          `${failed} had to come again; slowest answer ${slowest.toFixed(0)} ms`,
      );
    },
    WITHIN_MS,
  );
});
