import type pg from 'pg';

import { type AdminAgent, adminAgent } from '../../support/clients/admin-agent.js';
import { type Installation, givenInstallation } from '../../support/application/installation.js';
import { RFC_KEY_HEX, hotpAt } from '../../support/clients/otp.js';
import { type RunningProcess, startProcess } from '../../support/application/process.js';

const START_WITHIN_MS = 60_000;
const ROUNDS = 20;
const REQUESTS = 50;
const WRONG_OTP = '000000';

/** Through HTTP, from outside, as gateways do it: two servers on one PostgreSQL. */
describe('two servers of one installation', () => {
  let installation: Installation;
  let nodes: readonly RunningProcess[];
  let admin: AdminAgent;
  let database: pg.Client;

  beforeAll(async () => {
    installation = await givenInstallation();
    // At once: both find an empty database.
    nodes = await Promise.all([startProcess(installation), startProcess(installation)]);
    database = await installation.database.connect();
    admin = await adminAgent(urlOf(0), installation);
  }, START_WITHIN_MS);

  afterAll(async () => {
    await database?.end();
    await Promise.all((nodes ?? []).map((node) => node.stop()));
    await installation?.remove();
  });

  const urlOf = (turn: number): string => nodes[turn % nodes.length]?.url ?? '';

  /** The verdict of one request, sent to one of the nodes in turn. */
  async function check(serial: string, pass: string, turn: number): Promise<boolean> {
    const response = await fetch(`${urlOf(turn)}/validate/check_s`, {
      method: 'POST',
      body: new URLSearchParams({ serial, pass }),
    });
    const { result } = (await response.json()) as { result: { status: boolean; value: boolean } };
    expect([response.status, result.status]).toEqual([200, true]);
    return result.value;
  }

  async function enrol(serial: string): Promise<void> {
    const { body } = await admin.post('/admin/init', { type: 'hmac', serial, otpkey: RFC_KEY_HEX });
    expect(body.result).toEqual({ status: true, value: true });
  }

  async function failuresOf(serial: string): Promise<number> {
    const { rows } = await database.query('SELECT failures FROM token WHERE serial = $1', [serial]);
    return Number(rows[0]?.failures);
  }

  it(
    `accept one of ${REQUESTS} requests with the same OTP, in each of ${ROUNDS} rounds`,
    async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const serial = `ONE${round}`;
        await enrol(serial);
        const otp = hotpAt(0);
        const verdicts = await Promise.all(
          Array.from({ length: REQUESTS }, (_, turn) => check(serial, otp, turn)),
        );
        expect(verdicts.filter(Boolean)).toHaveLength(1);
        // Each is on record as what it was, and every refusal counted as an attempt.
        const { rows } = await database.query(
          `SELECT succeeded, count(*)::int AS records FROM audit_record
           WHERE serial = $1 AND action = 'validate/check_s' GROUP BY succeeded ORDER BY succeeded`,
          [serial],
        );
        expect(rows).toEqual([
          { succeeded: false, records: REQUESTS - 1 },
          { succeeded: true, records: 1 },
        ]);
      }
    },
    START_WITHIN_MS,
  );

  it.each([0, 5, 30, 60])(
    'accept a right OTP behind %d of 60 wrong ones only before the tenth failure',
    async (before) => {
      const serial = `LOCK${before}`;
      await enrol(serial);
      await admin.post('/admin/set', { serial, MaxFailCount: '10' });
      const passes = Array.from({ length: 61 }, (_, place) => (place === before ? hotpAt(0) : WRONG_OTP));
      const verdicts = await Promise.all(passes.map((pass, turn) => check(serial, pass, turn)));
      const isAccepted = verdicts[before] === true;
      expect(verdicts.filter(Boolean)).toHaveLength(isAccepted ? 1 : 0);
      const failures = await failuresOf(serial);
      // An acceptance sets the count to zero: what is there now came behind it, the rest before.
      if (isAccepted) expect(60 - failures).toBeLessThan(10);
      else expect(failures).toBe(61);
    },
    START_WITHIN_MS,
  );

  it('accept a right OTP before wrong ones and refuse it behind them', async () => {
    await enrol('FIRST');
    expect(await check('FIRST', hotpAt(0), 0)).toBe(true);
    await enrol('LAST');
    await Promise.all(Array.from({ length: 10 }, (_, turn) => check('LAST', WRONG_OTP, turn)));
    expect(await failuresOf('LAST')).toBe(10);
    expect(await check('LAST', hotpAt(0), 0)).toBe(false);
    expect(await check('LAST', hotpAt(1), 1)).toBe(false);
  });

  it('act on what was changed on the other one at the next request', async () => {
    await enrol('SWITCHED');
    await admin.post('/admin/disable', { serial: 'SWITCHED' });
    expect(await check('SWITCHED', hotpAt(0), 1)).toBe(false);
    await admin.post('/admin/enable', { serial: 'SWITCHED' });
    expect(await check('SWITCHED', hotpAt(0), 1)).toBe(true);
  });
});
