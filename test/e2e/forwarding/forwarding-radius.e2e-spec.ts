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
  freeUdpPort,
  givenRadiusServer,
} from '../../support/servers/given-radius-server.js';
import { TokenServer } from '../../support/application/token-server.js';

const WITHIN_MS = 60_000;

describe('logins that a RADIUS server decides', () => {
  let here: TokenServer;
  let scripted: GivenRadiusServer;
  let served = 0;

  beforeAll(async () => {
    here = await TokenServer.start({ TWINLOCK_FORWARD_SECONDS: '4' });
    scripted = await givenRadiusServer(RADIUS_SECRET);
  }, WITHIN_MS);

  afterAll(async () => {
    await scripted?.close();
    await here?.stop();
  });

  beforeEach(async () => {
    await here.database.query('DELETE FROM login_throttle');
    scripted.received.length = 0;
    scripted.answer = () => [];
  });

  /** As an administrator does, so that the secret is sealed. */
  async function forwardTo(port: number, more = '', secret = RADIUS_SECRET): Promise<void> {
    await givePolicies(here.database, []);
    // What went wrong with one is not held against the next.
    const url = `radius://127.0.0.1:${port}/?n=${served++}${more}&secret=${encodeURIComponent(secret)}`;
    const policy = {
      name: 'given',
      scope: 'authentication',
      realm: '*',
      user: '*',
      client: '*',
      active: 'True',
    };
    const { result } = await here.ask('/system/setPolicy', { ...policy, action: `forward_server=${url}` });
    expect(result.status).toBe(true);
  }
  const login = (pass: string, more = {}) => here.login('/validate/check', { user: 'anna', pass, ...more });
  const info = async () => {
    const { rows } = await here.database.query<{ info: string }>(
      `SELECT info FROM audit_record WHERE action = 'validate/check' ORDER BY number DESC LIMIT 1`,
    );
    return rows[0]?.info;
  };

  (HAS_FREERADIUS ? describe : describe.skip)('with FreeRADIUS', () => {
    let radius: FreeRadius;

    beforeAll(async () => {
      radius = await givenFreeRadius();
    }, WITHIN_MS);
    afterAll(() => radius?.remove());

    it('lets in whom it accepts', async () => {
      await forwardTo(radius.port);
      await expect(login('right')).resolves.toMatchObject({ result: { value: true } });
      expect((await login('wrong')).result).toEqual({ status: true, value: false });
      expect((await here.login('/validate/check', { user: 'anna', pass: '' })).result.value).toBe(false);
    });

    it('passes a challenge on, and its answer', async () => {
      await forwardTo(radius.port);
      await expect(login('pin')).resolves.toMatchObject({
        result: { status: true, value: false },
        detail: { transactionid: '0x00ff20', message: 'Enter the code' },
      });
      for (const [name, state, value] of [
        ['transactionid', '0x00ff21', false],
        ['transactionid', '0x00ff20', true],
        ['state', '0x00ff20', true],
      ] as const) {
        await expect(login('code', { [name]: state })).resolves.toMatchObject({ result: { value } });
      }
    });

    it('does not believe who answers without a Message-Authenticator, unless it is told to', async () => {
      await forwardTo(radius.oldPort);
      await expect(login('right')).resolves.toMatchObject({ result: { value: false } });
      await forwardTo(radius.oldPort, '&require_message_authenticator=false');
      await expect(login('right')).resolves.toMatchObject({ result: { value: true } });
      await expect(login('wrong')).resolves.toMatchObject({ result: { value: false } });
    });

    it('lets nobody in with the secret of another', async () => {
      await forwardTo(radius.port, '', 'another');
      await expect(login('right')).resolves.toMatchObject({ result: { value: false } });
      expect(await info()).toMatch(/did not answer within|no answer in time/);
    });

    it('asks for several at a time', async () => {
      await forwardTo(radius.port);
      const replies = await Promise.all(Array.from({ length: 5 }, () => login('right')));
      expect(replies.map(({ result }) => result.value)).toEqual([true, true, true, true, true]);
    });
  });

  it('says who asks, and no more than it has to', async () => {
    scripted.answer = (request) => [request.answer(ACCEPT)];
    await forwardTo(scripted.port);
    await expect(login('geheim', { data: 'x', client: '192.0.2.1' })).resolves.toMatchObject({
      result: { value: true },
    });
    const [packet] = scripted.received;
    const types: number[] = [];
    for (let at = 20; at < (packet?.bytes.length ?? 0); at += packet?.bytes[at + 1] ?? 1) {
      types.push(packet?.bytes[at] ?? 0);
    }
    expect(types).toEqual([80, 1, 2, 32]);
    expect(packet?.bytes.includes('geheim')).toBe(false);
  });

  it('waits for the answer among what is none', async () => {
    scripted.answer = (request) => {
      const right = request.answer(REJECT);
      return [
        Buffer.alloc(0),
        request.answer(ACCEPT, '', 'another'),
        request.answer(ACCEPT).subarray(0, -1),
        request.answer(ACCEPT, '2103ab'),
        Buffer.concat([Buffer.of(ACCEPT), right.subarray(1)]),
        right,
        request.answer(ACCEPT),
      ];
    };
    await forwardTo(scripted.port);
    await expect(login('geheim')).resolves.toMatchObject({ result: { value: false } });
    // It was the answer, and not the end of the time.
    expect(await info()).toBe('policies: given');
  });

  it('hears nobody but the server', async () => {
    scripted.answer = (request) => {
      setImmediate(() => scripted.sendFromElsewhere(request.answer(ACCEPT)));
      return [];
    };
    await forwardTo(scripted.port);
    await expect(login('geheim')).resolves.toMatchObject({ result: { value: false } });
  });

  it.each<[string, (request: { answer(code: number, attributes?: string): Buffer }) => Buffer]>([
    ['another code', (request) => request.answer(5)],
    ['a challenge without a State', (request) => request.answer(11, '1203ab')],
  ])('takes for no yes: %s', async (_title, answer) => {
    scripted.answer = (request) => [answer(request)];
    await forwardTo(scripted.port);
    await expect(login('geheim')).resolves.toMatchObject({ result: { value: false } });
    expect(await info()).toMatch(/^its /);
  });

  it('lets nobody in where nobody listens, or what it would say is too long', async () => {
    await forwardTo(await freeUdpPort());
    await expect(login('geheim')).resolves.toMatchObject({ result: { value: false } });
    expect(await info()).toContain('ECONNREFUSED');
    await forwardTo(scripted.port);
    await expect(login('x'.repeat(129))).resolves.toMatchObject({ result: { value: false } });
    expect(await info()).toContain('pass is longer than the 128 bytes of RADIUS');
    expect(scripted.received).toEqual([]);
  });

  it('lets nobody in without a secret', async () => {
    await givePolicies(here.database, [
      { scope: 'authentication', action: `forward_server=radius://127.0.0.1:${scripted.port}` },
    ]);
    await expect(login('geheim')).resolves.toMatchObject({ result: { value: false } });
    expect(await info()).toContain('has no secret');
  });
});
