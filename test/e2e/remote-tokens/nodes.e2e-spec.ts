import type pg from 'pg';

import { type AdminAgent, type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { type GivenHttpGateway, givenHttpGateway } from '../../support/servers/given-http-gateway.js';
import { givePolicies } from '../../support/domain/given-policies.js';
import {
  type GivenYubicoServer,
  YUBICO_ID,
  YUBICO_SECRET,
  givenYubicoServer,
} from '../../support/servers/given-yubico-server.js';
import { type Installation, givenInstallation } from '../../support/application/installation.js';
import { RFC_KEY_HEX, hotpAt } from '../../support/clients/otp.js';
import { type RunningProcess, startProcess } from '../../support/application/process.js';
import { AES_KEY, PUBLIC_ID, type Reply, WITHIN_MS, press } from '../../support/application/token-server.js';

/** Through HTTP, on two servers that share a PostgreSQL. */
describe('tokens whose OTPs somebody else knows, on two nodes', () => {
  let installation: Installation;
  let nodes: readonly RunningProcess[];
  let database: pg.Client;
  let admin: AdminAgent;
  let elsewhere: GivenHttpGateway;
  let cloud: GivenYubicoServer;

  beforeAll(async () => {
    installation = await givenInstallation();
    nodes = await Promise.all([startProcess(installation), startProcess(installation)]);
    [elsewhere, cloud] = await Promise.all([givenHttpGateway(), givenYubicoServer({ [PUBLIC_ID]: AES_KEY })]);
    database = await installation.database.connect();
    admin = await adminAgent(nodes[0]?.url ?? '', installation);
  }, WITHIN_MS);

  afterAll(async () => {
    await database?.end();
    await Promise.all((nodes ?? []).map((node) => node.stop()));
    await Promise.all([elsewhere?.close(), cloud?.close(), installation?.remove()]);
  }, WITHIN_MS);

  const enrol = async (form: Fields) => {
    const { body } = await admin.post('/admin/init', { pin: 'pin', ...form });
    expect(body.result).toEqual({ status: true, value: true });
  };
  const login = async (serial: string, pass: string, turn: number, more: Fields = {}): Promise<Reply> => {
    const response = await fetch(`${nodes[turn % 2]?.url}/validate/check_s`, {
      method: 'POST',
      body: new URLSearchParams({ serial, pass, ...more }),
    });
    return (await response.json()) as Reply;
  };
  const accepted = async (logins: readonly Promise<Reply>[]) =>
    (await Promise.all(logins)).filter(({ result }) => result.value === true).length;

  it('are let in once by an OTP of the target of a forward token', async () => {
    await enrol({ type: 'hmac', serial: 'TARGET', otpkey: RFC_KEY_HEX });
    await enrol({ type: 'forward', serial: 'FORWARD', 'forward.serial': 'TARGET' });
    for (let round = 0; round < 5; round++) {
      const pass = `pin${hotpAt(round)}`;
      const logins = Array.from({ length: 20 }, (_, turn) =>
        login(turn % 4 < 2 ? 'TARGET' : 'FORWARD', pass, turn),
      );
      await expect(accepted(logins)).resolves.toBe(1);
      const { rows } = await database.query<{ counter: string }>(
        `SELECT counter FROM token WHERE serial = 'TARGET'`,
      );
      expect(Number(rows[0]?.counter)).toBe(round + 1);
      await database.query('UPDATE token SET failures = 0');
    }
  });

  it('are let in once by a value of a Yubikey, although each server takes it as new', async () => {
    const settings = { 'yubico.url': cloud.url, 'yubico.id': YUBICO_ID, 'yubico.secret': YUBICO_SECRET };
    await admin.post('/system/setConfig', settings);
    await enrol({ type: 'yubico', serial: 'YUBICO', 'yubico.tokenid': PUBLIC_ID });
    cloud.amend = (said, query) => {
      const [uses, session] = query.get('otp') === press(520) ? ['2', '8'] : ['2', '9'];
      return { ...said, status: 'OK', sessioncounter: uses, sessionuse: session };
    };
    const logins = Array.from({ length: 10 }, (_, turn) => login('YUBICO', `pin${press(520)}`, turn));
    await expect(accepted(logins)).resolves.toBe(1);
    expect(cloud.asked.length).toBeGreaterThan(1);
  });

  it('answer on one node the challenge that was made by way of the other, once', async () => {
    await givePolicies(database, [{ scope: 'authentication', action: 'challenge_response=*' }]);
    elsewhere.answer = (response, { body }) => {
      const form = new URLSearchParams(body);
      const isRight = form.get('pass') === 'code' && form.get('state') === 'theirs-1';
      const detail =
        form.get('pass') === 'start' ? { transactionid: 'theirs-1', message: 'And?' } : undefined;
      response.end(JSON.stringify({ result: { status: true, value: isRight }, detail }));
    };
    const place = { 'remote.server': elsewhere.url, 'remote.serial': 'X', 'remote.local_checkpin': '0' };
    await enrol({ type: 'remote', serial: 'REMOTE', ...place });
    const asked = await login('REMOTE', 'start', 0);
    const transactionid = String(asked.detail?.['transactionid']);
    expect(transactionid).toMatch(/^\d{17}$/);
    const logins = Array.from({ length: 10 }, (_, turn) => login('REMOTE', 'code', turn, { transactionid }));
    await expect(accepted(logins)).resolves.toBe(1);
  });

  it('let nobody in by the answer of a server that the token does not ask any more', async () => {
    await givePolicies(database, []);
    const held: (() => void)[] = [];
    const asked = new Promise<void>((resolve) => {
      elsewhere.answer = (response) => {
        held.push(() => response.end('{"result":{"status":true,"value":true}}'));
        resolve();
      };
    });
    const place = { 'remote.server': elsewhere.url, 'remote.local_checkpin': '0' };
    await enrol({ type: 'remote', serial: 'MOVED', ...place });
    const waiting = login('MOVED', 'anything', 1);
    await asked;
    elsewhere.answer = (response) => void response.end('{"result":{"status":true,"value":false}}');
    await enrol({ type: 'remote', serial: 'MOVED', ...place, 'remote.serial': 'ANOTHER' });
    for (const answer of held) answer();
    expect((await waiting).result).toEqual({ status: true, value: false });
  });
});
