import { type ActionValue, type PolicySet, type PolicySubject, asAsked, readBoolean } from '@app/policies';

import { PortalPolicies } from './portal-policies.js';
import { SelfServiceDenied } from './self-service.errors.js';

const SCOPE = 'selfservice';

/** Who asks, where and when. */
export interface SelfServiceScene {
  readonly subject: PolicySubject;
  readonly realm: string;
  /** The client's address. */
  readonly client: string;
  readonly time: Date;
}

/** What users may do to their own tokens, and how (spec/policies §8.3): nothing, unless a policy says so. */
export class SelfServicePolicies {
  readonly portal: PortalPolicies;

  constructor(
    private readonly policies: PolicySet,
    readonly scene: SelfServiceScene,
  ) {
    this.portal = new PortalPolicies(policies, scene);
  }

  may(action: string): boolean {
    return this.policies.hasActive(SCOPE) && this.policies.grants(this.#query(action));
  }

  /** @throws SelfServiceDenied */
  demand(action: string, message?: string): void {
    if (!this.may(action)) throw new SelfServiceDenied(message);
  }

  /** What the policy says that is most about this user; `undefined`: none says anything. */
  value(action: string): ActionValue | undefined {
    return this.policies.hasActive(SCOPE) ? this.policies.value(this.#query(action)) : undefined;
  }

  /** Whether users without a token log in with their password alone. Not by `*`: it lets people in. */
  passesWithoutToken(): boolean {
    const value = this.value('mfa_passOnNoToken');
    return value !== undefined && readBoolean(value);
  }

  #query(action: string) {
    return asAsked({ scope: SCOPE, action, ...this.scene });
  }
}
