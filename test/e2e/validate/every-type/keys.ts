import {
  type CreationOptions,
  type RequestOptions,
  SecurityKey,
} from '../../../support/clients/security-key.js';
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

/** The users' security keys, and the browsers before them. */
export class Keys {
  forget(): void {
    keys.clear();
    newest.clear();
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
    if (request) newest.set(String(serial), request as RequestOptions);
  }
}
