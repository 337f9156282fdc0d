import { Dice } from '../../../support/audit/dice.js';
import type { RequestOptions } from '../../../support/clients/security-key.js';
import { SecurityKey } from '../../../support/clients/security-key.js';
import { type ReceivedPacket, ACCEPT, REJECT } from '../../../support/servers/given-radius-server.js';
import type { FuzzCase, Sessions, Who } from '../fuzz/cases.js';
import type { Endpoint } from '../fuzz/endpoints.js';
import { DEVICE_TOKENS, type GivenDevices } from '../fuzz/given-devices.js';
import type { Read } from '../fuzz/judge.js';
import type { Nasty } from '../fuzz/nasty.js';
import { requestOf } from '../fuzz/requests.js';
import { PIN } from '../fuzz/usual.js';
import { type Forgery, forgedDigits, forgedResponse, forgedText, maker, otherPairing } from './forgeries.js';
import { mutatedBase64url } from './mutations/base64url.js';
import { mutatedBytes } from './mutations/bytes.js';

/** A request with what a device answers, which is not quite right. */
export interface DeviceCase extends FuzzCase {
  /** Whether somebody may be let in by it. */
  readonly mayBeGood: boolean;
  /** What the RADIUS server says. */
  readonly radius: ((request: ReceivedPacket) => readonly Buffer[]) | null;
  /** What is asked next, of the state that it left. */
  readonly next: ((read: Read) => DeviceCase | null) | null;
}

interface Draft {
  readonly path: string;
  readonly who?: Who;
  readonly fields: Readonly<Record<string, string>>;
  /** The field that is forged. */
  readonly name: string;
  readonly forgery: Forgery;
  readonly radius?: DeviceCase['radius'];
  readonly next?: (read: Read) => Draft | null;
}

const LOGINS = ['/validate/check', '/validate/check_s', '/validate/check_t', '/validate/samlcheck'];
const ANNA = { user: 'anna', realm: 'alpha' };
const CHALLENGE = 11;
const STATE = '180673746174';
/** State, Reply-Message, and lengths that are none. */
const ATTRIBUTES = [STATE, `${STATE}1206776f7264`, '1902', '18ff00', '1800', '1801', ''];
const LONGEST_ATTRIBUTES = 3_900;
/** Of a packet, the Response Authenticator. */
const PROOF_AT = 4;

/** What devices answer to what they were asked, and servers to a login, each a little otherwise. */
export class DeviceCases {
  readonly #endpoints: ReadonlyMap<string, Endpoint>;
  readonly #kinds: readonly ((dice: Dice) => Draft)[];

