import { changed } from '../../../faults/given-users.js';
import { type AdminAgent, type Fields } from '../../../support/clients/admin-agent.js';
import { PushPhone, QrPhone, readInvitation } from '../../../support/clients/phone.js';
import {
  type CreationOptions,
  type RequestOptions,
  SecurityKey,
} from '../../../support/clients/security-key.js';
import { U2fDevice, type U2fRequest, shownTokens, shownU2f } from '../../../support/clients/u2f-device.js';
import { type UserAgent, userAgent } from '../../../support/clients/user-agent.js';
import { type GivenHttpGateway, givenHttpGateway } from '../../../support/servers/given-http-gateway.js';
import {
  type GivenRadiusServer,
  REJECT,
  givenRadiusServer,
} from '../../../support/servers/given-radius-server.js';
import { PIN } from './usual.js';

const RP_ID = 'sso.example.test';
const CALLBACK = 'https://localhost/callback';
/** Until all cases are over. */
const VALID_SECONDS = '1000000';

/** Tokens of Anna's: with devices that are asked something, and with some that are not known yet. */
export const DEVICE_TOKENS = {
  key: 'ANNAKEY',
  newKey: 'ANNANEWKEY',
  u2f: 'ANNAU2F',
  qr: 'ANNAQR',
  newQr: 'ANNANEWQR',
  push: 'ANNAPUSH',
  newPush: 'ANNANEWPUSH',
  radius: 'ANNARADIUS',
} as const;

export const DEVICE_POLICIES = [
  { scope: 'enrollment', action: `fido2_rp_id=${RP_ID}` },
  ...['qrtoken_pairing', 'qrtoken_challenge', 'pushtoken_pairing', 'pushtoken_challenge'].map((what) => ({
    scope: 'authentication',
    action: `${what}_callback_url=${CALLBACK}`,
  })),
];
export const DEVICE_RIGHTS = 'enrollFIDO2, enrollQR, enrollPUSH';

/** What a device was asked, which is answered anew in each case. */
interface Asked<T> {
  readonly id: string;
  readonly request: T;
}

/** Devices of a user, as they stand when cases begin: what they were asked they may answer. */
export class GivenDevices {
  readonly key = new SecurityKey();
  readonly u2f = new U2fDevice();
  readonly radius: GivenRadiusServer;
  readonly #gateway: GivenHttpGateway;
  #creation: CreationOptions | undefined;
  #assertion: Asked<RequestOptions> | undefined;
  #signing: Asked<U2fRequest> | undefined;
  #qr: Asked<ReturnType<QrPhone['read']>> | undefined;
  #push: Asked<ReturnType<PushPhone['read']>> | undefined;
  #newPhones: { readonly qr: QrPhone; readonly push: PushPhone } | undefined;

  private constructor(
    private readonly url: string,
    private readonly admin: AdminAgent,
    peers: { readonly radius: GivenRadiusServer; readonly gateway: GivenHttpGateway },
  ) {
    this.radius = peers.radius;
    this.radius.answer = REJECTS;
    this.#gateway = peers.gateway;
  }

