import {
  type CreationOptions,
  type RequestOptions,
  SecurityKey,
} from '../../../support/clients/security-key.js';
import { U2fDevice, type U2fRequest, shownTokens, shownU2f } from '../../../support/clients/u2f-device.js';
import type { GivenPolicy } from '../../../support/domain/given-policies.js';
import type { ServerCalls } from './phones.js';

/** For whom keys are registered: without it none is. */
export const RELYING_PARTY: GivenPolicy = { scope: 'enrollment', action: 'fido2_rp_id=sso.example.test' };

const newest = new Map<string, RequestOptions>();
const keys = new Map<string, SecurityKey>();

/** What the key of an owner signs now of what was asked last, be it of anybody. */
export function newestSignature(owner: 0 | 1): string {
  const asked = newest.get(`T${owner + 1}`) ?? [...newest.values()][0];
  const key = keys.get(`T${owner + 1}`);
  return key ? JSON.stringify(key.get(asked ?? { challenge: 'AAAA', rpId: 'sso.example.test' })) : '{}';
}

const devices = new Map<string, U2fDevice>();
const newestOfU2f = new Map<string, U2fRequest>();

/** The same by U2F, in a browser of old. */
export function newestU2fSignature(owner: 0 | 1): string {
  const serial = `T${owner + 1}`;
  const asked = newestOfU2f.get(serial) ?? [...newestOfU2f.values()][0];
  const { appId = '', keyHandle = 'AAAA' } = asked ?? {};
  return devices.get(serial)?.signed(asked ?? { challenge: 'AAAA', appId, keyHandle }) ?? '{"id":"AAAA"}';
}

/** A key that was registered elsewhere, as the file of an import. */
export function registeredElsewhere(serial: string, user: string): string {
  const device = new U2fDevice();
  devices.set(serial, device);
  return shownTokens([shownU2f(serial, device, { 'User.username': user })]);
}

/** The users' security keys, and the browsers before them. */
export class Keys {
  forget(): void {
    for (const known of [keys, newest, devices, newestOfU2f]) known.clear();
  }

  /** Registers a key with a new token; of other types there is nothing to do. */
  async register(
    form: Readonly<Record<string, string>>,
    { detail, calls }: { detail: unknown; calls: ServerCalls },
  ): Promise<void> {
    const { registerrequest: request } = (detail ?? {}) as { readonly registerrequest?: CreationOptions };
    const { serial = '', user = '', type = '' } = form;
    if (!request) return;
    const key = new SecurityKey();
    keys.set(serial, key);
    const attestationResponse = JSON.stringify(key.create(request));
    await calls.post('/admin/init', { type, serial, user, attestationResponse });
  }

  /** A challenge is shown to the browser that it is for. */
  show({ linotp_tokenserial: serial, signrequest: request }: Readonly<Record<string, unknown>>): void {
    if (!request) return;
    if (devices.has(String(serial))) newestOfU2f.set(String(serial), request as U2fRequest);
    else newest.set(String(serial), request as RequestOptions);
  }
}
