import { type GivenHttpGateway, givenHttpGateway } from '../../../support/servers/given-http-gateway.js';
import type { GivenPolicy } from '../../../support/domain/given-policies.js';
import { PushPhone, QrPhone, readInvitation } from '../../../support/clients/phone.js';

const CALLBACK = 'https://mfa.example.test/';

/** Where apps on paired devices are told to answer: without it they are asked nothing. */
export const CALLBACKS: readonly GivenPolicy[] = [
  'qrtoken_pairing_callback_url',
  'qrtoken_challenge_callback_url',
  'pushtoken_pairing_callback_url',
  'pushtoken_challenge_callback_url',
].map((action) => ({ scope: 'authentication', action: `${action}=${CALLBACK}` }));

/** What the phones of the two owners would answer now, by the serials of their tokens. */
const newest = new Map<string, string>();

export function newestTan(owner: 0 | 1): string {
  return newest.get(`T${owner + 1}`) ?? 'there is none';
}

/** How the server is talked to. */
export interface ServerCalls {
  /** @returns the detail of the answer */
  post(path: string, form: Readonly<Record<string, string>>): Promise<Readonly<Record<string, unknown>>>;
}

/** The users' phones, and the service that brings pushes to them. */
export class Phones {
  readonly #phones = new Map<string, QrPhone | PushPhone>();

  private constructor(private readonly service: GivenHttpGateway) {}

  static async start(): Promise<Phones> {
    return new Phones(await givenHttpGateway());
  }

  /** As `/system/setProvider` takes it. */
  provider(): Readonly<Record<string, string>> {
    const config = JSON.stringify({ push_url: this.service.url });
    return { type: 'push', class: 'DefaultPushProvider', name: 'my_push', timeout: '5', config };
  }

  forget(): void {
    this.#phones.clear();
    newest.clear();
  }

  /** Pairs a phone with a new token, and answers its first question; of other types there is nothing to do. */
  async pair(
    serial: string,
    pin: string,
    { detail, calls }: { detail: unknown; calls: ServerCalls },
  ): Promise<void> {
    const { pairing_url: url } = (detail ?? {}) as { readonly pairing_url?: string };
    if (url === undefined) return;
    const invitation = readInvitation(url);
    const phone = invitation.type === 2 ? new QrPhone(invitation) : new PushPhone(invitation);
    this.#phones.set(serial, phone);
    await calls.post('/validate/pair', { pairing_response: phone.pairing() });
    const asked = await calls.post('/validate/check_s', { serial, pass: pin, data: serial });
    const id = String(asked['transactionid']);
    if (phone instanceof QrPhone) {
      this.show(asked);
      await calls.post('/validate/check_t', { transactionid: id, pass: newest.get(serial) ?? '' });
    } else {
      const { accept } = phone.read(this.#pushed());
      await calls.post('/validate/accept_transaction', { transactionid: id, signature: accept });
    }
    newest.clear();
  }

  /** A challenge is shown to the phone that it is for. */
  show({ linotp_tokenserial: serial, message }: Readonly<Record<string, unknown>>): void {
    const phone = this.#phones.get(String(serial));
    if (phone instanceof QrPhone) newest.set(String(serial), phone.read(String(message)).tan);
    if (phone instanceof PushPhone) newest.set(String(serial), phone.read(this.#pushed()).accept);
  }

  async close(): Promise<void> {
    await this.service.close();
  }

  #pushed(): string {
    const { body = '{}' } = this.service.received.at(-1) ?? {};
    return (JSON.parse(body) as { challenge: { challenge: string } }).challenge.challenge;
  }
}