  /** @param password of the user `anna@alpha` */
  static async at(url: string, admin: AdminAgent, password: string): Promise<GivenDevices> {
    const [radius, gateway] = await Promise.all([givenRadiusServer(RADIUS_SECRET), givenHttpGateway()]);
    const devices = new GivenDevices(url, admin, { radius, gateway });
    try {
      await devices.#give(password);
      return devices;
    } catch (error) {
      await devices.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await Promise.all([this.radius.close(), this.#gateway.close()]);
  }

  get creation(): CreationOptions {
    return known(this.#creation);
  }

  get assertion(): Asked<RequestOptions> {
    return known(this.#assertion);
  }

  get signing(): Asked<U2fRequest> {
    return known(this.#signing);
  }

  get qr(): Asked<ReturnType<QrPhone['read']>> {
    return known(this.#qr);
  }

  get push(): Asked<ReturnType<PushPhone['read']>> {
    return known(this.#push);
  }

  get newPhones(): { readonly qr: QrPhone; readonly push: PushPhone } {
    return known(this.#newPhones);
  }

  /** Right values of parameters, of any of the devices. */
  usual(): Readonly<Record<string, readonly string[]>> {
    const { assertion, signing, qr, push, newPhones } = this;
    const passes = [
      JSON.stringify(this.key.get(assertion.request)),
      this.u2f.signed(signing.request),
      this.u2f.asserted(signing.request),
      qr.request.tan,
      qr.request.signature,
    ];
    return {
      attestationResponse: [JSON.stringify(new SecurityKey().create(this.creation))],
      pairing_response: [newPhones.qr.pairing(), newPhones.push.pairing()],
      signature: [push.request.accept, push.request.deny],
      transactionid: [assertion, signing, qr, push].map(({ id }) => id),
      pass: passes,
      serial: Object.values(DEVICE_TOKENS),
    };
  }

  async #give(password: string): Promise<void> {
    for (const type of ['Default', 'FIDO2', 'QR', 'Push'])
      await changed(this.admin, '/system/setConfig', { [`${type}ChallengeValidityTime`]: VALID_SECONDS });
    await this.#keys(await userAgent(this.url, 'anna@alpha', password));
    await this.#phones();
    await changed(this.admin, '/admin/init', {
      type: 'radius',
      serial: DEVICE_TOKENS.radius,
      'radius.server': `127.0.0.1:${this.radius.port}`,
      'radius.user': 'anna',
      'radius.secret': RADIUS_SECRET,
      'radius.local_checkpin': '1',
      ...ANNA,
    });
  }

  async #keys(anna: UserAgent): Promise<void> {
    const [registered, later] = [DEVICE_TOKENS.key, DEVICE_TOKENS.newKey];
    const begun = async (serial: string) => {
      const { body, text } = await anna.post('/userservice/enroll', { type: 'fido2', serial, pin: PIN });
      if (!body.detail?.registerrequest) throw new Error(text);
      return body.detail.registerrequest as CreationOptions;
    };
    const attestationResponse = this.key.create(await begun(registered));
    const { text } = await anna.post('/userservice/fido2_activate_finish', {
      serial: registered,
      attestationResponse,
    });
    if (!text.includes('"value": true')) throw new Error(text);
    this.#creation = await begun(later);
    this.#assertion = await this.#asked(registered, 'signrequest');
    const owner = { 'User.username': 'anna', 'LinOtp.RealmNames': ['alpha'] };
    const file = shownTokens([shownU2f(DEVICE_TOKENS.u2f, this.u2f, owner)]);
    await this.admin.upload('/admin/loadtokens', { type: 'u2f', enable: 'true' }, file);
    await changed(this.admin, '/admin/set', { serial: DEVICE_TOKENS.u2f, pin: PIN });
    this.#signing = await this.#asked(DEVICE_TOKENS.u2f, 'signrequest');
  }

  async #phones(): Promise<void> {
    await changed(this.admin, '/system/setProvider', {
      name: 'pushes',
      type: 'push',
      class: 'DefaultPushProvider',
      timeout: '5',
      config: JSON.stringify({ push_url: this.#gateway.url }),
    });
    const { qr, newQr, push, newPush } = DEVICE_TOKENS;
    const scanner = new QrPhone(await this.#invited('qr', qr));
    await this.#call('pair', { pairing_response: scanner.pairing() });
    const first = await this.#asked<string>(qr, 'message');
    await this.#call('check_t', { transactionid: first.id, pass: scanner.read(first.request).tan });
    const second = await this.#asked<string>(qr, 'message');
    this.#qr = { id: second.id, request: scanner.read(second.request) };
    const told = new PushPhone(await this.#invited('push', push));
    await this.#call('pair', { pairing_response: told.pairing() });
    const { id } = await this.#asked(push, 'message');
    await this.#call('accept_transaction', {
      transactionid: id,
      signature: told.read(this.#pushed()).accept,
    });
    const next = await this.#asked(push, 'message');
    this.#push = { id: next.id, request: told.read(this.#pushed()) };
    this.#newPhones = {
      qr: new QrPhone(await this.#invited('qr', newQr)),
      push: new PushPhone(await this.#invited('push', newPush)),
    };
  }

  async #invited(type: string, serial: string) {
    const { body, text } = await this.admin.post('/admin/init', { type, serial, ...ANNA });
    if (!body.detail?.pairing_url) throw new Error(text);
    return readInvitation(body.detail.pairing_url);
  }

  /** Asks by the PIN; a device that is being paired is shown its serial. @param what of the detail is the question */
  async #asked<T>(serial: string, what: string): Promise<Asked<T>> {
    const answer = await this.#call('check_s', { serial, pass: PIN, data: serial });
    const { detail } = JSON.parse(answer) as { readonly detail?: Readonly<Record<string, unknown>> };
    const { transactionid: id, [what]: request } = detail ?? {};
    if (typeof id !== 'string' || request === undefined) throw new Error(`${serial}: ${answer}`);
    return { id, request: request as T };
  }

  #pushed(): string {
    const { challenge } = JSON.parse(this.#gateway.received.at(-1)?.body ?? '{}') as {
      readonly challenge: { readonly challenge: string };
    };
    return challenge.challenge;
  }

  async #call(name: string, form: Fields): Promise<string> {
    const answer = await fetch(`${this.url}/validate/${name}`, {
      method: 'POST',
      body: new URLSearchParams(form),
    });
    return answer.text();
  }
}

const RADIUS_SECRET = 'FuzzCanaryRadiusSecret';
const ANNA = { user: 'anna', realm: 'alpha', pin: PIN };

/** What a RADIUS server says where nothing else is asked of it. */
export const REJECTS: GivenRadiusServer['answer'] = (request) => [request.answer(REJECT)];

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the devices are not there yet');
  return value;
}
