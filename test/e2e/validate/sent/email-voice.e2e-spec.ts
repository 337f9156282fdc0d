import {
  type GivenHttpGateway,
  OK,
  closedPort,
  givenHttpGateway,
} from '../../../support/servers/given-http-gateway.js';
import { type GivenMailServer, givenMailServer } from '../../../support/servers/given-mail-server.js';
import { hotpAt } from '../../../support/clients/otp.js';
import { type SendingServers, givenSendingServers } from './sending-servers.js';

const WITHIN_MS = 60_000;

interface Call {
  readonly calleeNumber: string;
  readonly messageTemplate: string;
  readonly otp: string;
  readonly locale: string;
}

/** With a mail server and a voice service that keep what they get. */
describe('tokens by e-mail and by voice', () => {
  let servers: SendingServers;
  let mail: GivenMailServer;
  let voice: GivenHttpGateway;
  let sms: GivenHttpGateway;

  beforeAll(async () => {
    [servers, mail, voice, sms] = await Promise.all([
      givenSendingServers({
        anna: 'Anna Adler,,+49 170 2,,anna@elsewhere.example',
        bernd: 'Bernd',
        carla: 'Carla,,+49 170 3,,',
        dirk: 'Dirk',
        emil: 'Emil',
        frida: 'Frida',
      }),
      givenMailServer(null),
      givenHttpGateway(),
      givenHttpGateway(),
    ]);
    const mailConfig = { SMTP_SERVER: '127.0.0.1', SMTP_PORT: mail.port, EMAIL_FROM: 'mfa@example.com' };
    await servers.giveProvider('email', 'mail', 'SMTPEmailProvider', mailConfig);
    await servers.giveProvider('voice', 'voice', 'CustomVoiceProvider', { server_url: voice.url });
    await servers.giveProvider('sms', 'sms', 'HttpSMSProvider', { URL: sms.url });
  }, WITHIN_MS);

  afterEach(async () => {
    for (const gateway of [voice, sms]) {
      gateway.answer = OK;
      gateway.received.length = 0;
    }
    mail.received.length = 0;
    await servers.policies();
  });

  afterAll(async () => {
    await servers?.close();
    for (const one of [mail, voice, sms]) await one?.close();
  }, WITHIN_MS);

  const mails = () => mail.received.map(({ to, content }) => `${to.join()} ${content}`);
  const calls = () => voice.received.map(({ body }) => (JSON.parse(body) as { call: Call }).call);
  const inEmail = (serial: string, login: string) =>
    servers.enrol('email', serial, { user: login, email_address: 'home@example.com' });
  const byVoice = (serial: string, login: string) =>
    servers.enrol('voice', serial, { user: login, phone: '+49 170 1' });

  describe('by e-mail', () => {
    it('send the value of their challenge, which is good for it alone, once', async () => {
      await inEmail('ANNA', 'anna');
      expect(await servers.accepts({ user: 'anna', pass: `pin${hotpAt(1)}` })).toBe(false);
      const { detail } = await servers.call('check', { user: 'anna', pass: 'pin' });
      const { transactionid: first = '' } = detail ?? {};
      expect(detail).toMatchObject({
        message: 'e-mail sent successfully',
        state: first,
        linotp_tokentype: 'email',
      });
      expect(mails()).toEqual([
        expect.stringMatching(`^home@example.com [^]*Subject: Your OTP[^]*${hotpAt(1)}`),
      ]);
      expect(await servers.tokenOf('ANNA')).toMatchObject({
        counter: 2,
        info: { email_address: 'home@example.com' },
      });
      await servers.passTime('ANNA');
      const second = await servers.trigger({ user: 'anna' }, 1);
      expect(mails()[1]).toContain(hotpAt(3));
      expect(await servers.accepts({ user: 'anna', pass: hotpAt(3), transactionid: first })).toBe(false);
      expect(await servers.accepts({ user: 'anna', pass: hotpAt(1), transactionid: first }, 1)).toBe(true);
      expect(await servers.accepts({ user: 'anna', pass: hotpAt(1), transactionid: first })).toBe(false);
      expect(await servers.accepts({ user: 'anna', pass: `pin${hotpAt(3)}` })).toBe(true);
      expect(await servers.accepts({ user: 'anna', pass: hotpAt(3), transactionid: second })).toBe(false);
      expect(await servers.tokenOf('ANNA')).toMatchObject({ counter: 4 });
    });

    it('fill in what is known of the user, and go where the user store says if a policy wants that', async () => {
      await servers.policies(
        'emailsubject=For ${givenname}',
        'emailtext="It is <otp>, ${surname}, of <serial>"',
        'dynamic_email_address',
      );
      await servers.passTime('ANNA');
      await servers.trigger({ user: 'anna' });
      const [sent = ''] = mails();
      expect(sent).toMatch(/^anna@elsewhere\.example /);
      expect(sent).toContain('Subject: For Anna');
      expect(sent).toContain(`It is ${hotpAt(5)}, Adler, of ANNA`);
      await inEmail('CARLA', 'carla');
      const { result, detail } = await servers.call('check', { user: 'carla', pass: 'pin' });
      expect([result.value, detail]).toEqual([false, undefined]);
      expect((await servers.records('CARLA')).at(-1)).toMatchObject({
        detail: 'No e-mail address was defined for this token.',
      });
    });

    it('accept one of 50 answers at once, on two servers', async () => {
      await inEmail('BERND', 'bernd');
      const transactionid = await servers.trigger({ user: 'bernd' });
      const verdicts = await Promise.all(
        Array.from({ length: 50 }, (_, turn) =>
          servers.accepts({ user: 'bernd', pass: hotpAt(1), transactionid }, turn),
        ),
      );
      expect(verdicts.filter(Boolean)).toHaveLength(1);
    });

    it('need an address', async () => {
      const { body } = await servers.admin.post('/admin/init', { type: 'email' });
      expect(body.result.error.message).toBe("'email_address'");
    });
  });

  describe('by voice', () => {
    it('tell a random value, which is good for its challenge alone, once', async () => {
      await byVoice('BERNDV', 'bernd');
      await servers.policies('voice_message="Your code: {otp}"', 'voice_language=de');
      const form = { user: 'bernd', token_type: 'voice' };
      const { detail } = await servers.call('check', { ...form, pass: 'pin' });
      expect(detail).toMatchObject({ message: 'voice call triggered', state: detail?.transactionid });
      const { transactionid = '' } = detail ?? {};
      const [call] = calls();
      expect(call).toEqual({
        calleeNumber: '+49 170 1',
        messageTemplate: 'Your code: {otp}',
        otp: expect.stringMatching(/^\d{6}$/),
        locale: 'de',
      });
      const otp = call?.otp ?? '';
      expect(await servers.accepts({ ...form, pass: `nip${otp}`, transactionid })).toBe(false);
      expect(await servers.accepts({ ...form, pass: otp })).toBe(false);
      expect(await servers.accepts({ ...form, pass: `pin${otp}` }, 1)).toBe(true);
      expect(await servers.accepts({ ...form, pass: otp, transactionid })).toBe(false);
      expect(await servers.tokenOf('BERNDV')).toMatchObject({ counter: 2 });
    });

    it('call once for 20 requests at once, and accept one of 50 answers', async () => {
      await byVoice('DIRK', 'dirk');
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, turn) => servers.call('check', { user: 'dirk', pass: 'pin' }, turn)),
      );
      const [transactionid = '', ...others] = new Set(
        answers.map(({ detail }) => detail?.transactionid ?? ''),
      );
      expect(others).toEqual([]);
      expect(calls()).toHaveLength(1);
      const pass = calls()[0]?.otp ?? '';
      const verdicts = await Promise.all(
        Array.from({ length: 50 }, (_, turn) => servers.accepts({ user: 'dirk', pass, transactionid }, turn)),
      );
      expect(verdicts.filter(Boolean)).toHaveLength(1);
    });

    it('make their own seed, and call the number of the user store if a policy wants that', async () => {
      const { body } = await servers.admin.post('/admin/init', { type: 'voice', phone: '1', otpkey: '00' });
      expect(body.result.error.code).toBe(344);
      const { body: missing } = await servers.admin.post('/admin/init', { type: 'voice' });
      expect(missing.result.error).toEqual({ code: 905, message: "ERR905: Missing parameter: 'phone'" });
      await servers.policies('voice_dynamic_mobile_number');
      await byVoice('CARLAV', 'carla');
      await servers.trigger({ user: 'carla', token_type: 'voice' });
      expect(calls()).toMatchObject([{ calleeNumber: '+49 170 3' }]);
    });
  });

  describe('together', () => {
    const several = async (login: string) => {
      const serials = ['SMS', 'MAIL', 'CALL'].map((name) => `${login}-${name}`);
      await servers.enrol('sms', serials[0] ?? '', { user: login, phone: '+49 170 1' });
      await inEmail(serials[1] ?? '', login);
      await byVoice(serials[2] ?? '', login);
      return serials;
    };

    it('are all asked, and the answer to one closes all', async () => {
      const serials = await several('emil');
      const { detail } = await servers.call('check', { user: 'emil', pass: 'pin' });
      const { transactionid: root = '' } = detail ?? {};
      expect(detail).toMatchObject({
        message: 'Multiple challenges submitted.',
        challenges: Object.fromEntries(
          serials.map((serial, place) => [serial, { transactionid: `${root}.0${place + 1}` }]),
        ),
      });
      const { detail: polled } = await servers.call('check_status', { state: root, pass: 'pin' });
      expect(Object.keys((polled as unknown as { transactions: object }).transactions)).toHaveLength(3);
      const { body } = await servers.admin.get('/admin/checkstatus', { transactionid: root });
      expect(JSON.stringify([polled, body])).not.toContain(calls()[0]?.otp);
      expect(await servers.accepts({ user: 'emil', pass: calls()[0]?.otp ?? '', state: root }, 1)).toBe(true);
      expect(await servers.accepts({ user: 'emil', pass: hotpAt(1), state: root })).toBe(false);
      for (const serial of serials) expect(await servers.challengesOf(serial)).toEqual(['closed']);
    });

    it('go on without those that fail', async () => {
      const [bySms = '', byMail = '', byCall = ''] = await several('frida');
      sms.answer = (response) => void response.writeHead(500).end();
      await servers.giveProvider('email', 'mail', 'SMTPEmailProvider', {
        SMTP_SERVER: '127.0.0.1',
        SMTP_PORT: await closedPort(),
      });
      const { detail } = await servers.call('check', { user: 'frida', pass: 'pin' });
      const { challenges, transactionid: state = '' } = detail as unknown as {
        challenges: Record<string, unknown>;
        transactionid: string;
      };
      expect(Object.keys(challenges)).toEqual([byCall]);
      expect(await servers.challengesOf(bySms)).toEqual([]);
      expect(await servers.challengesOf(byMail)).toEqual([]);
      expect((await servers.records(byCall)).at(-1)).toMatchObject({
        detail: 'challenge created',
        info: expect.stringContaining(`Failed for ['${bySms}', '${byMail}']`),
      });
      expect(await servers.accepts({ user: 'frida', pass: calls()[0]?.otp ?? '', state })).toBe(true);
      voice.answer = (response) => void response.writeHead(500).end();
      await servers.passTime(byCall);
      const none = await servers.call('check', { user: 'frida', pass: 'pin' });
      expect([none.result.value, none.detail]).toEqual([false, undefined]);
    });
  });
});
