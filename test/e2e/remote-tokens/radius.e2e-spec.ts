import {
  HAS_FREERADIUS,
  type FreeRadius,
  RADIUS_SECRET,
  givenFreeRadius,
} from '../../support/servers/freeradius.js';
import { givePolicies } from '../../support/domain/given-policies.js';
import {
  ACCEPT,
  type GivenRadiusServer,
  REJECT,
  type ReceivedPacket,
  freeUdpPort,
  givenRadiusServer,
} from '../../support/servers/given-radius-server.js';
import { MarkedSecrets } from '../../support/database/secret-traces.js';
import { TokenServer, WITHIN_MS } from '../../support/application/token-server.js';

const CHALLENGE = 11;

describe('a radius token', () => {
  let here: TokenServer;
  let scripted: GivenRadiusServer;

  beforeAll(async () => {
    here = await TokenServer.start({ TWINLOCK_FORWARD_SECONDS: '2' });
  }, WITHIN_MS);
  afterAll(() => here?.stop(), WITHIN_MS);

  beforeEach(async () => {
    await here.removeAll();
    await givePolicies(here.database, []);
    await here.ask('/system/delConfig', { key: 'radius.require_message_authenticator' });
    // What went wrong with one is not held against the next.
    scripted = await givenRadiusServer(RADIUS_SECRET);
  });
  afterEach(() => scripted.close());

  const enrol = async (form: Readonly<Record<string, string>> = {}) => {
    const { result, detail } = await here.init({
      type: 'radius',
      serial: 'HERE',
      user: 'anna',
      pin: 'near',
      'radius.server': `127.0.0.1:${scripted.port}`,
      'radius.user': 'anna',
      'radius.secret': RADIUS_SECRET,
      ...form,
    });
    expect([result, detail]).toEqual([{ status: true, value: true }, { serial: 'HERE' }]);
  };
  const login = (pass: string, more = {}) => here.login('/validate/check', { user: 'anna', pass, ...more });
  const isIn = async (pass: string, more = {}) => (await login(pass, more)).result.value;
  const challenged = () =>
    givePolicies(here.database, [{ scope: 'authentication', action: 'challenge_response=*' }]);
  const told = async () => {
    const { rows } = await here.database.query<{ detail: string; info: string }>(
      `SELECT detail, info FROM audit_record WHERE action LIKE 'validate/%' ORDER BY number DESC LIMIT 1`,
    );
    return rows[0];
  };
  const failures = async () => (await here.stored('HERE')).failures;

  (HAS_FREERADIUS ? describe : describe.skip)('with FreeRADIUS', () => {
    let radius: FreeRadius;

    beforeAll(async () => {
      radius = await givenFreeRadius();
    }, WITHIN_MS);
    afterAll(() => radius?.remove());

    const at = (port: number) => ({ 'radius.server': `127.0.0.1:${port}` });

    it('lets in whom it accepts', async () => {
      await enrol(at(radius.port));
      await expect(isIn('right')).resolves.toBe(true);
      expect(await here.stored('HERE')).toMatchObject({ counter: 1, failures: 0 });
      await expect(isIn('wrong')).resolves.toBe(false);
      await expect(failures()).resolves.toBe(1);
    });

    it('has the PIN checked here where it is told to', async () => {
      await enrol({ ...at(radius.port), 'radius.local_checkpin': '1', otplen: '5' });
      await expect(isIn('nearright')).resolves.toBe(true);
      await expect(isIn('right')).resolves.toBe(false);
      await expect(isIn('nearwrong')).resolves.toBe(false);
    });

    it('passes a challenge on, and its answer with the State', async () => {
      await challenged();
      await enrol(at(radius.port));
      const asked = await login('pin');
      expect(asked).toMatchObject({
        result: { status: true, value: false },
        detail: { message: 'Remote Otp: ', linotp_tokentype: 'radius', linotp_tokenserial: 'HERE' },
      });
      const transactionid = String(asked.detail?.['transactionid']);
      expect(transactionid).toMatch(/^\d{17}$/);
      const status = await here.admin.get('/admin/checkstatus', { transactionid });
      expect(status.body.result.value.values.HERE.challenges[transactionid].data.remote_reply).toMatchObject({
        transactionid: '0x00ff20',
        message: 'Enter the code',
      });
      // The State of a login that answers nothing is not sent.
      await expect(isIn('code')).resolves.toBe(false);
      await expect(isIn('other', { transactionid })).resolves.toBe(false);
      await expect(isIn('code', { transactionid })).resolves.toBe(true);
      await expect(isIn('code', { transactionid })).resolves.toBe(false);
    });

    it('does not believe who answers without a Message-Authenticator, unless a setting says so', async () => {
      await enrol(at(radius.oldPort));
      await expect(isIn('right')).resolves.toBe(false);
      await expect(failures()).resolves.toBe(0);
      await here.ask('/system/setConfig', { 'radius.require_message_authenticator': 'False' });
      // Another place for what keeps count of servers that are away.
      await enrol({ 'radius.server': `localhost:${radius.oldPort}` });
      await expect(isIn('right')).resolves.toBe(true);
    });

    it('lets nobody in with the secret of another', async () => {
      await enrol({ ...at(radius.port), 'radius.secret': 'another' });
      await expect(isIn('right')).resolves.toBe(false);
      expect(await told()).toMatchObject({ info: expect.stringMatching(/did not answer within|in time/) });
      // That costs no other token of the server anything.
      await enrol(at(radius.port));
      await expect(isIn('right')).resolves.toBe(true);
    });
  });

  it('sends a Message-Authenticator, and the password to nobody who does not know the secret', async () => {
    scripted.answer = (request) => [request.answer(ACCEPT)];
    await enrol();
    await expect(isIn('geheim')).resolves.toBe(true);
    const [packet] = scripted.received;
    expect([packet?.userName, packet?.password, packet?.state]).toEqual(['anna', 'geheim', null]);
    expect(packet?.bytes[20]).toBe(80);
    expect(packet?.bytes.includes('geheim')).toBe(false);
  });

  it('goes on to the next question of several', async () => {
    const answers: Readonly<Record<string, (request: ReceivedPacket) => Buffer>> = {
      pin: (request) => request.answer(CHALLENGE, '1803611203ab'),
      one: (request) => request.answer(request.state?.toString() === 'a' ? CHALLENGE : REJECT, '180362'),
      two: (request) => request.answer(request.state?.toString() === 'b' ? ACCEPT : REJECT),
    };
    scripted.answer = (request) => [(answers[request.password] ?? ((one) => one.answer(REJECT)))(request)];
    await challenged();
    await enrol();
    const idOf = ({ detail }: { detail?: Record<string, unknown> }) => String(detail?.['transactionid']);
    const first = idOf(await login('pin'));
    const second = idOf(await login('one', { transactionid: first }));
    expect(second).toMatch(/^\d{17}$/);
    expect(second).not.toBe(first);
    // The first question is answered, and the second one has an answer of its own.
    await expect(isIn('two', { transactionid: first })).resolves.toBe(false);
    await expect(isIn('one', { transactionid: second })).resolves.toBe(false);
    await expect(isIn('two', { transactionid: second })).resolves.toBe(true);
  });

  it('refuses what is forged, replayed or cut, and waits for the answer', async () => {
    let before: Buffer | null = null;
    scripted.answer = (request) => {
      const replayed = before ?? Buffer.alloc(0);
      before = request.answer(ACCEPT);
      const rejection = request.answer(REJECT);
      return [
        replayed,
        request.answer(ACCEPT, '', 'another'),
        before.subarray(0, -1),
        request.answer(ACCEPT, '2103ab'),
        Buffer.concat([Buffer.of(ACCEPT), rejection.subarray(1)]),
        rejection,
        before,
      ];
    };
    await enrol();
    for (let round = 1; round <= 2; round++) {
      await expect(isIn('geheim')).resolves.toBe(false);
      await expect(failures()).resolves.toBe(round);
    }
    scripted.answer = (request) => {
      setImmediate(() => scripted.sendFromElsewhere(request.answer(ACCEPT)));
      return [];
    };
    await expect(isIn('geheim')).resolves.toBe(false);
    // Nobody has said anything: that is no failure of the user's.
    await expect(failures()).resolves.toBe(2);
  });

  it('asks the next server where one is away or silent, and answers a challenge where it was asked', async () => {
    const second = await givenRadiusServer(RADIUS_SECRET);
    try {
      second.answer = (request) => [
        request.password === 'pin'
          ? request.answer(CHALLENGE, '180361')
          : request.answer(request.state?.toString() === 'a' ? ACCEPT : REJECT),
      ];
      const nobody = await freeUdpPort();
      await challenged();
      await enrol({
        'radius.server': `127.0.0.1:${nobody}, 127.0.0.1:${scripted.port},127.0.0.1:${second.port}`,
      });
      const asked = await login('pin');
      const transactionid = String(asked.detail?.['transactionid']);
      expect(asked.result.value).toBe(false);
      expect(scripted.received.length).toBeGreaterThan(0);
      scripted.answer = (request) => [request.answer(REJECT)];
      await expect(isIn('code', { transactionid })).resolves.toBe(true);
    } finally {
      await second.close();
    }
  });

  it('lets nobody in where no server answers', async () => {
    await enrol({ 'radius.server': `127.0.0.1:${await freeUdpPort()},127.0.0.1:${await freeUdpPort()}` });
    await expect(isIn('geheim')).resolves.toBe(false);
    await expect(failures()).resolves.toBe(0);
    expect(await told()).toMatchObject({
      detail: 'checking token HERE failed',
      info: expect.stringMatching(/ECONNREFUSED.*; .*ECONNREFUSED/),
    });
  });

  it('keeps its secret sealed, and tells it to nobody', async () => {
    const secrets = new MarkedSecrets();
    const secret = secrets.text('the shared secret', 'MarkedSharedSecret');
    const { detail } = await here.init({
      type: 'radius',
      serial: 'SEALED',
      'radius.server': 'radius.example',
      'radius.user': 'anna',
      'radius.secret': secret,
      otpkey: '',
    });
    const shown = await here.admin.get('/admin/show', { serial: 'SEALED' });
    const records = await here.database.query('SELECT * FROM audit_record');
    const tokens = await here.database.query('SELECT * FROM token');
    const texts = [detail, shown.body, records.rows, tokens.rows].map((one) => JSON.stringify(one));
    expect(texts.flatMap((text, place) => secrets.tracesIn(String(place), text))).toEqual([]);
  });

  it.each([
    [{ 'radius.server': undefined, 'radius.user': undefined }, "ERR905: Missing parameter: 'radius.server'"],
    [{ 'radius.user': undefined, 'radius.secret': undefined }, "ERR905: Missing parameter: 'radius.user'"],
    [{ 'radius.secret': undefined }, "ERR905: Missing parameter: 'radius.secret'"],
    [{ 'radius.server': 'host:0' }, 'radius.server is host or host:port'],
    [{ 'radius.server': 'http://host' }, 'radius.server is host or host:port'],
  ])('is not enrolled with %j', async (form, message) => {
    const { result } = await here.init({
      type: 'radius',
      'radius.server': 'host',
      'radius.user': 'anna',
      'radius.secret': 'x',
      ...form,
    });
    expect(result).toMatchObject({ status: false, error: { message: expect.stringContaining(message) } });
  });
});