  constructor(
    endpoints: readonly Endpoint[],
    private readonly devices: GivenDevices,
    private readonly seed: number,
  ) {
    this.#endpoints = new Map(endpoints.map((endpoint) => [endpoint.path, endpoint]));
    this.#kinds = [
      (dice) => this.#attestation(dice),
      (dice) => this.#attestation(dice),
      (dice) => this.#assertion(dice),
      (dice) => this.#u2f(dice),
      (dice) => this.#pairing(dice),
      (dice) => this.#scanned(dice),
      (dice) => this.#pushed(dice),
      (dice) => this.#status(dice),
      (dice) => this.#radius(dice),
    ];
  }

  /** The same mutation for the same seed and number; what is mutated is of the devices. */
  at(number: number, sessions: Sessions): DeviceCase {
    const dice = new Dice(this.seed ^ Math.imul(number + 1, 0x9e3779b1));
    const kind = this.#kinds[number % this.#kinds.length] ?? dice.pick(this.#kinds);
    return this.#made(kind(dice), number, sessions, dice);
  }

  #made(draft: Draft, number: number, sessions: Sessions, dice: Dice): DeviceCase {
    const { path, who = 'nobody', fields, name, forgery, radius = null, next } = draft;
    const endpoint = this.#endpoints.get(path);
    if (!endpoint) throw new Error(`nothing is at ${path}`);
    const session = who === 'nobody' ? null : sessions[who];
    const proof = session?.proof ? { session: session.proof } : {};
    const sent = Object.entries({ ...fields, ...proof }).map(([field, value]) => ({
      name: field,
      value: { name: 'usual', bytes: Buffer.from(value) },
    }));
    const { what, text, mayBeGood } = forgery;
    const value: Nasty = {
      name: what,
      bytes: Buffer.from(text),
      ...(isObject(text) && dice.roll(4) === 0 && { json: text }),
    };
    return {
      number,
      endpoint,
      who,
      parameter: null,
      what: `${name}: ${what}`,
      request: requestOf(endpoint, [...sent, { name, value }], new Map(), session, dice),
      mayBeGood,
      radius,
      next: next ? (read) => this.#after(next(read), number, sessions, dice) : null,
    };
  }

  #after(draft: Draft | null, number: number, sessions: Sessions, dice: Dice): DeviceCase | null {
    return draft && this.#made(draft, number, sessions, dice);
  }

  #attestation(dice: Dice): Draft {
    const key = new SecurityKey({ attestation: dice.pick(['none', 'none', 'self', maker()]) });
    const serial = DEVICE_TOKENS.newKey;
    const right = JSON.stringify(key.create(this.devices.creation));
    const isOwn = dice.roll(4) > 0;
    return {
      path: isOwn ? '/userservice/fido2_activate_finish' : '/admin/init',
      who: isOwn ? 'anna' : 'root',
      fields: { serial, ...(!isOwn && { type: 'fido2', ...ANNA }) },
      name: 'attestationResponse',
      forgery: { ...forgedResponse(right, dice), mayBeGood: true },
      // Whatever is registered is asked, and answers.
      next: ({ result }) => (result?.value === true ? this.#trigger(serial, key, dice) : null),
    };
  }

  #trigger(serial: string, key: SecurityKey, dice: Dice): Draft {
    return {
      path: '/validate/check_s',
      fields: { serial },
      name: 'pass',
      forgery: { what: 'the PIN of what was registered', text: PIN, mayBeGood: false },
      next: ({ json }) => {
        const { detail } = (json ?? {}) as { readonly detail?: Readonly<Record<string, unknown>> };
        const { transactionid: id, signrequest } = detail ?? {};
        if (typeof id !== 'string' || !signrequest) return null;
        const right = JSON.stringify(key.get(signrequest as RequestOptions));
        const forgery = { what: 'an answer of what was registered', text: right, mayBeGood: true };
        return {
          path: dice.pick(LOGINS),
          fields: { serial, ...ANNA, transactionid: id },
          name: 'pass',
          forgery,
        };
      },
    };
  }

  #assertion(dice: Dice): Draft {
    const { key } = this.devices;
    const { id, request } = this.devices.assertion;
    const right = JSON.stringify(key.get(request));
    const forgery = forgedResponse(right, dice, (data, client) => key.signatureOf(data, client));
    return this.#login(DEVICE_TOKENS.key, id, forgery, dice);
  }

  #u2f(dice: Dice): Draft {
    const { id, request } = this.devices.signing;
    const form = dice.pick(['signed', 'asserted'] as const);
    const { text, ...forgery } = forgedResponse(this.devices.u2f[form](request), dice);
    return this.#login(
      DEVICE_TOKENS.u2f,
      id,
      { ...forgery, text: (dice.roll(4) === 0 ? PIN : '') + text },
      dice,
    );
  }

  #login(serial: string, transactionid: string, forgery: Forgery, dice: Dice): Draft {
    const path = dice.pick(LOGINS);
    return { path, fields: { serial, ...ANNA, transactionid }, name: 'pass', forgery };
  }

  #pairing(dice: Dice): Draft {
    const phone = dice.pick(Object.values(this.devices.newPhones));
    const layer = dice.roll(4);
    const right = phone.pairing(
      layer === 0
        ? {
            says: (plain) => otherPairing(plain, dice),
            ...('address' in phone ? {} : { seals: (plain) => otherPairing(plain, dice) }),
          }
        : layer === 1
          ? { seals: (plain) => otherPairing(plain, dice) }
          : {},
    );
    const forgery = layer < 2 ? { what: `plaintext ${layer}`, text: right } : forgedText(right, dice);
    // Nobody is let in by it.
    return {
      path: '/validate/pair',
      fields: {},
      name: 'pairing_response',
      forgery: { ...forgery, mayBeGood: false },
    };
  }

  #scanned(dice: Dice): Draft {
    const { id, request } = this.devices.qr;
    const forgery =
      dice.roll(3) === 0 ? forgedDigits(request.tan, dice) : forgedText(request.signature, dice);
    return this.#login(DEVICE_TOKENS.qr, id, forgery, dice);
  }

  #pushed(dice: Dice): Draft {
    const { id, request } = this.devices.push;
    const [means, asks] = [dice.pick(['accept', 'deny'] as const), dice.pick(['accept', 'deny'] as const)];
    const { mayBeGood, ...forgery } = forgedText(request[means], dice);
    return {
      path: `/validate/${asks === 'accept' ? 'accept' : 'reject'}_transaction`,
      fields: { transactionid: id },
      name: 'signature',
      forgery: { ...forgery, mayBeGood: mayBeGood && means === asks },
    };
  }

  #status(dice: Dice): Draft {
    const { id } = dice.pick([this.devices.qr, this.devices.push, this.devices.assertion]);
    const [what, text] = dice.pick([mutatedBase64url, otherId])(id, dice);
    const isOwn = dice.roll(3) === 0;
    return {
      path: isOwn ? '/userservice/activate_check_status' : '/validate/check_status',
      who: isOwn ? 'anna' : 'nobody',
      fields: { ...(!isOwn && { pass: PIN }), ...(dice.roll(2) === 0 && { use_offline: '1' }) },
      name: 'transactionid',
      forgery: { what, text, mayBeGood: true },
    };
  }

  #radius(dice: Dice): Draft {
    const code = dice.pick([ACCEPT, ACCEPT, REJECT, CHALLENGE, CHALLENGE, dice.roll(256)]);
    const attributes = Buffer.from(dice.pick(ATTRIBUTES), 'hex');
    const [what, others] = mutatedBytes(Buffer.concat([attributes, Buffer.from(STATE, 'hex')]), dice);
    const layer = dice.pick(['attributes', 'other attributes', 'packet'] as const);
    const its = (layer === 'attributes' ? attributes : others.subarray(0, LONGEST_ATTRIBUTES)).toString(
      'hex',
    );
    const throws = dice.roll(2 ** 31);
    return {
      path: dice.pick(['/validate/check', '/validate/check_s']),
      fields: { serial: DEVICE_TOKENS.radius, ...ANNA },
      name: 'pass',
      forgery: {
        what: `RADIUS ${layer}, code ${code}, ${what}`,
        text: `${PIN}123456`,
        mayBeGood: layer !== 'packet' && code === ACCEPT,
      },
      // What is no answer is passed over, and the right one behind it counts.
      radius: (request) => [
        layer === 'packet'
          ? unproven(request.answer(ACCEPT, its), new Dice(throws))
          : request.answer(code, its),
        request.answer(REJECT),
      ],
    };
  }
}

/** What is behind the end that a packet names is no part of it: one that is the same for all that has another proof. */
function unproven(packet: Buffer, dice: Dice): Buffer {
  const [, bytes] = mutatedBytes(packet, dice);
  if (!bytes.subarray(0, packet.length).equals(packet)) return bytes;
  const spoilt = Buffer.from(bytes);
  spoilt[PROOF_AT] = (packet[PROOF_AT] ?? 0) ^ 1;
  return spoilt;
}

function otherId(id: string, dice: Dice): readonly [string, string] {
  const others = ['.00', '.01', '.', '.0000000000001', '0', '.1e3', ' ', '\0', '.-1', '9'.repeat(400)];
  const text = dice.pick([
    ...others.map((end) => id + end),
    `0${id}`,
    `+${id}`,
    `-${id}`,
    id.slice(1),
    '.01',
    id,
  ]);
  return ['another id', text];
}

/** A list would be a parameter that is there several times. */
function isObject(text: string): boolean {
  try {
    JSON.parse(text);
    return text.startsWith('{');
  } catch {
    return false;
  }
}
