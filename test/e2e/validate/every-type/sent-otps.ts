import { type GivenHttpGateway, givenHttpGateway } from '../../../support/servers/given-http-gateway.js';
import { type GivenMailServer, givenMailServer } from '../../../support/servers/given-mail-server.js';

let newest = '';

/** The OTP of the newest message, whoever got it. */
export function newestOtp(): string {
  return newest;
}

/** Where messages go: a gateway for SMS and calls, and a mail server. */
export class Messages {
  private constructor(
    private readonly gateway: GivenHttpGateway,
    private readonly mail: GivenMailServer,
  ) {
    gateway.answer = (response, { body }) => {
      newest = body.startsWith('{')
        ? (JSON.parse(body) as { call: { otp: string } }).call.otp
        : (new URLSearchParams(body).get('sms') ?? '');
      response.end('OK');
    };
  }

  static async start(): Promise<Messages> {
    const [gateway, mail] = await Promise.all([givenHttpGateway(), givenMailServer(null)]);
    return new Messages(gateway, mail);
  }

  /** As `/system/setProvider` takes them. */
  providers(): readonly Readonly<Record<string, string>>[] {
    const { url } = this.gateway;
    const mail = { SMTP_SERVER: '127.0.0.1', SMTP_PORT: this.mail.port, EMAIL_FROM: 'mfa@example.test' };
    return [
      { type: 'sms', class: 'HttpSMSProvider', config: JSON.stringify({ URL: url }) },
      { type: 'voice', class: 'CustomVoiceProvider', config: JSON.stringify({ server_url: url }) },
      {
        type: 'email',
        class: 'linotp.provider.emailprovider.SMTPEmailProvider',
        config: JSON.stringify(mail),
      },
    ].map((provider) => ({ ...provider, name: `my_${provider.type}`, timeout: '5' }));
  }

  /** Takes the OTP out of the newest mail, where there is one. */
  read(): void {
    const [, otp] = /^(\d{6})\s*$/m.exec(this.mail.received.at(-1)?.content ?? '') ?? [];
    if (otp !== undefined) newest = otp;
    this.mail.received.length = 0;
  }

  async close(): Promise<void> {
    await Promise.all([this.gateway.close(), this.mail.close()]);
  }
}
