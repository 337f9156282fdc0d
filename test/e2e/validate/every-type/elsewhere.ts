import type { Fields } from '../../../support/clients/admin-agent.js';
import { type GivenHttpGateway, givenHttpGateway } from '../../../support/servers/given-http-gateway.js';
import {
  ACCEPT,
  type GivenRadiusServer,
  REJECT,
  givenRadiusServer,
} from '../../../support/servers/given-radius-server.js';
import {
  type GivenYubicoServer,
  YUBICO_ID,
  YUBICO_SECRET,
  givenYubicoServer,
} from '../../../support/servers/given-yubico-server.js';

export const SHARED_SECRET = 's3cret & more';
/** Each is good once, at any of the servers. */
export const CODES = ['482913', '771205'] as const;
export const DEVICES = [
  { publicId: 'vvccccccdefg', keyHex: '00112233445566778899aabbccddeeff' },
  { publicId: 'vvccccccdefh', keyHex: 'ffeeddccbbaa99887766554433221100' },
] as const;

/** The servers that know the OTPs of some types: LinOTP's API, RADIUS, and Yubico's protocol. */
export class Elsewhere {
  readonly #spent = new Set<string>();

  private constructor(
    private readonly http: GivenHttpGateway,
    private readonly radius: GivenRadiusServer,
    private readonly yubico: GivenYubicoServer,
  ) {
    http.answer = (response, { body }) => {
      const value = this.#takes(new URLSearchParams(body).get('pass') ?? '');
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ id: 0, result: { status: true, value } }));
    };
    radius.answer = (request) => [request.answer(this.#takes(request.password) ? ACCEPT : REJECT)];
  }

  static async start(): Promise<Elsewhere> {
    const keys = Object.fromEntries(DEVICES.map(({ publicId, keyHex }) => [publicId, keyHex]));
    return new Elsewhere(
      await givenHttpGateway(),
      await givenRadiusServer(SHARED_SECRET),
      await givenYubicoServer(keys),
    );
  }

  /** For `/system/setConfig`. */
  settings(): Fields {
    return { 'yubico.url': this.yubico.url, 'yubico.id': YUBICO_ID, 'yubico.secret': YUBICO_SECRET };
  }

  /** Where they are, for `/admin/init`. */
  places(type: string): Fields {
    switch (type) {
      case 'remote':
        return { 'remote.server': this.http.url };
      case 'radius':
        return { 'radius.server': `127.0.0.1:${this.radius.port}` };
      default:
        return {};
    }
  }

  /** What was spent is good again. */
  forget(): void {
    this.#spent.clear();
    this.yubico.forget();
  }

  async close(): Promise<void> {
    await Promise.all([this.http.close(), this.radius.close(), this.yubico.close()]);
  }

  #takes(code: string): boolean {
    const isNew = CODES.some((one) => one === code) && !this.#spent.has(code);
    this.#spent.add(code);
    return isNew;
  }
}
