import { changed } from '../../../faults/given-users.js';
import { type GivenHttpGateway, OK, givenHttpGateway } from '../../../support/servers/given-http-gateway.js';
import { type GivenMailServer, givenMailServer } from '../../../support/servers/given-mail-server.js';
import { givePolicies } from '../../../support/domain/given-policies.js';
import { type Answer, type SendingServers, givenSendingServers } from './sending-servers.js';

// `password`, as spec/system-api §4.5 gives it.
const SHA512 =
  '$6$abcdefgh$yVfUwsw5T.JApa8POvClA1pQ5peiq97DUNyXCZN5IrF.BMSkiaLQ5kvpuEm/VQ1Tvh/KV2TcaWh8qinoW5dhA1';
const PASSWORD = 'password';
const RACES = 3;
const WITHIN_MS = 60_000;

/** On two servers that share a PostgreSQL, with a gateway and a mail server that keep what they get. */
describe('tokens that users get by logging in', () => {
  let servers: SendingServers;
  let gateway: GivenHttpGateway;
  let mail: GivenMailServer;

  beforeAll(async () => {
    [servers, gateway, mail] = await Promise.all([
      givenSendingServers(
        {
          anna: 'Anna,,+49 170 1,,anna@example.com',
          bernd: 'Bernd,,,,bernd@example.com',
          carla: 'Carla',
          dirk: 'Dirk,,+49 170 4',
        },
        SHA512,
      ),
      givenHttpGateway(),
      givenMailServer(null),
    ]);
    await servers.giveProvider('sms', 'gateway', 'HttpSMSProvider', { URL: gateway.url });
    const mailConfig = { SMTP_SERVER: '127.0.0.1', SMTP_PORT: mail.port, EMAIL_FROM: 'mfa@example.com' };
    await servers.giveProvider('email', 'mail', 'SMTPEmailProvider', mailConfig);
  }, WITHIN_MS);

  beforeEach(async () => {
    gateway.answer = OK;
    gateway.received.length = 0;
    mail.received.length = 0;
    await servers.database.query('DELETE FROM token');
    await servers.database.query('DELETE FROM challenge');
    await servers.database.query('DELETE FROM login_throttle');
  });

  afterAll(async () => {
    await servers?.close();
    await gateway?.close();
    await mail?.close();
  }, WITHIN_MS);

  const given = (value: string, ...more: readonly (readonly [scope: string, action: string])[]) =>
    givePolicies(servers.database, [
      { scope: 'enrollment', action: `autoenrollment=${value}` },
      ...more.map(([scope, action]) => ({ scope, action, client: '*' })),
    ]);
  const login = (user: string, pass = PASSWORD, node = 0): Promise<Answer> =>
    servers.call('check', { user, pass }, node);
  const lastSms = () => new URLSearchParams(gateway.received.at(-1)?.body).get('sms') ?? '';
  async function tokens() {
    const { rows } = await servers.database.query(
      `SELECT serial, type, description, owner_user_id, realms, info - 'until' AS info FROM token ORDER BY id`,
    );
    return rows;
  }
  async function lastRecords(count: number) {
    const { rows } = await servers.database.query(
      `SELECT action, succeeded, username, realm, token_type, detail, info FROM audit_record
       WHERE action LIKE 'validate/%' ORDER BY number DESC LIMIT $1`,
      [count],
    );
    return rows.toReversed();
  }

  it('by SMS: it is enrolled, asks at once, and is the only one from then on', async () => {
    await given('sms');
    const { result, detail } = await login('anna');
    expect(result).toEqual({ status: true, value: false });
    const [token, ...others] = await tokens();
    expect(others).toEqual([]);
    expect(token).toEqual({
      serial: expect.stringMatching(/^LSSM\d{4}[0-9A-F]{4}$/),
      type: 'sms',
      description: 'auto enrolled for anna@staff',
      owner_user_id: '1000',
      realms: ['staff'],
      info: { phone: '+49 170 1' },
    });
    expect(detail).toMatchObject({
      message: 'sms submitted',
      linotp_tokenserial: token.serial,
      linotp_tokentype: 'sms',
      linotp_tokendescription: 'auto enrolled for anna@staff',
    });
    expect(await lastRecords(3)).toEqual([
      expect.objectContaining({
        action: 'validate/autoenrollment',
        succeeded: true,
        username: 'anna',
        realm: 'staff',
        token_type: 'sms',
        info: 'auto enrolled for anna@staff',
      }),
      expect.objectContaining({ action: 'validate/check', succeeded: false }),
      expect.objectContaining({ action: 'validate/check', succeeded: false, detail: 'challenge created' }),
    ]);
    const answer = { user: 'anna', transactionid: detail?.transactionid ?? '' };
    expect(await servers.accepts({ ...answer, pass: '000000' }, 1)).toBe(false);
    expect(await servers.accepts({ ...answer, pass: lastSms() }, 1)).toBe(true);
    expect(await servers.accepts({ ...answer, pass: lastSms() })).toBe(false);

    const again = await login('anna', PASSWORD, 1);
    expect([again.result.value, again.detail?.['linotp_tokenserial']]).toEqual([false, token.serial]);
    expect(gateway.received).toHaveLength(2);
    expect(await servers.accepts({ user: 'anna', pass: PASSWORD + lastSms() })).toBe(true);
    expect(await tokens()).toHaveLength(1);
  });

  it('by e-mail, where there is no number', async () => {
    await given('sms email');
    const { detail } = await login('bernd');
    expect(detail).toMatchObject({ message: 'e-mail sent successfully', linotp_tokentype: 'email' });
    expect(await tokens()).toMatchObject([{ type: 'email', info: { email_address: 'bernd@example.com' } }]);
    const [{ to, content = '' } = {}] = mail.received;
    expect(to).toEqual(['bernd@example.com']);
    const [pass = ''] = /\b\d{6}\b/.exec(content.slice(content.indexOf('\r\n\r\n'))) ?? [];
    expect(await servers.accepts({ user: 'bernd', pass, transactionid: detail?.transactionid ?? '' })).toBe(
      true,
    );
  });

  describe('with a PIN that is mailed', () => {
    const settled = async () => {
      for (;;) {
        const { rows } = await servers.database.query(
          `SELECT succeeded, detail, username, serial FROM audit_record
           WHERE action = 'validate/autoenrollment' AND info = '' AND number > $1`,
          [before],
        );
        if (rows.length > 0) return rows[0];
      }
    };
    const pinOf = (content = '') => /Its PIN is ([a-zA-Z0-9]+)/.exec(content)?.[1] ?? '';

    let before = 0;

    beforeEach(async () => {
      const { rows } = await servers.database.query('SELECT max(number)::int AS last FROM audit_record');
      before = rows[0].last;
    });

    it('that takes the place of the password, once the token has asked', async () => {
      await given('sms', ['notification', 'autoenrollment=email::mail'], ['enrollment', 'otp_pin_random=8']);
      const { detail } = await login('anna');
      expect(await settled()).toMatchObject({
        succeeded: true,
        detail: 'new PIN sent by e-mail',
        username: 'anna',
      });
      const [{ to, content } = {}, ...others] = mail.received;
      expect([to, others]).toEqual([['anna@example.com'], []]);
      const pin = pinOf(content);
      expect(pin).toMatch(/^[a-zA-Z0-9]{8}$/);
      const answer = { user: 'anna', transactionid: detail?.transactionid ?? '' };
      expect(await servers.accepts({ ...answer, pass: lastSms() }, 1)).toBe(true);
      expect((await login('anna', PASSWORD)).detail).toBeUndefined();
      expect((await login('anna', pin)).detail).toMatchObject({ message: 'sms submitted' });
      expect(await servers.accepts({ user: 'anna', pass: pin + lastSms() })).toBe(true);
    });

    it.each([
      [
        'that has nowhere to go',
        'dirk',
        'email',
        'Unable to notify user via email - user has no email address',
      ],
      [
        'by what sends no e-mails',
        'anna',
        'sms::gateway',
        "No notification has been sent - 'autoenrollment' provider defined?",
      ],
      [
        'by a provider that is not there',
        'anna',
        'email::gone',
        "Unable to load provider: 'gone': no email provider gone",
      ],
    ])('but not one %s: the password stays', async (_title, user, provider, why) => {
      await given('sms', ['notification', `autoenrollment=${provider}`]);
      const { detail } = await login(user);
      expect(await settled()).toMatchObject({ succeeded: false, detail: why, username: user });
      expect(mail.received).toEqual([]);
      expect(
        await servers.accepts({ user, pass: lastSms(), transactionid: detail?.transactionid ?? '' }),
      ).toBe(true);
      expect((await login(user, PASSWORD)).detail).toMatchObject({ message: 'sms submitted' });
    });

    it('is none where the token is gone again, since it could not ask', async () => {
      await given('sms', ['notification', 'autoenrollment=email']);
      gateway.answer = (response) => void response.writeHead(500).end();
      expect((await login('anna')).result.value).toBe(false);
      expect(await tokens()).toEqual([]);
      gateway.answer = OK;
      await login('anna');
      expect(await settled()).toMatchObject({ succeeded: true });
      expect(mail.received).toHaveLength(1);
    });
  });

  it('asks at once whatever PINs are', async () => {
    await given('sms', ['authentication', 'otppin=2']);
    expect((await login('anna')).detail).toMatchObject({ message: 'sms submitted' });
  });

  it('not by a wrong password, which counts: after five the right one waits, too', async () => {
    await given('sms');
    const error = `User 'anna'@'staff' failed to authenticate against userstore`;
    for (let guess = 0; guess < 5; guess++) {
      const { result, detail } = await login('anna', `wrong${guess}`, guess);
      expect([result.value, detail]).toEqual([false, { error }]);
    }
    const { result, detail } = await login('anna');
    expect([result.value, detail]).toEqual([false, { error }]);
    expect([await tokens(), gateway.received]).toEqual([[], []]);
    expect((await login('dirk')).detail).toMatchObject({ message: 'sms submitted' });
  });

  it.each([
    ['sms', 'bernd', 'missing mobile number!'],
    ['email', 'dirk', 'missing email!'],
    ['*', 'carla', 'missing sms or email!'],
  ])('not by "%s" for %s: %s', async (value, user, missing) => {
    await given(value);
    const { result, detail } = await login(user);
    const error = `auto_enrollment for user ${user} failed: ${missing}`;
    expect([result.value, detail]).toEqual([false, { error }]);
    expect(await tokens()).toEqual([]);
    expect(await lastRecords(1)).toMatchObject([{ succeeded: false, username: user, detail: error }]);
  });

  it.each(['maxtoken=0', 'maxtokenSMS=0', 'tokencount=0'])('not where %s forbids it', async (limit) => {
    await given('sms', ['enrollment', limit]);
    const { result, detail } = await login('anna');
    expect(result.value).toBe(false);
    expect(detail?.['error']).toMatch(/^auto_enrollment for user anna failed: /);
    expect([await tokens(), gateway.received]).toEqual([[], []]);
    expect(await lastRecords(1)).toMatchObject([
      { action: 'validate/check', succeeded: false, username: 'anna' },
    ]);
  });

  it('not for who has one, in whatever state and realm', async () => {
    await given('sms');
    await servers.enrol('hmac', 'MINE', { user: 'anna' });
    await changed(servers.admin, '/admin/disable', { serial: 'MINE' });
    await servers.database.query(`UPDATE token SET realms = '{}'`);
    expect(await login('anna')).toMatchObject({ result: { value: false } });
    expect(await tokens()).toMatchObject([{ serial: 'MINE' }]);
  });

  it('goes again where nothing could be sent, and the next login gets another', async () => {
    await given('sms', ['authentication', 'passOnNoToken']);
    gateway.answer = (response) => void response.writeHead(500).end();
    expect(await login('anna')).toMatchObject({ result: { status: true, value: false } });
    expect(await tokens()).toEqual([]);
    const [record] = await lastRecords(1);
    expect(record).toMatchObject({ succeeded: false, info: expect.stringMatching(/LSSM\w+ removed/) });
    gateway.answer = OK;
    expect((await login('anna', PASSWORD, 1)).detail).toMatchObject({ message: 'sms submitted' });
    expect(await tokens()).toHaveLength(1);
  });

  it('stays where another login was asked by it before the gateway refused', async () => {
    await given('sms');
    gateway.answer = (response) => {
      const spent = servers.database.query('UPDATE token SET counter = counter + 1');
      void spent.then(() => response.writeHead(500).end());
    };
    expect(await login('anna')).toMatchObject({ result: { value: false } });
    expect(await tokens()).toHaveLength(1);
  });

  it(
    'is one, of any number of first logins on two servers',
    async () => {
      await given('sms');
      for (let race = 0; race < RACES; race++) {
        await servers.database.query('DELETE FROM token');
        const answers = await Promise.all(
          Array.from({ length: 6 }, (_, node) => login('anna', PASSWORD, node)),
        );
        expect(answers.map(({ result }) => result)).toEqual(
          answers.map(() => ({ status: true, value: false })),
        );
        const [token, ...others] = await tokens();
        expect(others).toEqual([]);
        expect(answers.map(({ detail }) => detail?.['linotp_tokenserial'])).toContain(token.serial);
      }
    },
    WITHIN_MS,
  );
});
