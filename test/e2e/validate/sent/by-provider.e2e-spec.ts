import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { changed } from '../../../faults/given-users.js';
import {
  type GivenHttpGateway,
  OK,
  closedPort,
  givenHttpGateway,
} from '../../../support/servers/given-http-gateway.js';
import {
  type GivenMailServer,
  MAIL_USER,
  givenMailServer,
} from '../../../support/servers/given-mail-server.js';
import {
  type GivenMessageCentre,
  givenMessageCentre,
} from '../../../support/servers/given-message-centre.js';
import { givenAuthority } from '../../../support/servers/test-authority.js';
import { type SendingServers, givenSendingServers } from './sending-servers.js';

const WITHIN_MS = 60_000;
const PHONE = '+49 170 1';

/** A login, the policy that it is under, and the provider whose counterpart the message arrives at. */
interface Way {
  readonly type: 'sms' | 'email' | 'voice';
  readonly login: string;
  readonly action: string;
  readonly provider: string;
}

const WAYS: readonly Way[] = [
  { type: 'sms', login: 'anna', action: '', provider: 'http' },
  { type: 'sms', login: 'bernd', action: 'sms_provider=rest', provider: 'rest' },
  { type: 'sms', login: 'carla', action: 'sms_provider=smpp', provider: 'smpp' },
  { type: 'sms', login: 'dirk', action: 'sms_provider=mailed', provider: 'mailed' },
  { type: 'email', login: 'emil', action: '', provider: 'plain' },
  { type: 'email', login: 'frida', action: 'email_provider=starttls', provider: 'starttls' },
  { type: 'voice', login: 'hans', action: 'voice_provider=second', provider: 'second' },
];
const AWAY: readonly Way[] = [
  { type: 'sms', login: 'ida', action: 'sms_provider=away smpp', provider: 'smpp' },
  { type: 'sms', login: 'jens', action: 'sms_provider=away mailed http', provider: 'mailed' },
];

