import type pg from 'pg';

import { countOf, figure, timesText } from '../../faults/figures.js';
import { type Node, openNode } from '../../faults/given-node.js';
import { changed, enrol, givenUsers } from '../../faults/given-users.js';
import { type LoginAnswer, LoginClient } from '../../faults/login-client.js';
import { type AdminAgent, type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { type Installation, givenInstallation } from '../../support/application/installation.js';
import { hotpAt, totpAt } from '../../support/clients/otp.js';
import { type RunningProcess, startProcess } from '../../support/application/process.js';

const ROUNDS = countOf('TWINLOCK_RACE_ROUNDS', 10);
const GUESS_ROUNDS = countOf('TWINLOCK_GUESS_ROUNDS', 4);
const REQUESTS = 50;
const WITHIN_MS = 60_000 + (ROUNDS + GUESS_ROUNDS) * 2_000;
// With the right one no more than may wait for one token, in either process.
const WRONG = 60;
const MAX_FAILURES = 10;
const BY_USER = '/validate/check';
const BY_SERIAL = '/validate/check_s';

interface Attempt {
  readonly path: string;
  readonly form: Fields;
}

interface Race {
  readonly what: string;
  /** Of its tokens, with the round behind it. */
  readonly name: string;
  readonly init: Fields;
  attempt(serial: string, turn: number): Attempt;
}

/** Two processes on one PostgreSQL, and more requests for one token than either has lanes. */
describe('logins that race', () => {
  let installation: Installation;
  let processes: readonly RunningProcess[] = [];
  let clients: readonly LoginClient[] = [];
  let admin: AdminAgent;
  let bystander: Node;
  let database: pg.Client;

  beforeAll(async () => {
    installation = await givenInstallation();
    bystander = await openNode(installation);
    processes = await Promise.all([startProcess(installation), startProcess(installation)]);
    clients = processes.map(({ url }) => new LoginClient(url));
    admin = await adminAgent(processes[0]?.url ?? '', installation);
    database = await installation.database.connect();
    await givenUsers(admin, installation, ['anna', 'bernd']);
  }, WITHIN_MS);

  afterAll(async () => {
    try {
      // Every answer of every process, in unbroken chains.
      if (bystander) expect(await bystander.verifyAudit()).toMatchObject({ faults: [] });
    } finally {
      for (const client of clients) client.close();
      await database?.end();
      await Promise.all(processes.map((node) => node.stop()));
      await bystander?.close();
      await installation?.remove();
    }
  }, WITHIN_MS);

  /** Sends them all at once, in turn to the processes. */
  async function release(attempts: readonly Attempt[]): Promise<LoginAnswer[]> {
    await Promise.all(clients.map((client) => client.warmUp(Math.ceil(attempts.length / clients.length))));
    return Promise.all(
      attempts.map(({ path, form }, turn) => {
        const client = clients[turn % clients.length];
        if (!client) throw new Error('no process');
        return client.post(path, form);
      }),
    );
  }

  const trailOf = async (serial: string): Promise<{ succeeded: boolean; detail: string }[]> => {
    const { rows } = await database.query(
      `SELECT succeeded, detail FROM audit_record WHERE serial = $1 AND action LIKE 'validate/%' ORDER BY number`,
      [serial],
    );
    return rows;
  };
  const tokenOf = async (serial: string): Promise<{ counter: number; failures: number }> => {
    const { rows } = await database.query('SELECT counter::float8, failures FROM token WHERE serial = $1', [
      serial,
    ]);
    return rows[0];
  };

  const bySerial = (serial: string, pass: string): Attempt => ({ path: BY_SERIAL, form: { serial, pass } });
  const byUser = (user: string, pass: string): Attempt => ({ path: BY_USER, form: { user, pass } });

  describe(`of ${REQUESTS} requests with one OTP, exactly one is accepted`, () => {
    it.each<Race>([
      {
        what: 'by the serial of an HOTP token',
        name: 'HS',
        init: {},
        attempt: (serial) => bySerial(serial, hotpAt(0)),
      },
      {
        what: 'by the user of an HOTP token with a PIN',
        name: 'HU',
        init: { user: 'anna', pin: 'pin1' },
        attempt: () => byUser('anna', `pin1${hotpAt(0)}`),
      },
      {
        what: 'by the serial of a TOTP token',
        name: 'TS',
        init: { type: 'totp' },
        attempt: (serial) => bySerial(serial, totpAt(new Date())),
      },
      {
        what: 'by user and by serial, mixed',
        name: 'MX',
        init: { user: 'bernd' },
        attempt: (serial, turn) =>
          // Both ways through both processes.
          turn % 4 < 2 ? bySerial(serial, hotpAt(0)) : byUser('bernd', hotpAt(0)),
      },
    ])(
      `$what, in each of ${ROUNDS} rounds`,
      async ({ what, name, init, attempt }) => {
        const milliseconds: number[] = [];
        for (let round = 0; round < ROUNDS; round++) {
          const serial = `${name}${round}`;
          await enrol(admin, serial, init);
          const first = attempt(serial, 0);
          const attempts = Array.from({ length: REQUESTS }, (_, turn) => {
            const { path, form } = attempt(serial, turn);
            // A time step may end meanwhile: it is one OTP all the same.
            return { path, form: { ...form, pass: first.form['pass'] ?? '' } };
          });
          const answers = await release(attempts);
          milliseconds.push(...answers.map((answer) => answer.milliseconds));
          expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
          expect(answers.filter(({ isAccepted }) => isAccepted)).toHaveLength(1);
          // On record as what they were; each loser cost its user one failure.
          const trail = await trailOf(serial);
          expect(trail).toHaveLength(REQUESTS);
          expect(trail.filter(({ succeeded }) => succeeded)).toHaveLength(1);
          expect((await tokenOf(serial)).failures).toBe(
            REQUESTS - 1 - trail.findIndex(({ succeeded }) => succeeded),
          );
          await changed(admin, '/admin/remove', { serial });
        }
        figure(
          `${REQUESTS} requests, ${what}, ${ROUNDS} rounds: one accepted in each; ${timesText(milliseconds)}`,
        );
      },
      WITHIN_MS,
    );
  });

  describe(`a right OTP among ${WRONG} wrong ones, with MaxFailCount ${MAX_FAILURES}`, () => {
    const wrong = (serial: string) => Array.from({ length: WRONG }, () => bySerial(serial, '000000'));

    async function givenToken(serial: string): Promise<void> {
      await enrol(admin, serial);
      await changed(admin, '/admin/set', { serial, MaxFailCount: String(MAX_FAILURES) });
    }

    /** Whether it was accepted; that this was right, or that it was wrong not to, is read from the trail. */
    async function verdictOfTheRightOne(serial: string): Promise<boolean> {
      const trail = await trailOf(serial);
      expect(trail).toHaveLength(WRONG + 1);
      const place = trail.findIndex(({ succeeded }) => succeeded);
      const { counter, failures } = await tokenOf(serial);
      if (place < 0) {
        expect({ counter, failures }).toEqual({ counter: 0, failures: WRONG + 1 });
        return false;
      }
      // Its turn came before the tenth failure; those after it were counted anew.
      expect(place).toBeLessThan(MAX_FAILURES);
      expect({ counter, failures }).toEqual({ counter: 1, failures: WRONG - place });
      return true;
    }

    it(
      `is accepted only where its turn came before failure ${MAX_FAILURES}, wherever it stood among them`,
      async () => {
        let acceptances = 0;
        for (let round = 0; round < GUESS_ROUNDS; round++) {
          const serial = `GUESS${round}`;
          await givenToken(serial);
          // Around the limit, where it may go either way.
          const place = (round * 3) % 30;
          const answers = await release(wrong(serial).toSpliced(place, 0, bySerial(serial, hotpAt(0))));
          const accepted = answers.flatMap(({ isAccepted }, index) => (isAccepted ? [index] : []));
          const isAccepted = await verdictOfTheRightOne(serial);
          expect(accepted).toEqual(isAccepted ? [place] : []);
          if (isAccepted) acceptances++;
        }
        figure(`a right OTP among ${WRONG} wrong ones: accepted in ${acceptances} of ${GUESS_ROUNDS} rounds`);
      },
      WITHIN_MS,
    );

    it(
      'is refused behind ten failures, and accepted once they are reset',
      async () => {
        await givenToken('BEHIND');
        await release(wrong('BEHIND').slice(0, MAX_FAILURES));
        const answers = await release([
          ...wrong('BEHIND').slice(MAX_FAILURES),
          bySerial('BEHIND', hotpAt(0)),
        ]);
        expect(answers.filter(({ isAccepted }) => isAccepted)).toEqual([]);
        expect(await verdictOfTheRightOne('BEHIND')).toBe(false);
        await changed(admin, '/admin/reset', { serial: 'BEHIND' });
        expect(await release([bySerial('BEHIND', hotpAt(0))])).toMatchObject([{ isAccepted: true }]);
      },
      WITHIN_MS,
    );
  });
});
