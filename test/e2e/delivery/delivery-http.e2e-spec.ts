import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Delivery, Message } from '@app/realms';

import {
  type GivenProvider,
  IMPATIENT_MS,
  PATIENT_MS,
  SMS,
  givenDelivery,
} from '../../support/servers/given-delivery.js';
import {
  type GivenHttpGateway,
  OK,
  type ServerTls,
  closedPort,
  givenHttpGateway,
} from '../../support/servers/given-http-gateway.js';
import { type TestAuthority, givenAuthority } from '../../support/servers/test-authority.js';

const PASSWORD = 'geheim:0815';
const VOICE: Message = {
  kind: 'voice',
  to: '+49170123',
  otp: '735221',
  template: 'It is {otp}',
  locale: 'de',
};

describe('delivery over HTTP', () => {
  let folder: string;
  let authority: TestAuthority;
  let plain: GivenHttpGateway;
  let secure: GivenHttpGateway;
  let elsewhere: GivenHttpGateway;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'twinlock-delivery-'));
    authority = await givenAuthority(folder);
    plain = await givenHttpGateway();
    elsewhere = await givenHttpGateway();
    secure = await givenHttpGateway(await authority.issue('gateway', 'IP:127.0.0.1'));
  });
  afterAll(async () => {
    for (const server of [plain, secure, elsewhere]) await server?.close();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    for (const server of [plain, secure, elsewhere]) {
      server.received.length = 0;
      server.answer = OK;
    }
  });

  const http = (config: object = {}): GivenProvider => ({
    type: 'sms',
    class: 'smsprovider.HttpSMSProvider.HttpSMSProvider',
    config: { URL: plain.url, ...config },
  });
  const rest = (config: object = {}): GivenProvider => ({
    type: 'sms',
    class: 'RestSMSProvider',
    config: { URL: plain.url, SMS_TEXT_KEY: 'text', SMS_PHONENUMBER_KEY: 'to', ...config },
  });
  const voice = (config: object = {}): GivenProvider => ({
    type: 'voice',
    class: 'CustomVoiceProvider',
    config: { server_url: plain.url, ...config },
  });
  const through = (provider: GivenProvider, message: Message = SMS, budgetMs = PATIENT_MS) =>
    givenDelivery({ gw: provider }, { authorities: authority.file }).send(message, budgetMs);
  const SENT = { kind: 'sent', provider: 'gw' };

  describe('HttpSMSProvider', () => {
    it('posts a form with number and text', async () => {
      const config = { PARAMETER: { account: 'ä&b', n: 5 }, HEADERS: { 'X-Api-Key': PASSWORD } };
      await expect(through(http(config))).resolves.toEqual({ ...SENT, status: 'SMS submitted' });
      const [request] = plain.received;
      expect(request).toMatchObject({
        method: 'POST',
        url: '/',
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-api-key': PASSWORD },
      });
      expect(Object.fromEntries(new URLSearchParams(request?.body))).toEqual({
        account: 'ä&b',
        n: '5',
        phone: '+49 170 123',
        sms: 'your OTP is 287082, naïve & öffentlich',
      });
    });

    it('asks with a query, under names of its own, and beside the one in the URL', async () => {
      const config = {
        URL: `${plain.url}send?a=1`,
        HTTP_Method: 'get',
        SMS_PHONENUMBER_KEY: 'dest',
        SMS_TEXT_KEY: 'msg',
        MSISDN: 'True',
        SUPPRESS_PREFIX: '+49',
      };
      await expect(through(http(config))).resolves.toMatchObject(SENT);
      const [request] = plain.received;
      expect(request?.method).toBe('GET');
      const query = new URL(request?.url ?? '', plain.url).searchParams;
      expect(Object.fromEntries(query)).toEqual({
        a: '1',
        dest: '170123',
        msg: 'your OTP is 287082, naïve & öffentlich',
      });
    });

    it.each([
      ['u', { USERNAME: 'u', PASSWORD }],
      ['ü', {}],
    ])('logs in with Basic as %s', async (user, config) => {
      const url = new URL(plain.url);
      Object.assign(url, { username: 'ü', password: PASSWORD });
      await through(http({ URL: url.href, ...config }));
      expect(plain.received[0]?.headers.authorization).toBe(
        `Basic ${Buffer.from(`${user}:${PASSWORD}`).toString('base64')}`,
      );
    });

    it('logs in with Digest', async () => {
      plain.answer = (response, { headers, method, url }) => {
        if (headers.authorization === undefined) {
          response.setHeader(
            'www-authenticate',
            'Digest realm="r", nonce="n1", qop="auth", algorithm=SHA-256',
          );
          response.writeHead(401).end();
          return;
        }
        const part = (name: string) =>
          new RegExp(`${name}="?([^",]*)`).exec(headers.authorization ?? '')?.[1] ?? '';
        const hash = (text: string) => createHash('sha256').update(text).digest('hex');
        const expected = hash(
          [hash(`u:r:${PASSWORD}`), 'n1', '00000001', part('cnonce'), 'auth', hash(`${method}:${url}`)].join(
            ':',
          ),
        );
        response.writeHead(part('response') === expected ? 200 : 401).end();
      };
      const config = { USERNAME: 'u', PASSWORD, AUTH_TYPE: 'DIGEST' };
      await expect(through(http(config))).resolves.toMatchObject(SENT);
      await expect(through(http({ ...config, PASSWORD: 'wrong' }))).resolves.toMatchObject({
        kind: 'failed',
        reason: 'the gateway answered with HTTP status 401',
      });
    });

    it.each<[object, string, 'sent' | 'failed' | 'doubtful']>([
      [{ RETURN_SUCCESS_REGEX: '^ID: \\d+$' }, 'ID: 12', 'sent'],
      [{ RETURN_SUCCESS_REGEX: 'D: \\d' }, 'ID: 12', 'sent'],
      [{ RETURN_SUCCESS_REGEX: '^ID: \\d+$' }, 'ID: x', 'doubtful'],
      [{ RETURN_SUCCESS_REGEX: 'OK', RETURN_FAIL_REGEX: 'OK' }, 'OK', 'sent'],
      [{ RETURN_FAIL_REGEX: 'ERR', RETURN_SUCCESS: 'OK' }, 'all fine', 'sent'],
      [{ RETURN_FAIL_REGEX: 'ERR', RETURN_SUCCESS: 'OK' }, 'OK ERR 5', 'failed'],
      [{ RETURN_SUCCESS: 'OK' }, 'OK 1', 'sent'],
      [{ RETURN_SUCCESS: 'OK' }, 'not OK', 'doubtful'],
      [{ RETURN_FAIL: 'ERR' }, 'no ERR', 'sent'],
      [{ RETURN_FAIL: 'ERR' }, 'ERR', 'failed'],
      [{ RETURN_SUCCESS: '' }, 'ERR', 'sent'],
    ])('with %j takes %j for %s', async (config, answer, kind) => {
      plain.answer = (response) => void response.end(answer);
      const found = await through(http(config));
      expect(found.kind).toBe(kind === 'sent' ? 'sent' : 'failed');
      if (found.kind === 'failed') {
        expect(found.mayHaveArrived ?? false).toBe(kind === 'doubtful');
        expect(found.text).toBe('Failed to send SMS. We received a none success reply from the SMS Gateway.');
      }
    });

    it('takes a status of 400 and more for a failure, unless the configuration says otherwise', async () => {
      plain.answer = (response) => void response.writeHead(500).end('OK');
      await expect(through(http({ RETURN_SUCCESS: 'OK' }))).resolves.toMatchObject({ kind: 'failed' });
      const tolerant = http({ RETURN_SUCCESS: 'OK', IGNORE_HTTP_STATUS: true });
      await expect(through(tolerant)).resolves.toMatchObject({ kind: 'sent' });
    });

    it.each<[object, string]>([
      [{ URL: 'file:///etc/passwd' }, 'URL is no http or https URL'],
      [{ RETURN_SUCCESS_REGEX: '(?=x)' }, 'RETURN_SUCCESS_REGEX cannot be read as an expression'],
      [{ RETURN_FAIL_REGEX: '.{900}.{900}' }, 'RETURN_FAIL_REGEX repeats too much'],
      [{ HEADERS: { 'X-A': 'a\r\nX-B: b' } }, 'HEADERS holds what no HTTP header may hold'],
      [{ HEADERS: { Host: 'elsewhere' } }, 'HEADERS must not hold host'],
      [{ HTTP_Method: 'PUT' }, 'HTTP_Method must be POST or GET'],
      [{ PARAMETER: 'x' }, 'PARAMETER must be a JSON object'],
      [{ MSISDN: 'perhaps' }, 'MSISDN must be true or false'],
      [{ TIMEOUT: '1,2,3' }, 'TIMEOUT must be seconds, or connect,read'],
      [{ SERVER_CERTIFICATE: '/nonexistent' }, 'SERVER_CERTIFICATE cannot be read'],
    ])('says of %j what is wrong, and sends nothing', async (config, reason) => {
      const text = 'sending sms failed';
      await expect(through(http(config))).resolves.toEqual({ kind: 'failed', provider: 'gw', text, reason });
      expect(plain.received).toEqual([]);
    });
  });

  describe('RestSMSProvider', () => {
    it('posts JSON with number and text in their places', async () => {
      const config = {
        URL: `${plain.url}v1, ${elsewhere.url}`,
        PAYLOAD: { from: 'T', text: 'Hi: <message>', recipients: [{ msisdn: 0 }] },
        SMS_PHONENUMBER_KEY: 'recipients[0].msisdn',
        MSISDN: true,
        USERNAME: 'u',
        PASSWORD,
      };
      await expect(through(rest(config))).resolves.toMatchObject(SENT);
      const [request] = plain.received;
      expect(request).toMatchObject({
        method: 'POST',
        url: '/v1',
        headers: { 'content-type': 'application/json' },
      });
      expect(request?.headers.authorization).toMatch(/^Basic /);
      expect(JSON.parse(request?.body ?? '')).toEqual({
        from: 'T',
        text: 'Hi: your OTP is 287082, naïve & öffentlich',
        recipients: [{ msisdn: '+49170123' }],
      });
      expect(elsewhere.received).toEqual([]);
    });

    it('lets no text out of its place', async () => {
      await through(rest(), { kind: 'sms', to: '1","admin":"1', text: '"}\n<phone> $&' });
      expect(JSON.parse(plain.received[0]?.body ?? '')).toEqual({
        text: '"}\n<phone> $&',
        to: '1","admin":"1',
      });
    });
  });

  describe('CustomVoiceProvider', () => {
    it('posts the call', async () => {
      const twilioConfig = { accountSid: 'A', authToken: PASSWORD, callerNumber: '+1' };
      await expect(through(voice({ twilioConfig }), VOICE)).resolves.toEqual({
        ...SENT,
        status: 'voice call triggered',
      });
      expect(JSON.parse(plain.received[0]?.body ?? '')).toEqual({
        call: {
          calleeNumber: '+49170123',
          messageTemplate: 'It is {otp}',
          otp: '735221',
          locale: 'de',
          twilioConfig: { ...twilioConfig, voice: 'alice' },
        },
      });
    });

    it.each([{ accountSid: 'A' }, { accountSid: 'A', authToken: 'x', callerNumber: '+1', more: 1 }])(
      'refuses the Twilio account %j',
      async (twilioConfig) => {
        await expect(through(voice({ twilioConfig }), VOICE)).resolves.toMatchObject({
          kind: 'failed',
          text: 'triggering voice call failed',
          reason: expect.stringContaining('twilioConfig'),
        });
        expect(plain.received).toEqual([]);
      },
    );
  });

  describe('over TLS', () => {
    it('reaches a server of the operator’s authorities', async () => {
      await expect(through(http({ URL: secure.url }))).resolves.toMatchObject(SENT);
      expect(secure.received).toHaveLength(1);
    });

    it.each<[string, (other: TestAuthority) => Promise<ServerTls>]>([
      ['an authority that nobody trusts', (other) => other.issue('strange', 'IP:127.0.0.1')],
      ['another name', () => authority.issue('misnamed', 'DNS:elsewhere.example')],
    ])('sends nothing to a server with a certificate of %s', async (_title, issue) => {
      const other = await givenAuthority(folder, 'other');
      const server = await givenHttpGateway(await issue(other));
      try {
        for (const [provider, message] of [
          [http({ URL: server.url }), SMS],
          [rest({ URL: server.url }), SMS],
          [voice({ server_url: server.url }), VOICE],
        ] as const) {
          const found = await through(provider, message);
          expect(found.kind).toBe('unavailable');
        }
        expect(server.received).toEqual([]);
        // The one way to switch it off, which the configuration has to say.
        await expect(through(http({ URL: server.url, SERVER_CERTIFICATE: false }))).resolves.toMatchObject(
          SENT,
        );
      } finally {
        await server.close();
      }
    });

    it('trusts the authority that a provider names, and shows its certificate', async () => {
      const { certificate, key } = await authority.issue('client', 'DNS:client');
      const both = join(folder, 'both.pem');
      await writeFile(both, (await readFile(certificate, 'utf8')) + (await readFile(key, 'utf8')));
      const server = await givenHttpGateway({
        ...(await authority.issue('demanding', 'IP:127.0.0.1')),
        clients: authority.file,
      });
      const config = { URL: server.url, SERVER_CERTIFICATE: authority.file };
      try {
        const strict = (more: object) => givenDelivery({ gw: http({ ...config, ...more }) }).send(SMS);
        await expect(strict({ CLIENT_CERTIFICATE_FILE: both })).resolves.toMatchObject(SENT);
        expect(server.received).toMatchObject([{ certificate: 'client' }]);
        await expect(strict({})).resolves.toMatchObject({ kind: 'unavailable' });
        expect(server.received).toHaveLength(1);
      } finally {
        await server.close();
      }
    });
  });

  describe('through a proxy', () => {
    it('asks it for a plain server', async () => {
      const proxy = elsewhere.url.replace('//', '//u:p@');
      await expect(
        through(http({ PROXY: { http: proxy, https: 'http://127.0.0.1:1' } })),
      ).resolves.toMatchObject(SENT);
      expect(plain.received).toEqual([]);
      expect(elsewhere.received).toMatchObject([
        {
          url: plain.url,
          headers: { 'proxy-authorization': `Basic ${btoa('u:p')}`, host: new URL(plain.url).host },
        },
      ]);
    });

    it('goes through it to a server with TLS, whose certificate counts', async () => {
      await expect(
        through(http({ URL: secure.url, PROXY: `127.0.0.1:${elsewhere.port}` })),
      ).resolves.toMatchObject(SENT);
      expect(elsewhere.received).toMatchObject([{ method: 'CONNECT', url: `127.0.0.1:${secure.port}` }]);
      expect(secure.received).toHaveLength(1);
      const untrusting = givenDelivery({ gw: http({ URL: secure.url, PROXY: elsewhere.url }) });
      await expect(untrusting.send(SMS)).resolves.toMatchObject({ kind: 'unavailable' });
      expect(secure.received).toHaveLength(1);
    });

    it('sends nothing when it opens no way', async () => {
      const proxy = `http://127.0.0.1:${await closedPort()}`;
      await expect(through(http({ PROXY: proxy }))).resolves.toMatchObject({ kind: 'unavailable' });
      expect(plain.received).toEqual([]);
    });
  });

  describe.each([
    ['HttpSMSProvider', () => http(), SMS],
    ['RestSMSProvider', () => rest(), SMS],
    ['CustomVoiceProvider', () => voice(), VOICE],
  ] as const)('%s', (_class, provider, message) => {
    const texts = {
      sms: "unable to connect to any SMSProvider ['gw']",
      voice: 'triggering voice call failed',
    };
    const UNAVAILABLE = { kind: 'unavailable', text: texts[message.kind as 'sms' | 'voice'] };

    it.each<[string, GivenHttpGateway['answer']]>([
      ['says nothing', () => undefined],
      [
        'begins and goes no further',
        (response) => void response.writeHead(200, { 'content-length': 99 }).write('OK'),
      ],
    ])('is unavailable when its server %s', async (_title, answer) => {
      plain.answer = answer;
      await expect(through(provider(), message, IMPATIENT_MS)).resolves.toMatchObject(UNAVAILABLE);
    });

    it('is unavailable when its own timeout is over', async () => {
      plain.answer = () => undefined;
      const found = await through({ ...provider(), timeout: '20,0.1' }, message);
      expect(found).toMatchObject({ ...UNAVAILABLE, reason: 'gw: no answer in time' });
    });

    it.each<[string, GivenHttpGateway['answer']]>([
      ['breaks off', ({ socket }) => void socket?.destroy()],
      [
        'breaks off in the middle',
        (response) => {
          response.writeHead(200, { 'content-length': 99 });
          response.write('OK', () => response.socket?.destroy());
        },
      ],
      ['speaks something else', ({ socket }) => void socket?.end('220 mail.example ESMTP\r\n')],
    ])('is unavailable when its server %s', async (_title, answer) => {
      plain.answer = answer;
      await expect(through(provider(), message)).resolves.toMatchObject(UNAVAILABLE);
    });

    it('is unavailable when nobody listens', async () => {
      const url = `http://127.0.0.1:${await closedPort()}/`;
      const gone = { ...provider(), config: { ...provider().config, URL: url, server_url: url } };
      const found = await through(gone, message);
      expect(found).toMatchObject({ ...UNAVAILABLE, reason: expect.stringContaining('ECONNREFUSED') });
    });

    it.each([301, 302, 307, 400, 401, 404, 500, 503])('fails with status %i', async (status) => {
      plain.answer = (response) =>
        void response.writeHead(status, { location: elsewhere.url }).end(`echo ${PASSWORD} 287082`);
      const found = await through(provider(), message);
      expect(found).toMatchObject({ kind: 'failed', reason: expect.stringContaining(String(status)) });
      expect('mayHaveArrived' in found).toBe(status < 400);
      expect(JSON.stringify(found)).not.toMatch(/287082|geheim/);
      expect(elsewhere.received).toEqual([]);
    });

    it('reads no long answers', async () => {
      plain.answer = (response) => {
        const chunk = 'OK'.repeat(32_000);
        const more = () => {
          while (!response.destroyed) {
            if (!response.write(chunk)) return void response.once('drain', more);
          }
        };
        more();
      };
      await expect(through(provider(), message)).resolves.toMatchObject({ kind: 'sent' });
    });
  });

  it('does not judge what it has not read to the end', async () => {
    plain.answer = (response) => void response.end(`OK${' '.repeat(40_000)}ERR`);
    for (const config of [{ RETURN_SUCCESS: 'OK' }, { RETURN_FAIL_REGEX: 'ERR' }]) {
      await expect(through(http(config))).resolves.toMatchObject({
        kind: 'failed',
        reason: 'the answer of the gateway is too long',
      });
    }
  });

  it.each(['', 'x'.repeat(255), '+49\r\n1', '+49\u2028'])('sends nothing to %j', async (to) => {
    const found: Delivery = await through(http(), { kind: 'sms', to, text: 'x' });
    expect(found).toMatchObject({ kind: 'failed', reason: 'the recipient is no number or address' });
    expect(plain.received).toEqual([]);
  });
});
