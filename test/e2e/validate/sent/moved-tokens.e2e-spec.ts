import { changed } from '../../../faults/given-users.js';
import type { Fields } from '../../../support/clients/admin-agent.js';
import { type GivenHttpGateway, OK, givenHttpGateway } from '../../../support/servers/given-http-gateway.js';
import { hotpAt } from '../../../support/clients/otp.js';
import { type SendingServers, givenSendingServers } from './sending-servers.js';

const WITHIN_MS = 60_000;
const OLD_NUMBER = '+49 170 1';
const NEW_NUMBER = '+49 170 2';

/** What was sent before a token went to somebody else, or before it sent elsewhere, is worth nothing. */
describe('SMS tokens that move', () => {
  let servers: SendingServers;
  let gateway: GivenHttpGateway;

  beforeAll(async () => {
    [servers, gateway] = await Promise.all([
      givenSendingServers({ anna: 'anna', bernd: 'bernd' }),
      givenHttpGateway(),
    ]);
    await servers.giveProvider('sms', 'gateway', 'HttpSMSProvider', { URL: gateway.url });
  }, WITHIN_MS);

  afterEach(() => {
    gateway.answer = OK;
    gateway.received.length = 0;
  });

  afterAll(async () => {
    await servers?.close();
    await gateway?.close();
  }, WITHIN_MS);

  const enrol = (serial: string, form: Fields = {}) =>
    servers.enrol('sms', serial, { user: 'anna', phone: OLD_NUMBER, ...form });
  const sent = () => gateway.received.map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
  const admin = (path: string, form: Fields) => changed(servers.admin, `/admin/${path}`, form);
  /** The next login sends a message, whatever was sent just now; all of those before count for nobody. */
  async function expectNewMessage(form: Fields, phone: string): Promise<void> {
    const old = sent().flatMap(({ sms = '' }) => sms);
    for (const otp of old) expect(await servers.accepts({ ...form, pass: `pin${otp}` })).toBe(false);
    gateway.received.length = 0;
    const transactionid = await servers.trigger(form);
    const [message, ...others] = sent();
    expect([message?.phone, others]).toEqual([phone, []]);
    for (const otp of old) expect(await servers.accepts({ ...form, pass: otp, transactionid })).toBe(false);
    expect(await servers.accepts({ ...form, pass: message?.sms ?? '', transactionid })).toBe(true);
  }

  it.each([
    ['assigned', 'ASSIGNED', () => admin('assign', { serial: 'ASSIGNED', user: 'bernd' })],
    [
      'taken away and assigned',
      'TAKEN',
      async () => {
        await admin('unassign', { serial: 'TAKEN' });
        expect((await servers.tokenOf('TAKEN')).info).toEqual({ phone: OLD_NUMBER });
        await admin('assign', { serial: 'TAKEN', user: 'bernd' });
      },
    ],
    [
      'given the owner of another',
      'GIVEN',
      async () => {
        await servers.enrol('hmac', 'BERNDS', { user: 'bernd' });
        await admin('copyTokenUser', { from: 'BERNDS', to: 'GIVEN' });
      },
    ],
    ['enrolled anew with the same seed', 'ANEW', () => enrol('ANEW', { user: 'bernd' })],
  ])('to somebody else, %s', async (_how, serial, move) => {
    await enrol(serial);
    await servers.trigger({ user: 'anna', serial });
    await move();
    expect((await servers.tokenOf(serial)).info).toEqual({ phone: OLD_NUMBER });
    expect(await servers.challengesOf(serial)).toEqual(['closed']);
    await expectNewMessage({ user: 'bernd', serial }, OLD_NUMBER);
  });

  it('away and back: their owner is sent another one', async () => {
    await enrol('BACK');
    await servers.trigger({ user: 'anna', serial: 'BACK' });
    await admin('unassign', { serial: 'BACK' });
    await admin('assign', { serial: 'BACK', user: 'anna' });
    await expectNewMessage({ user: 'anna', serial: 'BACK' }, OLD_NUMBER);
  });

  it('to another number', async () => {
    await enrol('NUMBER');
    await servers.trigger({ user: 'anna', serial: 'NUMBER' });
    await admin('set', { serial: 'NUMBER', phone: NEW_NUMBER });
    await expectNewMessage({ user: 'anna', serial: 'NUMBER' }, NEW_NUMBER);
  });

  it('nowhere, where they are given the number that they have', async () => {
    await enrol('SAME');
    const transactionid = await servers.trigger({ user: 'anna', serial: 'SAME' });
    await admin('set', { serial: 'SAME', phone: OLD_NUMBER });
    expect(await servers.accepts({ user: 'anna', serial: 'SAME', pass: hotpAt(1), transactionid })).toBe(
      true,
    );
  });

  it('while a message is on its way', async () => {
    await enrol('WHILE');
    let release: () => void = () => undefined;
    const arrived = new Promise<void>((resolve) => {
      gateway.answer = (response, request) => {
        release = () => OK(response, request);
        resolve();
      };
    });
    const slow = servers.call('check', { user: 'anna', serial: 'WHILE', pass: 'pin' });
    await arrived;
    await admin('assign', { serial: 'WHILE', user: 'bernd' });
    gateway.answer = OK;
    release();
    expect(await slow).toMatchObject({ result: { value: false }, id: 0 });
    expect((await servers.tokenOf('WHILE')).info).toEqual({ phone: OLD_NUMBER });
    await expectNewMessage({ user: 'bernd', serial: 'WHILE' }, OLD_NUMBER);
  });
});
