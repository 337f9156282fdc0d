import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { EmailMessage, Message } from '@app/realms';

import {
  type GivenProvider,
  IMPATIENT_MS,
  PATIENT_MS,
  givenDelivery,
} from '../../support/servers/given-delivery.js';
import { closedPort } from '../../support/servers/given-http-gateway.js';
import {
  type GivenMailServer,
  MAIL_USER,
  type MailTls,
  type ReceivedMail,
  givenMailServer,
} from '../../support/servers/given-mail-server.js';
import { type GivenTcpServer, givenTcpServer } from '../../support/servers/given-tcp-server.js';
import { type TestAuthority, givenAuthority } from '../../support/servers/test-authority.js';

const MAIL: EmailMessage = {
  kind: 'email',
  to: 'anna@example.com',
  subject: 'OTP for ${givenname}',
  body: 'Hello ${givenname}, ${unknown}: it is <otp> (<serial>)',
  values: { otp: '287082', serial: 'LSEM1', givenname: 'Änne' },
};
const SMS: Message = { kind: 'sms', to: '+49 170', text: 'It is 287082' };
const SENT = { kind: 'sent', provider: 'mail', status: 'e-mail sent successfully' };

describe('delivery by mail', () => {
  let folder: string;
  let authority: TestAuthority;
  let certificate: MailTls;
  let server: GivenMailServer;
  let plain: GivenMailServer;
  let wrapped: GivenMailServer;
  let rough: GivenTcpServer;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'twinlock-mail-'));
    authority = await givenAuthority(folder);
    certificate = await authority.issue('mail', 'IP:127.0.0.1');
    server = await givenMailServer(certificate);
    plain = await givenMailServer(null);
    wrapped = await givenMailServer(certificate, { secure: true });
    rough = await givenTcpServer();
  });
  afterAll(async () => {
    for (const one of [server, plain, wrapped, rough]) await one?.close();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    for (const { received } of [server, plain, wrapped]) received.length = 0;
  });

  const email = (port: number, config: object = {}): GivenProvider => ({
    type: 'email',
    class: 'linotp.provider.emailprovider.SMTPEmailProvider',
    config: { SMTP_SERVER: '127.0.0.1', SMTP_PORT: port, EMAIL_FROM: 'MFA <mfa@example.com>', ...config },
  });
  const secured = (config: object = {}) => {
    const { user, password } = MAIL_USER;
    return email(server.port, { START_TLS: true, SMTP_USER: user, SMTP_PASSWORD: password, ...config });
  };
  const sms = (port: number, config: object = {}): GivenProvider => ({
    type: 'sms',
    class: 'SmtpSMSProvider',
    config: {
      mailserver: `127.0.0.1:${port}`,
      mailsender: 'mfa@example.com',
      mailto: '<phone>@sms.example',
      MSISDN: true,
      ...config,
    },
  });
  const through = (provider: GivenProvider, message: Message = MAIL, budgetMs = PATIENT_MS) =>
    givenDelivery({ mail: provider }, { authorities: authority.file, folder }).send(message, budgetMs);
  const failed = (reason: string) => ({
    kind: 'failed',
    provider: 'mail',
    text: 'error sending e-mail',
    reason,
  });

  it('logs in after STARTTLS, and sends a text', async () => {
    await expect(through(secured())).resolves.toEqual(SENT);
    const [mail] = server.received;
    expect(mail).toMatchObject({
      from: 'mfa@example.com',
      to: ['anna@example.com'],
      user: 'twinlock',
      isSecure: true,
    });
    expect(headersOf(mail)).toMatchObject({
      from: 'MFA <mfa@example.com>',
      to: 'anna@example.com',
      subject: '=?UTF-8?Q?OTP_for_=C3=84nne?=',
      'auto-submitted': 'auto-generated',
    });
    expect(textOf(mail)).toBe('Hello Änne, ${unknown}: it is 287082 (LSEM1)');
  });

  it('speaks TLS from the start where it is configured', async () => {
    await expect(through(email(wrapped.port, { USE_SSL: 'True' }))).resolves.toEqual(SENT);
    expect(wrapped.received).toMatchObject([{ isSecure: true }]);
  });

  it('speaks without TLS where none is configured', async () => {
    await expect(through(email(server.port))).resolves.toEqual(SENT);
    expect(server.received).toMatchObject([{ isSecure: false, user: undefined }]);
  });

  it.each([
    [{ subject: '', body: '' }, {}, 'Your OTP', '287082'],
    [{ subject: '', body: 'Hello' }, { EMAIL_SUBJECT: 'No <serial>' }, 'No LSEM1', 'Hello 287082'],
    [{ subject: 'a\r\nBcc: eve@example.com' }, {}, 'a Bcc: eve@example.com', null],
    [
      { subject: '${givenname}', values: { ...MAIL.values, givenname: 'a\nBcc: e@x' } },
      {},
      'a Bcc: e@x',
      null,
    ],
  ])('of %j with %j has the subject %s', async (message, config, subject, text) => {
    await expect(through(secured(config), { ...MAIL, ...message })).resolves.toEqual(SENT);
    const [mail] = server.received;
    expect(headersOf(mail)).toMatchObject({ subject });
    expect(headersOf(mail)).not.toHaveProperty('bcc');
    expect(mail?.to).toEqual(['anna@example.com']);
    if (text !== null) expect(textOf(mail)).toBe(text);
  });

  it('keeps lines that begin with a dot', async () => {
    await through(secured(), { ...MAIL, body: '.\n..\n<otp>' });
    expect(textOf(server.received[0])).toBe('.\n..\n287082');
  });

  it.each(['anna@example.com, eve@example.com', 'anna', 'a@b> SIZE=1', 'a b@c', 'anna@example.com;eve@x.y'])(
    'is refused for the recipient %j',
    async (to) => {
      await expect(through(secured(), { ...MAIL, to })).resolves.toEqual(
        failed('the recipient is no mail address'),
      );
      expect(server.received).toEqual([]);
    },
  );

  describe('with a template', () => {
    const HTML = 'Subject: ${Subject}\nTo: ${To}\nContent-Type: text/html\n\n<b>${otp}</b> ${givenname}\n';

    it('is what the template says', async () => {
      const values = { ...MAIL.values, givenname: '<i>\r\nx' };
      await expect(through(secured({ TEMPLATE: HTML }), { ...MAIL, values })).resolves.toEqual(SENT);
      const [mail] = server.received;
      expect(headersOf(mail)).toMatchObject({
        subject: 'OTP for <i> x',
        to: 'anna@example.com',
        from: 'mfa@example.com',
        'content-type': 'text/html',
        date: expect.stringMatching(/^\w{3}, \d\d \w{3} \d{4} [\d:]{8} \+0000$/),
      });
      expect(mail?.content).toContain('<b>287082</b> &#60;i&#62; x');
    });

    it('is read from the folder of templates, and from nowhere else', async () => {
      const templates = join(folder, 'mailtemplates');
      await mkdir(`${templates}-others`, { recursive: true });
      await mkdir(join(templates, 'sub'), { recursive: true });
      await writeFile(join(templates, 'sub/otp.eml'), HTML);
      await writeFile(join(folder, 'outside.eml'), HTML);
      await writeFile(`${templates}-others/otp.eml`, HTML);
      await symlink(join(folder, 'outside.eml'), join(templates, 'link.eml'));
      await expect(through(secured({ TEMPLATE: 'file://sub/otp.eml' }))).resolves.toEqual(SENT);
      for (const name of [
        '../outside.eml',
        '../mailtemplates-others/otp.eml',
        'link.eml',
        '/etc/passwd',
        'nosuch',
        '',
        '.',
      ]) {
        await expect(through(secured({ TEMPLATE: `file://${name}` }))).resolves.toEqual(
          failed('TEMPLATE names no file below the folder of mail templates'),
        );
      }
      expect(server.received).toHaveLength(1);
    });
  });

  describe('fails', () => {
    it('where no STARTTLS is offered, and sends no password', async () => {
      const { user, password } = MAIL_USER;
      const config = { START_TLS: true, SMTP_USER: user, SMTP_PASSWORD: password };
      const seen: string[] = [];
      rough.serve = (socket) => {
        socket.write('220 mail ESMTP\r\n');
        socket.on('data', (chunk: Buffer) => {
          seen.push(chunk.toString());
          socket.write(
            chunk.toString().startsWith('EHLO') ? '250-mail\r\n250 AUTH PLAIN LOGIN\r\n' : '502 no\r\n',
          );
        });
      };
      await expect(through(email(rough.port, config))).resolves.toEqual(
        failed('the server answered STARTTLS with 502'),
      );
      expect(seen.join('')).not.toMatch(/AUTH|MAIL/);
    });

    it('where no login is offered', async () => {
      const config = { SMTP_USER: 'u', SMTP_PASSWORD: 'p' };
      await expect(through(email(plain.port, config))).resolves.toEqual(
        failed('the server offers no login (AUTH)'),
      );
      expect(plain.received).toEqual([]);
    });

    it('where the login is refused, and tells nothing that the server said', async () => {
      const found = await through(secured({ SMTP_PASSWORD: 'wrong' }));
      expect(found).toEqual(failed('the server answered AUTH PLAIN with 535'));
    });

    it.each([
      ['the sender', { onMailFrom: refuse }, 'MAIL FROM'],
      ['the recipient', { onRcptTo: refuse }, 'RCPT TO'],
      [
        'the message',
        {
          onData: (stream: NodeJS.ReadableStream, _session: unknown, done: (error?: Error) => void) => {
            stream.resume().on('end', () => refuse(null, null, done));
          },
        },
        'DATA',
      ],
    ])('where %s is refused', async (_title, more, command) => {
      const strict = await givenMailServer(null, more as never);
      try {
        const found = await through(email(strict.port));
        expect(found).toEqual(failed(`the server answered ${command} with 550`));
      } finally {
        await strict.close();
      }
    });

    it.each([
      [{ SMTP_SERVER: 'a b' }, 'SMTP_SERVER must be a host, or host:port'],
      [{ SMTP_PORT: '99999' }, 'SMTP_PORT must be a whole number up to 65535'],
      [{ START_TLS: true, USE_SSL: true }, 'START_TLS and USE_SSL exclude each other'],
      [{ EMAIL_FROM: 'a@b\r\nBcc: c@d' }, 'EMAIL_FROM is no mail address'],
      [{ TEMPLATE: 'no headers' }, 'TEMPLATE must begin with headers, as Subject: and Content-Type:'],
      [{ CERTFILE: '/nonexistent' }, 'CERTFILE cannot be read'],
    ])('with %j, and says why', async (config, reason) => {
      await expect(through(email(plain.port, config))).resolves.toEqual(failed(reason));
      expect(plain.received).toEqual([]);
    });
  });

  describe('is not available', () => {
    const UNAVAILABLE = { kind: 'unavailable', text: 'error sending e-mail' };

    it.each<[string, (other: TestAuthority) => Promise<MailTls>]>([
      ['an authority that nobody trusts', (other) => other.issue('strange', 'IP:127.0.0.1')],
      ['another name', () => authority.issue('misnamed', 'DNS:elsewhere.example')],
    ])('where the certificate is of %s', async (_title, issue) => {
      const tls = await issue(await givenAuthority(folder, 'other'));
      const upgrading = await givenMailServer(tls);
      const wrapping = await givenMailServer(tls, { secure: true });
      try {
        await expect(through(email(upgrading.port, { START_TLS: true }))).resolves.toMatchObject(UNAVAILABLE);
        await expect(through(email(wrapping.port, { USE_SSL: true }))).resolves.toMatchObject(UNAVAILABLE);
        expect([...upgrading.received, ...wrapping.received]).toEqual([]);
      } finally {
        await upgrading.close();
        await wrapping.close();
      }
    });

    it.each<[string, GivenTcpServer['serve']]>([
      ['is silent', () => undefined],
      ['greets, and is silent', (socket) => void socket.write('220 mail ESMTP\r\n')],
      ['answers half a line', (socket) => void socket.write('220 mail ES')],
    ])('where the server %s', async (_title, serve) => {
      rough.serve = serve;
      await expect(through(email(rough.port), MAIL, IMPATIENT_MS)).resolves.toMatchObject(UNAVAILABLE);
      await expect(through({ ...email(rough.port), timeout: '20,0.1' })).resolves.toMatchObject(UNAVAILABLE);
    });

    it.each<[string, GivenTcpServer['serve']]>([
      ['breaks off', (socket) => void socket.destroy()],
      ['greets, and breaks off', (socket) => void socket.end('220 mail ESMTP\r\n')],
      ['closes down', (socket) => void socket.end('421 mail closing\r\n')],
      ['speaks another protocol', (socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
      ['says very much', (socket) => void socket.write(`220-${'x'.repeat(100_000)}`)],
    ])('where the server %s', async (_title, serve) => {
      rough.serve = serve;
      await expect(through(email(rough.port))).resolves.toMatchObject(UNAVAILABLE);
    });

    it('where nobody listens', async () => {
      await expect(through(email(await closedPort()))).resolves.toMatchObject({
        ...UNAVAILABLE,
        reason: expect.stringContaining('ECONNREFUSED'),
      });
    });
  });

  describe('of SMS', () => {
    it('goes to the address of the number', async () => {
      const config = { subject: 'to <phone>', body: 'SMS to <phone>: <otp>' };
      await expect(through(sms(plain.port, config), SMS)).resolves.toMatchObject({ kind: 'sent' });
      const [mail] = plain.received;
      expect(mail).toMatchObject({ from: 'mfa@example.com', to: ['+49170@sms.example'] });
      expect(headersOf(mail)).toMatchObject({ subject: 'to +49170' });
      expect(textOf(mail)).toBe('SMS to +49170: It is 287082');
    });

    it('logs in, which LinOTP’s cannot', async () => {
      const { user, password } = MAIL_USER;
      const config = { start_tls: true, mailuser: user, mailpassword: password };
      await expect(through(sms(server.port, config), SMS)).resolves.toMatchObject({ kind: 'sent' });
      expect(server.received).toMatchObject([{ user: 'twinlock', isSecure: true }]);
    });

    it.each(['boss', '1@evil.example', '1,x', '+'])('goes to no other mailbox: %j', async (to) => {
      const config = { MSISDN: false, mailto: to === '+' ? '<phone>' : '<phone>@sms.example' };
      await expect(through(sms(plain.port, config), { ...SMS, to } as Message)).resolves.toMatchObject({
        kind: 'failed',
      });
      expect(plain.received).toEqual([]);
    });

    it('is left to the next provider, unless raise_exception is false', async () => {
      const port = await closedPort();
      await expect(through(sms(port), SMS)).resolves.toMatchObject({ kind: 'unavailable' });
      await expect(through(sms(port, { raise_exception: false }), SMS)).resolves.toMatchObject({
        kind: 'failed',
        mayHaveArrived: true,
      });
    });
  });
});

function refuse(_address: unknown, _session: unknown, done: (error?: Error) => void): void {
  done(Object.assign(new Error('echo 287082 geheim'), { responseCode: 550 }));
}

function headersOf(mail: ReceivedMail | undefined): Record<string, string> {
  const [head = ''] = mail?.content.split('\r\n\r\n') ?? [];
  const lines = head.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n');
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  );
}

/** The body of a text mail, decoded. */
function textOf(mail: ReceivedMail | undefined): string {
  const content = mail?.content ?? '';
  const body = content.slice(content.indexOf('\r\n\r\n') + 4);
  const bytes =
    headersOf(mail)['content-transfer-encoding'] === 'quoted-printable'
      ? Buffer.from(
          body
            .replaceAll(/=\r\n/g, '')
            .replaceAll(/=([0-9A-F]{2})/g, (_all, hex: string) =>
              String.fromCharCode(Number.parseInt(hex, 16)),
            ),
          'latin1',
        )
      : Buffer.from(body);
  return bytes.toString('utf8').replaceAll('\r\n', '\n').trimEnd();
}
