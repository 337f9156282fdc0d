import { type PolicySet, asAsked, loginOnly } from '@app/policies';
import type { CallbackPlaces, Refusal } from '@app/tokens';

import type { LoginScene } from './login-policies.js';

const SCOPE = 'authentication';
const BY_URL = { qr: 'qrtoken_challenge_callback_url', push: 'pushtoken_challenge_callback_url' } as const;
const BY_SMS = 'qrtoken_challenge_callback_sms';
const ACTIONS = [...Object.values(BY_URL), BY_SMS, 'support_offline'];

/** What policies say of the devices that are asked (spec/policies §8.6): for whom, where and when the login is. */
export class DevicePolicies {
  constructor(
    private readonly policies: PolicySet,
    private readonly scene: LoginScene,
  ) {}

  /** Whether any of them says something at all: then the owner of a token is to be known. */
  static concern(policies: PolicySet): boolean {
    return policies.hasActive(SCOPE) && ACTIONS.some((action) => policies.hasActiveWith(SCOPE, action));
  }

  /** Where the app answers. */
  places(type: 'qr' | 'push'): CallbackPlaces | Refusal {
    const url = this.#text(BY_URL[type]);
    const sms = type === 'qr' ? this.#text(BY_SMS) : '';
    if (url === null || sms === null) return { refusal: 'policies for the callback cannot be read' };
    return { url, sms };
  }

  /** Whether clients get what they need to check logins by such a token offline. @param label of its type */
  supportsOffline(label: string): boolean {
    const types = this.#text('support_offline') ?? '';
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
