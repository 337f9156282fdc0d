import { setTimeout as pause } from 'node:timers/promises';

import { adminAgent } from '../../support/clients/admin-agent.js';
import { hotpAt, totpAt } from '../../support/clients/otp.js';
import {
  ADMINISTRATOR,
  type Installation,
  givenInstallation,
} from '../../support/application/installation.js';
import { type RunningProcess, startProcess } from '../../support/application/process.js';
import { HAS_FAKETIME, ShownTime } from '../../support/application/shown-time.js';
import { PostgresServer } from '../database/postgres-server.js';
import { figure } from '../figures.js';
import { openNode } from '../given-node.js';
import { changed, enrol } from '../given-users.js';
import { LoginClient } from '../login-client.js';

const WITHIN_MS = 240_000;
const HOUR = 3600;
const NEAR_SECONDS = 20;
const POLL_MS = 50;

/** A node whose clock is right, on a PostgreSQL whose clock is set an hour back, an hour ahead, and right again. */
describe('when the clock of the database is set', () => {
  const suite = HAS_FAKETIME ? it : it.skip;
  let postgres: PostgresServer;
  let time: ShownTime;
  let installation: Installation;
  let node: RunningProcess;
  let client: LoginClient;

  beforeAll(async () => {
    if (!HAS_FAKETIME) return;
    postgres = await PostgresServer.start();
    time = await ShownTime.make(postgres.folder, 'postgres', 0);
    await postgres.stop('fast');
    await postgres.start(time.env);
    installation = await givenInstallation({}, undefined, postgres.asDatabase());
    node = await startProcess(installation);
    client = new LoginClient(node.url);
  }, WITHIN_MS);

  afterAll(async () => {
    client?.close();
    await node?.stop();
    await installation?.remove();
    await postgres?.remove();
  }, WITHIN_MS);

  const setTo = async (seconds: number): Promise<void> => {
    await time.set(seconds);
    for (;;) {
      const [row] = await postgres.ask<{ now: Date }>('SELECT clock_timestamp() AS now');
      const off = ((row?.now.getTime() ?? 0) - Date.now()) / 1000;
      if (Math.abs(off - seconds) < NEAR_SECONDS) return;
      await pause(POLL_MS);
    }
  };
  /** As a device has it whose clock is so far off. */
  const totp = (seconds: number) => totpAt(new Date(Date.now() + seconds * 1000));
  const accepts = async (serial: string, pass: string) =>
    (await client.post('/validate/check_s', { serial, pass })).isAccepted;
  const readiness = async () => {
    const answer = await fetch(`${node.url}/readyz`);
    return { status: answer.status, text: await answer.text() };
  };
  const logIn = (password: string) =>
    fetch(`${node.url}/admin/login`, {
      method: 'POST',
      body: new URLSearchParams({ username: ADMINISTRATOR, password }),
    });

  suite(
    'no OTP is accepted twice, whoever logs in can go on, and nobody waits for its return',
    async () => {
      let admin = await adminAgent(node.url, installation);
      for (const serial of ['EARLY', 'LATE', 'NEW']) await enrol(admin, serial, { type: 'totp' });
      for (const serial of ['STEADY', 'GUESSED']) await enrol(admin, serial);
      await changed(admin, '/admin/set', { serial: 'GUESSED', MaxFailCount: '100' });
      const first = totp(0);
      expect([await accepts('EARLY', first), await accepts('STEADY', hotpAt(0))]).toEqual([true, true]);

      await setTo(-HOUR);
      expect(await readiness()).toMatchObject({
        status: 503,
        text: expect.stringContaining('ahead of the database'),
      });
      // Spent are its own value and all before it.
      expect([await accepts('EARLY', first), await accepts('EARLY', totp(-HOUR))]).toEqual([false, false]);
      const past = totp(-HOUR);
      expect([await accepts('LATE', past), await accepts('LATE', past)]).toEqual([true, false]);
      expect([await accepts('STEADY', hotpAt(0)), await accepts('STEADY', hotpAt(1))]).toEqual([false, true]);
      admin = await adminAgent(node.url, installation);
      await changed(admin, '/admin/set', { serial: 'STEADY', description: 'an hour ago' });

      await setTo(HOUR);
      expect(await readiness()).toMatchObject({
        status: 503,
        text: expect.stringContaining('behind the database'),
      });
      admin = await adminAgent(node.url, installation);
      await changed(admin, '/admin/set', { serial: 'STEADY', description: 'in an hour' });
      const future = totp(HOUR);
      expect([await accepts('LATE', past), await accepts('LATE', future)]).toEqual([false, true]);
      expect([await accepts('STEADY', hotpAt(1)), await accepts('STEADY', hotpAt(2))]).toEqual([false, true]);
      let waits: string | null = null;
      while (waits === null) waits = (await logIn('wrong')).headers.get('Retry-After');
      for (let failed = 0; failed < 11; failed++) await accepts('GUESSED', '000000');
      const blocked = await postgres.connect();
      const { rows } = await blocked.query("SELECT blocked_until FROM token WHERE serial = 'GUESSED'");
      await blocked.end();
      expect(rows).toEqual([{ blocked_until: expect.anything() }]);

      await setTo(0);
      expect(await readiness()).toMatchObject({ status: 200 });
      expect((await logIn(installation.password)).status).toBe(200);
      expect(await accepts('GUESSED', hotpAt(0))).toBe(true);
      const again = [first, past, future].flatMap((pass) =>
        ['EARLY', 'LATE'].map((serial) => accepts(serial, pass)),
      );
      expect((await Promise.all(again)).filter(Boolean)).toEqual([]);
      expect([await accepts('STEADY', hotpAt(2)), await accepts('STEADY', hotpAt(3))]).toEqual([false, true]);
      expect(await accepts('NEW', totp(0))).toBe(true);

      const bystander = await openNode(installation);
      expect(await bystander.verifyAudit()).toMatchObject({ faults: [] });
      await bystander.close();
      figure(
        "the database's clock an hour back, an hour ahead and right again: 9 OTPs accepted, 0 of them twice; nobody locked out",
      );
    },
    WITHIN_MS,
  );
});
