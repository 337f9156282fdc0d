import { givePolicies } from '../../support/domain/given-policies.js';
import { activationCode, ocraAt, readByApp, rolledOutKey } from '../../support/clients/ocra-device.js';
import { TokenServer, WITHIN_MS } from '../../support/application/token-server.js';
import { type UserAgent, userAgent } from '../../support/clients/user-agent.js';

const SUITE = 'OCRA-1:HOTP-SHA256-6:C-QA64';
const CODE = Uint8Array.from({ length: 20 }, (_, place) => 3 * place);
const KEY = Buffer.from('12345678901234567890123456789012').toString('hex');
const GRANTED = 'enrollOCRA2, activate_OCRA2, enrollHMAC';

/** Through HTTP, as a user who is logged in to the self-service (spec/validate-api §4.11). */
describe('users who roll out OCRA2 tokens of their own', () => {
  let tokens: TokenServer;
  let anna: UserAgent;
  let bernd: UserAgent;

  beforeAll(async () => {
    tokens = await TokenServer.start();
    const users = ['anna,1,,,,,,annapw', 'bernd,2,,,,,,berndpw'].join('\n');
    await tokens.admin.upload(
      '/tools/import_users',
      { resolver: 'first', passwords_in_plaintext: 'true', dryrun: 'false' },
      users,
    );
    [anna, bernd] = [
      await userAgent(tokens.server.url, 'anna', 'annapw'),
      await userAgent(tokens.server.url, 'bernd', 'berndpw'),
    ];
  }, WITHIN_MS);
  afterAll(() => tokens?.stop(), WITHIN_MS);
  beforeEach(async () => {
    await tokens.removeAll();
    await tokens.database.query('DELETE FROM challenge');
    await grant(GRANTED);
  });

  const grant = (action: string) => givePolicies(tokens.database, [{ scope: 'selfservice', action }]);
  const call = async (agent: UserAgent, name: string, fields: object) =>
    (await agent.post(`/userservice/${name}`, fields)).body as {
      result: { status: boolean; value?: unknown; error?: { code: number; message: string } };
      id: unknown;
    };
  const started = async (form: Readonly<Record<string, string>> = {}) => {
    const { result, detail } = await tokens.init({
      type: 'ocra2',
      serial: 'O1',
      user: 'anna',
      genkey: '1',
      sharedsecret: '1',
      ...form,
    });
    expect(result.value).toBe(true);
    return String(detail?.['sharedsecret']);
  };
  const activate = (agent: UserAgent, fields: object = {}) =>
    call(agent, 'activateocratoken', {
      type: 'ocra2',
      serial: 'O1',
      activationcode: activationCode(CODE),
      genkey: '1',
      ...fields,
    });

  it('activate it by the code, and finish by an answer', async () => {
    const secret = await started();
    const { result, id } = await activate(anna);
    expect(id).toBe(1);
    const { ocratoken } = result.value as { ocratoken: Record<string, string> };
    const { url = '', transaction = '' } = ocratoken;
    expect(result.value).toEqual({
      activate: true,
      ocratoken: {
        url,
        img: expect.stringContaining('data:image/png'),
        label: 'anna@one',
        serial: 'O1',
        transaction,
      },
    });
    const { no: nonce = '', ch: question = '', tr } = readByApp(url);
    expect(tr).toBe(transaction);
    const otp = ocraAt(question, { suite: SUITE, keyHex: rolledOutKey(secret, CODE, nonce) });

    const finish = (agent: UserAgent, pass: string) =>
      call(agent, 'finishocra2token', { type: 'ocra2', pass, transactionid: transaction });
    // Nobody else's answer counts, for or against it.
    expect((await finish(bernd, otp)).result.value).toEqual({ value: false, failcount: 0 });
    expect(await finish(anna, '000000')).toMatchObject({
      id: null,
      result: { status: true, value: { value: false, failcount: 1 } },
    });
    expect((await finish(anna, otp)).result.value).toEqual({ value: true, failcount: 0 });
    expect((await finish(anna, otp)).result.value).toMatchObject({ value: false });
    const { rows } = await tokens.database.query(
      `SELECT info->>'rollout' AS state, active, shared_secret_sealed FROM token`,
    );
    expect(rows).toEqual([{ state: null, active: true, shared_secret_sealed: null }]);
  });

  it('resynchronise it by two answers with their questions, and are told where those are missing', async () => {
    await grant(`${GRANTED}, resync`);
    await tokens.init({ type: 'ocra2', serial: 'O1', user: 'anna', otpkey: KEY });
    const form = {
      serial: 'O1',
      otp1: ocraAt('11111111', { counter: 50 }),
      otp2: ocraAt('22222222', { counter: 51 }),
    };
    const questions = { challenge1: '11111111', challenge2: '22222222' };
    expect((await call(anna, 'resync', form)).result.error).toEqual({
      code: -311,
      message: 'challenge1 and challenge2 are needed: what otp1 and otp2 of an ocra2 token answer',
    });
    expect((await call(bernd, 'resync', { ...form, ...questions })).result.value).toEqual({});
    const swapped = { ...form, challenge1: '22222222', challenge2: '11111111' };
    expect((await call(anna, 'resync', swapped)).result.value).toEqual({ 'resync Token': false });
    expect((await call(anna, 'resync', { ...form, ...questions })).result.value).toEqual({
      'resync Token': true,
    });
    const { rows } = await tokens.database.query('SELECT counter::int FROM token');
    expect(rows).toEqual([{ counter: 52 }]);
  });

  it('enrol it themselves, as often as they like before they have activated it', async () => {
    const enrol = () => call(anna, 'enroll', { type: 'ocra2', serial: 'O1', genkey: '1', sharedsecret: '1' });
    const [first, second] = [await enrol(), await enrol()].map(
      (answer) => answer as { detail?: { sharedsecret?: string } },
    );
    expect(first?.detail?.sharedsecret).toMatch(/^[0-9a-f]{40}$/);
    expect(second?.detail?.sharedsecret).not.toBe(first?.detail?.sharedsecret);
    expect((await activate(anna)).result).toMatchObject({ status: true });
  });

  it.each([
    ['somebody else', 'O1', {}, 'no token found for user: bernd or serial: O1'],
    ['their user with another type', 'O1', { type: 'hmac' }, `valid types is 'ocra2'. You provided hmac`],
    [
      'their user with a code that is none',
      'O1',
      { activationcode: 'x' },
      'Error during decoding activation code',
    ],
  ])('are not activated by %s', async (_who, _serial, fields: object, message) => {
    await started();
    const agent = Object.keys(fields).length === 0 ? bernd : anna;
    expect((await activate(agent, fields)).result).toMatchObject({
      status: false,
      error: { code: -311, message },
    });
    const { rows } = await tokens.database.query(`SELECT info->>'rollout' AS state, active FROM token`);
    expect(rows).toEqual([{ state: '1', active: false }]);
  });

  it('need a policy, by its name or that of old', async () => {
    await started();
    await grant('enrollHMAC');
    const denied = { status: false, error: { code: 410 } };
    expect((await activate(anna)).result).toMatchObject(denied);
    expect(
      (await call(anna, 'finishocra2token', { type: 'ocra2', pass: '1', transactionid: '1' })).result,
    ).toMatchObject(denied);
    await grant('activateQR2');
    expect((await activate(anna)).result).toMatchObject({ status: true });
  });

  it('keep to the limit of active tokens of their realm', async () => {
    await started();
    await tokens.init({ type: 'hmac', serial: 'H1', genkey: '1', user: 'anna' });
    await givePolicies(tokens.database, [
      { scope: 'selfservice', action: GRANTED },
      { scope: 'enrollment', action: 'tokencount=1' },
    ]);
    expect((await activate(anna)).result).toMatchObject({
      status: false,
      error: { code: 410, message: expect.stringContaining('maximum token number') },
    });
    await tokens.ask('/admin/disable', { serial: 'H1' });
    expect((await activate(anna)).result).toMatchObject({ status: true });
  });

  it('see how the enrolment of each stands', async () => {
    await started();
    await tokens.init({ type: 'ocra2', serial: 'O2', user: 'anna', genkey: '1' });
    const states = async () => {
      const { body } = await anna.get('/userservice/usertokenlist');
      const list = body.result.value as Record<string, unknown>[];
      return Object.fromEntries(
        list.map((token) => [token['LinOtp.TokenSerialnumber'], token['Enrollment']]),
      );
    };
    expect(await states()).toEqual({
      O1: { status: 'not completed', rollout: `'1'` },
      O2: { status: 'completed' },
    });
    await activate(anna);
    expect(await states()).toMatchObject({ O1: { status: 'not completed', rollout: `'2'` } });
  });
});
