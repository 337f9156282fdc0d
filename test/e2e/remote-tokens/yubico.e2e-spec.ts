import { closedPort } from '../../support/servers/given-http-gateway.js';
import { givePolicies } from '../../support/domain/given-policies.js';
import {
  type GivenYubicoServer,
  YUBICO_ID,
  YUBICO_SECRET,
  givenYubicoServer,
} from '../../support/servers/given-yubico-server.js';
import { yubikeyOtp } from '../../support/clients/otp.js';
import { AES_KEY, PUBLIC_ID, TokenServer, WITHIN_MS, press } from '../../support/application/token-server.js';

const KEYS = { [PUBLIC_ID]: AES_KEY, vvccccccdefh: AES_KEY };

describe('a yubico token', () => {
  let here: TokenServer;
  let cloud: GivenYubicoServer;
  let second: GivenYubicoServer;

  beforeAll(async () => {
    here = await TokenServer.start({ TWINLOCK_FORWARD_SECONDS: '2' });
  }, WITHIN_MS);
  afterAll(() => here?.stop(), WITHIN_MS);

  beforeEach(async () => {
    await here.removeAll();
    await givePolicies(here.database, []);
    [cloud, second] = await Promise.all([givenYubicoServer(KEYS), givenYubicoServer(KEYS)]);
    await configured();
    await enrol();
  });
  afterEach(() => Promise.all([cloud.close(), second.close()]));

  const configured = (more: Readonly<Record<string, string>> = {}) =>
    here.ask('/system/setConfig', {
      'yubico.url': cloud.url,
      'yubico.id': YUBICO_ID,
      'yubico.secret': YUBICO_SECRET,
      ...more,
    });
  const enrol = async (more: Readonly<Record<string, string>> = {}) => {
    const { result, detail } = await here.init({
      type: 'yubico',
      serial: 'HERE',
      user: 'anna',
      pin: 'pin',
      'yubico.tokenid': PUBLIC_ID,
      ...more,
    });
    expect([result, detail]).toEqual([{ status: true, value: true }, { serial: 'HERE' }]);
  };
  const login = (pass: string, more = {}) => here.login('/validate/check', { user: 'anna', pass, ...more });
  const isIn = async (pass: string, more = {}) => (await login(pass, more)).result.value;
  const told = async () => {
    const { rows } = await here.database.query<{ detail: string; info: string }>(
      `SELECT detail, info FROM audit_record WHERE action LIKE 'validate/%' ORDER BY number DESC LIMIT 1`,
    );
    return rows[0];
  };

  it('lets in once with a value of its device', async () => {
    await expect(isIn(`pin${press(513)}`)).resolves.toBe(true);
    expect(await here.stored('HERE')).toMatchObject({ digits: 44, counter: 514, failures: 0 });
    const [query] = cloud.asked;
    expect([...(query?.keys() ?? [])]).toEqual(['nonce', 'otp', 'id', 'timestamp', 'h']);
    expect(query?.get('nonce')).toMatch(/^[0-9a-f]{40}$/);
    await expect(isIn(`pin${press(513)}`)).resolves.toBe(false);
    expect(await told()).toMatchObject({ detail: 'wrong otp value' });
    await expect(isIn(`pin${press(514)}`)).resolves.toBe(true);
  });

  it('does not take a value twice, whatever another server says', async () => {
    await expect(isIn(`pin${press(513)}`)).resolves.toBe(true);
    cloud.forget();
    await expect(isIn(`pin${press(513)}`)).resolves.toBe(false);
    await expect(isIn(`pin${press(512)}`)).resolves.toBe(false);
    expect(await here.stored('HERE')).toMatchObject({ counter: 514, failures: 2 });
  });

  it('asks nobody about another device, a wrong PIN or what is no value', async () => {
    for (const pass of [
      `pin${yubikeyOtp({ publicId: 'vvccccccdefh', usage: 3 })}`,
      `x${press(513)}`,
      `pin${'a'.repeat(44)}`,
      `pin${PUBLIC_ID}`,
      'pin',
    ]) {
      await expect(isIn(pass)).resolves.toBe(false);
    }
    expect(cloud.asked).toEqual([]);
    expect(await here.stored('HERE')).toMatchObject({ failures: 5 });
  });

  it('asks by a challenge where the client gives a text', async () => {
    await givePolicies(here.database, [{ scope: 'authentication', action: 'challenge_response=yubico' }]);
    const asked = await login('pin', { data: 'a text' });
    expect(asked).toMatchObject({ detail: { message: 'Otp:', linotp_tokentype: 'yubico' } });
    const transactionid = String(asked.detail?.['transactionid']);
    await expect(isIn(press(513), { transactionid })).resolves.toBe(true);
    await expect(isIn(press(514), { transactionid })).resolves.toBe(false);
  });

  it.each<[string, (server: GivenYubicoServer) => void]>([
    ['about another value', (server) => (server.amend = (said) => ({ ...said, otp: press(600) }))],
    ['to another question', (server) => (server.amend = (said) => ({ ...said, nonce: 'a'.repeat(40) }))],
    ['that was changed', (server) => (server.forge = (body) => body.replace(/sl=25/, 'sl=99'))],
    ['without a signature', (server) => (server.forge = (body) => body.replace(/^h=.*\r\n/, ''))],
    ['that says two things', (server) => (server.forge = (body) => `status=OK\r\n${body}`)],
    [
      'to a value that was refused',
      (server) => {
        server.amend = (said) => ({ ...said, status: 'BAD_OTP' });
        server.forge = (body) => body.replace('BAD_OTP', 'OK');
      },
    ],
    ['of another server', (server) => (server.reply = (response) => void response.end('status=OK\r\n'))],
    [
      'that is none',
      (server) => (server.reply = (response) => void response.writeHead(500).end('status=OK')),
    ],
    ['that moves on', (server) => (server.reply = (response) => void response.writeHead(302).end())],
  ])('does not believe an answer %s', async (_title, forging) => {
    forging(cloud);
    await expect(isIn(`pin${press(513)}`)).resolves.toBe(false);
    expect(await here.stored('HERE')).toMatchObject({ counter: 0, failures: 0 });
    expect(await told()).toMatchObject({ detail: 'checking token HERE failed' });
  });

  it('does not believe an answer from before', async () => {
    let before = '';
    cloud.forge = (body) => {
      if (before === '') before = body;
      return body;
    };
    await expect(isIn(`pin${press(513)}`)).resolves.toBe(true);
    await here.removeAll();
    await enrol();
    cloud.reply = (response) => void response.end(before);
    await expect(isIn(`pin${press(513)}`)).resolves.toBe(false);
  });

  it.each([
    ['BAD_OTP', 1],
    ['REPLAYED_OTP', 1],
    ['REPLAYED_REQUEST', 1],
    ['NO_SUCH_CLIENT', 0],
    ['OPERATION_NOT_ALLOWED', 0],
    ['SOMETHING_NEW', 0],
  ])('lets nobody in by the status %s, and counts %i failures', async (status, failures) => {
    cloud.amend = (said) => ({ ...said, status });
    await expect(isIn(`pin${press(513)}`)).resolves.toBe(false);
    expect(await here.stored('HERE')).toMatchObject({ failures });
  });

  it.each(['BACKEND_ERROR', 'NOT_ENOUGH_ANSWERS'])(
    'asks the next server after the status %s',
    async (status) => {
      await configured({ 'yubico.url': `${cloud.url}, ${second.url}` });
      cloud.amend = (said) => ({ ...said, status });
      await expect(isIn(`pin${press(513)}`)).resolves.toBe(true);
      expect([cloud.asked.length, second.asked.length]).toEqual([1, 1]);
      expect(cloud.asked[0]?.get('nonce')).not.toBe(second.asked[0]?.get('nonce'));
    },
  );

  it('asks the next server where one is away, silent or forged', async () => {
    const away = `http://127.0.0.1:${await closedPort()}/verify`;
    cloud.reply = () => undefined;
    await configured({ 'yubico.url': `${away},${cloud.url},${second.url}` });
    await expect(isIn(`pin${press(513)}`)).resolves.toBe(true);
    cloud.reply = (response) => void response.end('status=OK\r\n');
    await expect(isIn(`pin${press(514)}`)).resolves.toBe(true);
  });

  it('lets nobody in without an API key, or with one that is none', async () => {
    await here.ask('/system/delConfig', { key: 'yubico.secret' });
    await expect(isIn(`pin${press(513)}`)).resolves.toBe(false);
    expect(await told()).toMatchObject({ info: expect.stringContaining('not configured') });
    await configured({ 'yubico.secret': Buffer.from('another key').toString('base64') });
    await expect(isIn(`pin${press(513)}`)).resolves.toBe(false);
    await configured({ 'yubico.url': 'http://api.yubico.com/wsapi/2.0/verify' });
    await expect(isIn(`pin${press(513)}`)).resolves.toBe(false);
    expect(await told()).toMatchObject({ info: expect.stringContaining('deprecated') });
    expect(await here.stored('HERE')).toMatchObject({ failures: 0 });
  });

  it('begins anew with another device, and only then', async () => {
    await expect(isIn(`pin${press(513)}`)).resolves.toBe(true);
    await enrol();
    expect(await here.stored('HERE')).toMatchObject({ counter: 514 });
    await enrol({ 'yubico.tokenid': 'vvccccccdefh' });
    expect(await here.stored('HERE')).toMatchObject({ counter: 0 });
    await expect(isIn(`pin${yubikeyOtp({ publicId: 'vvccccccdefh', usage: 1 })}`)).resolves.toBe(true);
  });

  it('is not resynchronised here', async () => {
    const form = { serial: 'HERE', otp1: press(513), otp2: press(514) };
    await expect(here.ask('/admin/resync', form)).resolves.toMatchObject({
      result: { status: false, error: { message: 'YUBICO token resync is not managed by LinOTP.' } },
    });
  });

  it.each([
    [{ 'yubico.tokenid': undefined }, "ERR905: Missing parameter: 'yubico.tokenid'"],
    [{ 'yubico.tokenid': 'vvcccccc' }, 'The YubiKey token ID needs to be 12 characters long!'],
  ])('is not enrolled with %j', async (form, message) => {
    const { result } = await here.init({ type: 'yubico', ...form });
    expect(result).toMatchObject({ status: false, error: { message } });
  });
});