/** Each provider's counterpart is a server of its own; what a user reads there is what is typed back. */
describe('logins by OTPs that are sent, through every kind of provider', () => {
  let servers: SendingServers;
  let folder: string;
  let http: GivenHttpGateway;
  let rest: GivenHttpGateway;
  let voice: GivenHttpGateway;
  let otherVoice: GivenHttpGateway;
  let centre: GivenMessageCentre;
  let smsMail: GivenMailServer;
  let mail: GivenMailServer;
  let otherMail: GivenMailServer;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'twinlock-by-provider-'));
    const authority = await givenAuthority(folder);
    const certificate = await authority.issue('mail', 'IP:127.0.0.1');
    const logins = [...WAYS, ...AWAY].map(({ login }) => login);
    [servers, http, rest, voice, otherVoice, centre, smsMail, mail, otherMail] = await Promise.all([
      givenSendingServers(
        Object.fromEntries([...logins, 'patient', 'stranded', 'flooded'].map((login) => [login, ''])),
      ),
      givenHttpGateway(),
      givenHttpGateway(),
      givenHttpGateway(),
      givenHttpGateway(),
      givenMessageCentre(),
      givenMailServer(null),
      // It takes nothing from somebody who has not logged in.
      givenMailServer(certificate, { authOptional: false }),
      givenMailServer(null),
    ]);
    // The first of each type is the default one.
    await servers.giveProvider('sms', 'http', 'HttpSMSProvider', { URL: http.url });
    await servers.giveProvider('sms', 'rest', 'RestSMSProvider', {
      URL: rest.url,
      PAYLOAD: { message: { text: 'Code: <message>' } },
      SMS_TEXT_KEY: 'message.text',
      SMS_PHONENUMBER_KEY: 'to[0]',
    });
    await servers.giveProvider('sms', 'smpp', 'SMPPSMSProvider', {
      server: '127.0.0.1',
      port: centre.port,
      system_id: 'twinlock',
      password: 'geheim08',
    });
    await servers.giveProvider('sms', 'mailed', 'SmtpSMSProvider', {
      mailserver: `127.0.0.1:${smsMail.port}`,
      mailsender: 'mfa@example.com',
      mailto: '<phone>@sms.example',
      MSISDN: true,
    });
    await servers.giveProvider('sms', 'away', 'HttpSMSProvider', {
      URL: `http://127.0.0.1:${await closedPort()}/`,
    });
    await servers.giveProvider('email', 'plain', 'SMTPEmailProvider', {
      SMTP_SERVER: `127.0.0.1:${otherMail.port}`,
    });
    await servers.giveProvider('email', 'starttls', 'SMTPEmailProvider', {
      SMTP_SERVER: `127.0.0.1:${mail.port}`,
      START_TLS: true,
      SMTP_USER: MAIL_USER.user,
      SMTP_PASSWORD: MAIL_USER.password,
      SERVER_CERTIFICATE: authority.file,
    });
    await servers.giveProvider('voice', 'first', 'CustomVoiceProvider', { server_url: otherVoice.url });
    await servers.giveProvider('voice', 'second', 'CustomVoiceProvider', { server_url: voice.url });
  }, WITHIN_MS);

  afterEach(async () => {
    http.answer = OK;
    for (const { received } of [http, rest, voice, otherVoice, centre, smsMail, mail, otherMail]) {
      received.length = 0;
    }
    await servers.policies();
  });

  afterAll(async () => {
    await servers?.close();
    for (const one of [http, rest, voice, otherVoice, centre, smsMail, mail, otherMail]) await one?.close();
    await rm(folder, { recursive: true, force: true });
  }, WITHIN_MS);

  const smsOf = ({ body }: { readonly body: string }) => new URLSearchParams(body).get('sms') ?? '';
  const textOf = ({ content }: { readonly content: string }) => content.slice(content.indexOf('\r\n\r\n'));
  const arrivals: Readonly<Record<string, () => readonly string[]>> = {
    http: () => http.received.map(smsOf),
    rest: () =>
      rest.received.map(({ body }) => (JSON.parse(body) as { message: { text: string } }).message.text),
    smpp: () => centre.received.map(({ text }) => text),
    mailed: () => smsMail.received.map(textOf),
    plain: () => otherMail.received.map(textOf),
    starttls: () =>
      mail.received.map((one) => {
        expect(one).toMatchObject({ isSecure: true, user: MAIL_USER.user });
        return textOf(one);
      }),
    first: () => otherVoice.received.map(({ body }) => body),
    second: () => voice.received.map(({ body }) => (JSON.parse(body) as { call: { otp: string } }).call.otp),
  };

  /** As somebody reads it: six digits that stand alone. @throws Error where anything arrived anywhere else */
  function readAt(provider: string): string {
    const found = Object.entries(arrivals).flatMap(([name, texts]) =>
      texts().map((text) => [name, /(?<!\d)\d{6}(?!\d)/.exec(text)?.[0] ?? '']),
    );
    const [only, ...others] = found;
    if (!only || others.length > 0 || only[0] !== provider) {
      throw new Error(`not one message at ${provider} alone: ${JSON.stringify(found)}`);
    }
    return only[1] ?? '';
  }

  const enrol = (type: Way['type'], login: string) =>
    servers.enrol(type, login.toUpperCase(), {
      user: login,
      ...(type === 'email' ? { email_address: `${login}@example.com` } : { phone: PHONE }),
    });

  async function logsInBy(login: string, provider: string): Promise<void> {
    const transactionid = await servers.trigger({ user: login });
    const pass = readAt(provider);
    const wrong = pass === '000000' ? '000001' : '000000';
    expect(await servers.accepts({ user: login, pass: wrong, transactionid })).toBe(false);
    const verdicts = await Promise.all(
      [0, 1, 0].map((node) => servers.accepts({ user: login, pass, transactionid }, node)),
    );
    expect(verdicts.filter(Boolean)).toHaveLength(1);
    expect(await servers.accepts({ user: login, pass: `pin${pass}` })).toBe(false);
  }

  it.each(WAYS)('$type by $action: the OTP is read at $provider, and good once', async (way) => {
    await enrol(way.type, way.login);
    await servers.policies(...(way.action === '' ? [] : [way.action]));
    await logsInBy(way.login, way.provider);
  });

  it.each(AWAY)('sms by $action: the next one sends where the first is away', async (way) => {
    await enrol('sms', way.login);
    await servers.policies(way.action);
    await logsInBy(way.login, way.provider);
  });

  describe('with the limit of triggers', () => {
    const triggers = async (login: string, times: number) => {
      const answers: unknown[] = [];
      for (let time = 0; time < times; time++) {
        const { detail } = await servers.call('check', { user: login, pass: 'pin' }, time);
        answers.push(detail?.transactionid);
        await servers.passTime(login.toUpperCase());
      }
      return answers.filter(Boolean).length;
    };

    beforeAll(() => changed(servers.admin, '/system/setConfig', { ChallengesPerToken: '5' }));
    afterAll(() => changed(servers.admin, '/system/setConfig', { ChallengesPerToken: '100' }));

    it('do not count what a provider refused', async () => {
      await enrol('sms', 'patient');
      http.answer = (response) => void response.writeHead(500).end();
      expect(await triggers('patient', 6)).toBe(0);
      expect(http.received).toHaveLength(6);
      http.answer = OK;
      http.received.length = 0;
      await logsInBy('patient', 'http');
      await servers.passTime('PATIENT');
      expect(await triggers('patient', 6)).toBe(4);
    });

    it('do not count what no provider was connected for', async () => {
      await enrol('sms', 'stranded');
      await servers.policies('sms_provider=closed');
      await servers.giveProvider('sms', 'closed', 'HttpSMSProvider', {
        URL: `http://127.0.0.1:${await closedPort()}/`,
      });
      expect(await triggers('stranded', 12)).toBe(0);
      await servers.policies();
      await logsInBy('stranded', 'http');
    });

    it('count what may have arrived although it seems to have failed', async () => {
      await enrol('sms', 'flooded');
      await servers.giveProvider('sms', 'strict', 'HttpSMSProvider', {
        URL: http.url,
        RETURN_SUCCESS: 'never',
      });
      await servers.policies('sms_provider=strict');
      expect(await triggers('flooded', 7)).toBe(0);
      expect(http.received).toHaveLength(5);
    });
  });
});
