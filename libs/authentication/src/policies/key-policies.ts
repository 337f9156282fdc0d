import { type PolicySet, asAsked, loginOnly } from '@app/policies';
import { REQUIREMENTS, type Requirement } from '@app/tokens';

import type { LoginScene } from './login-policies.js';

const VERIFICATION = { scope: 'authentication', action: 'fido2_user_verification_requirement' } as const;
const FACETS = { scope: 'enrollment', action: 'u2f_valid_facets' } as const;
const MODELS = { scope: 'authorization', action: 'fido2_allowed_authenticators' } as const;

/** What policies say of security keys at logins (spec/policies §8.6, §8.7): for whom, where and when the login is. */
export class KeyPolicies {
  constructor(
    private readonly policies: PolicySet,
    private readonly scene: LoginScene,
  ) {}

  /** Whether any of them says something at all: then the owner of a token is to be known. */
  static concern(policies: PolicySet): boolean {
    return [VERIFICATION, MODELS, FACETS].some(({ scope, action }) => policies.hasActiveWith(scope, action));
  }

  /** Whether the authenticator is to verify its user. Where that cannot be told, it is. */
  userVerification(): Requirement {
    if (this.#isUnclear(VERIFICATION)) return 'required';
    const said = this.policies.value(this.#query(VERIFICATION));
    const word = typeof said === 'string' ? said.trim().toLowerCase() : '';
    return REQUIREMENTS.find((known) => known === word) ?? 'preferred';
  }

  /** Whether a key of this model may be used; where that cannot be told, none may. @param model AAGUID; `null`: it is not known */
  allows(model: string | null): boolean {
    if (this.#isUnclear(MODELS)) return false;
    const { policies } = this;
    const said = policies
      .matching(this.#query(MODELS))
      .flatMap(({ name }) => policies.actionsOf(name).get(MODELS.action) ?? []);
    const allowed = said.flatMap((value) =>
      typeof value === 'string' ? value.toLowerCase().split(/\s+/).filter(Boolean) : [],
    );
    return allowed.length === 0 || (model !== null && allowed.includes(model.toLowerCase()));
  }

  /** From which pages keys of U2F may be used; none: no policy says so. `null`: it cannot be told. */
  facets(): readonly string[] | null {
    if (this.#isUnclear(FACETS)) return null;
    const said = this.policies.hasActive(FACETS.scope) ? this.policies.value(this.#query(FACETS)) : undefined;
    if (typeof said !== 'string') return [];
    return said
      .split(';')
      .map((facet) => facet.trim())
      .filter((facet) => facet !== '');
  }

  #isUnclear({ scope, action }: { readonly scope: string; readonly action: string }): boolean {
    const { realm, isRealmUnclear } = this.scene;
    if (isRealmUnclear) return this.policies.hasActiveWith(scope, action);
    return this.policies.unreadable({ scope, action, realm }).length > 0;
  }

  #query({ scope, action }: { readonly scope: string; readonly action: string }) {
    const { subject, realm, client, time } = this.scene;
    return asAsked({ scope, action, realm, subject: subject ?? loginOnly(''), client, time });
  }
}
