import { type ActionValue, type PolicySet, asAsked, readBoolean } from '@app/policies';

const SCOPE = 'selfservice';

/**
 * What the portal is told before anybody is known, and what all logins go by: policies are asked without a user and a realm,
 * as LinOTP asks them (spec/validate-api §4.2).
 */
export class PortalPolicies {
  constructor(
    private readonly policies: PolicySet,
    private readonly scene: { readonly client: string; readonly time: Date },
  ) {}

  /** Whether logins need a second factor: where any policy says so, or one that cannot be read may say so. */
  needsSecondFactor(): boolean {
    const { policies } = this;
    const action = 'mfa_login';
    if (!policies.hasActive(SCOPE) || !policies.hasActiveWith(SCOPE, action)) return false;
    if (policies.unreadable({ scope: SCOPE, action }).length > 0) return true;
    return policies.matchingAll(this.#query(action)).some(({ name }) => {
      const value = policies.actionsOf(name).get(action);
      return value !== undefined && readBoolean(value);
    });
  }

  /** Whether the form has a field for the OTP. */
  hasOtpField(): boolean {
    return this.#isOn('mfa_3_fields');
  }

  assignsTokens(): boolean {
    return this.#isOn('autoassignment');
  }

  enrolsTokens(): boolean {
    return this.#isOn('autoenrollment');
  }

  /** `null`: no policy gives one. */
  footer(): string | null {
    return this.#text('footer_text');
  }

  imprint(): string | null {
    return this.#text('imprint_url');
  }

  privacyNotice(): string | null {
    return this.#text('privacy_notice_url');
  }

  #isOn(action: string): boolean {
    const value = this.#value(action);
    return value !== undefined && readBoolean(value);
  }

  #text(action: string): string | null {
    const value = this.#value(action);
    return typeof value === 'string' && value !== '' ? value : null;
  }

  #value(action: string): ActionValue | undefined {
    return this.policies.hasActive(SCOPE) ? this.policies.value(this.#query(action)) : undefined;
  }

  #query(action: string) {
    return asAsked({ scope: SCOPE, action, ...this.scene });
  }
}
