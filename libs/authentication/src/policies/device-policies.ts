import { type PolicySet, asAsked, loginOnly } from '@app/policies';
import { type CallbackPlaces, type Refusal, placeAction } from '@app/tokens';

import type { LoginScene } from './login-policies.js';

const SCOPE = 'authentication';
const BY_URL = { qr: 'qrtoken_challenge_callback_url', push: 'pushtoken_challenge_callback_url' } as const;
const BY_SMS = 'qrtoken_challenge_callback_sms';
const PLACES = [...Object.values(BY_URL), BY_SMS];
const OFFLINE = 'support_offline';
const NO_ID = 'callback.id must have 1 to 64 letters, digits, `_` or `-`';

/** What policies say of the devices that are asked (spec/policies §8.6): for whom, where and when the login is. */
export class DevicePolicies {
  constructor(
    private readonly policies: PolicySet,
    private readonly scene: LoginScene,
  ) {}

  /** Whether any of them says something at all: then the owner of a token is to be known. @param id of a place, as at `places` */
  static concern(policies: PolicySet, id: string | null): boolean {
    const actions = [...PLACES.map((action) => placeAction(action, id ?? '')), OFFLINE];
    return policies.hasActive(SCOPE) && actions.some((action) => policies.hasActiveWith(SCOPE, action));
  }

  /** Where the app answers. @param id of one of several such places; `''`: the usual one; `null`: what is no id was given */
  places(type: 'qr' | 'push', id: string | null): CallbackPlaces | Refusal {
    if (id === null) return { refusal: NO_ID };
    const url = this.#text(placeAction(BY_URL[type], id));
    const sms = type === 'qr' ? this.#text(placeAction(BY_SMS, id)) : '';
    if (url === null || sms === null) return { refusal: 'policies for the callback cannot be read' };
    return { url, sms };
  }

  /** Whether clients get what they need to check logins by such a token offline. @param label of its type */
  supportsOffline(label: string): boolean {
    const types = this.#text(OFFLINE) ?? '';
    return types.toLowerCase().split(/\s+/).includes(label.toLowerCase());
  }

  /** `''`: none says anything; `null`: it cannot be told. */
  #text(action: string): string | null {
    const { policies, scene } = this;
    if (!policies.hasActive(SCOPE)) return '';
    const { subject, realm, client, time, isRealmUnclear } = scene;
    if (isRealmUnclear) return policies.hasActiveWith(SCOPE, action) ? null : '';
    if (policies.unreadable({ scope: SCOPE, action, realm }).length > 0) return null;
    const query = { scope: SCOPE, action, realm, subject: subject ?? loginOnly(''), client, time };
    const value = policies.value(asAsked(query));
    return typeof value === 'string' ? value.trim() : '';
  }
}
