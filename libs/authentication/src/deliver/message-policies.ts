import { type PolicyQuery, type PolicySet, asAsked, loginOnly, readBoolean } from '@app/policies';
import type { MessageKind, OtpMessageKind } from '@app/realms';

import type { LoginScene } from '../policies/login-policies.js';

const SCOPE = 'authentication';
const FROM_USER_STORE = {
  sms: 'sms_dynamic_mobile_number',
  email: 'dynamic_email_address',
  voice: 'voice_dynamic_mobile_number',
} as const;
const PROVIDER = {
  sms: 'sms_provider',
  email: 'email_provider',
  voice: 'voice_provider',
  push: 'push_provider',
} as const;
/** Rulings of logins about messages. */
const BY_LOGIN = ['trigger_sms', 'autosms'];
const TEXTS = ['smstext', 'enforce_smstext', 'emailtext', 'emailsubject', 'voice_message', 'voice_language'];

/** What policies say of messages with OTPs (spec/policies §8.6): for whom, where and when the login is. */
export class MessagePolicies {
  constructor(
    private readonly policies: PolicySet,
    private readonly scene: LoginScene,
  ) {}

  /** Whether any of them says something at all: then the owner of a token is to be known. */
  static concern(policies: PolicySet): boolean {
    const actions = [...TEXTS, ...Object.values(FROM_USER_STORE), ...Object.values(PROVIDER), ...BY_LOGIN];
    return policies.hasActive(SCOPE) && actions.some((action) => policies.hasActiveWith(SCOPE, action));
  }

  /** The value of the policy that names the providers; `null`: none does. */
  providers(kind: MessageKind): string | null {
    return this.#text(PROVIDER[kind]);
  }

  /** Whether a message goes where the user store says, not where the token says. */
  goesByUserStore(kind: OtpMessageKind): boolean {
    return this.#switch(FROM_USER_STORE[kind]);
  }

  /** What an SMS says: what the client asks for, unless a policy keeps to its own. */
  smsText(asked: string): string {
    const text = this.#text('smstext') || '<otp>';
    return asked === '' || this.#switch('enforce_smstext') ? text : asked;
  }

  /** `''`: the provider's own. */
  get emailSubject(): string {
    return this.#text('emailsubject') ?? '';
  }

  /** `''`: the OTP alone. */
  get emailText(): string {
    return this.#text('emailtext') ?? '';
  }

  get voiceTemplate(): string {
    return this.#text('voice_message') || '{otp}';
  }

  /** `''`: the service's own. */
  get voiceLocale(): string {
    return this.#text('voice_language') ?? '';
  }

  #text(action: string): string | null {
    const value = this.#value(action);
    return value === undefined ? null : String(value).trim();
  }

  #switch(action: string): boolean {
    const value = this.#value(action);
    return value !== undefined && readBoolean(value);
  }

  #value(action: string) {
    const { policies, scene } = this;
    if (!policies.hasActive(SCOPE) || scene.isRealmUnclear) return undefined;
    const { subject, realm, client, time } = scene;
    const query: PolicyQuery & { readonly action: string } = {
      scope: SCOPE,
      action,
      realm,
      subject: subject ?? loginOnly(''),
      client,
      time,
    };
    return policies.value(asAsked(query));
  }
}
