import { type ActionValue, asAsked } from '@app/policies';
import { type ConfigurationSnapshot, type RealmUser, policySubject } from '@app/realms';

import { type Requirement, REQUIREMENTS } from '../types/security-key/key-challenge.js';
import { RegistrationUnset, RelyingPartyUnset } from './registration.errors.js';

const SCOPE = 'enrollment';
const CONVEYANCES = ['direct', 'indirect', 'none', 'enterprise'] as const;
const AUTHENTICATOR_TYPES = ['client-device', 'security-key', 'hybrid'] as const;
/** Labels of letters, digits and hyphens, as browsers compare them (WebAuthn Level 3 §4, "Relying Party Identifier"). */
const HOST_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

export type AttestationConveyance = (typeof CONVEYANCES)[number];

/** For whom and how a key is registered. */
export interface RegistrationTerms {
  readonly rpId: string;
  readonly rpName: string;
  readonly conveyance: AttestationConveyance;
  readonly userVerification: Requirement;
  readonly residentKey: Requirement;
  /** In the order in which they are to be offered; none: all. */
  readonly authenticatorTypes: readonly string[];
}

/** What policies say of the registration of a user's key (spec/policies §8.5), in their realm. */
export class RegistrationPolicies {
  constructor(
    private readonly configuration: Pick<ConfigurationSnapshot, 'policies'>,
    private readonly user: RealmUser,
    private readonly client: string,
    private readonly time: Date,
  ) {}

  /** @throws RelyingPartyUnset, RegistrationUnset */
  terms(): RegistrationTerms {
    return {
      rpId: this.#rpId(),
      rpName: this.#text('fido2_rp_name') || this.#text('tokenissuer') || 'LinOTP',
      conveyance: this.#oneOf('fido2_attestation_conveyance', CONVEYANCES) ?? 'direct',
      userVerification: this.#oneOf('fido2_user_verification_requirement', REQUIREMENTS) ?? 'preferred',
      residentKey: this.#oneOf('fido2_resident_key_requirement', REQUIREMENTS) ?? 'preferred',
      authenticatorTypes: words(this.#text('fido2_authenticator_types')).filter((word) =>
        AUTHENTICATOR_TYPES.some((known) => known === word),
      ),
    };
  }

  /** The models that may be registered, by their AAGUIDs in lower case; `null`: all. @throws RegistrationUnset */
  allowedModels(): ReadonlySet<string> | null {
    const action = 'fido2_allowed_authenticators';
    this.#demandReadable(action);
    const { policies } = this.configuration;
    const said = policies
      .matching(this.#query(action))
      .flatMap(({ name }) => policies.actionsOf(name).get(action) ?? []);
    const models = said.flatMap((value) => words(textOf(value)));
    return models.length === 0 ? null : new Set(models);
  }

  #rpId(): string {
    const rpId = this.#text('fido2_rp_id').toLowerCase();
    if (rpId === '') throw new RelyingPartyUnset(this.user.realm);
    if (!HOST_NAME.test(rpId)) throw new RegistrationUnset('Policy fido2_rp_id must be the name of a host');
    return rpId;
  }

  /** What is none of them says nothing. */
  #oneOf<const T extends string>(action: string, known: readonly T[]): T | undefined {
    const said = this.#text(action).toLowerCase();
    return known.find((one) => one === said);
  }

  /** `''`: none says anything. */
  #text(action: string): string {
    this.#demandReadable(action);
    const { policies } = this.configuration;
    if (!policies.hasActive(SCOPE)) return '';
    return textOf(policies.value(this.#query(action)) ?? '').trim();
  }

  /** Whom it means, and what it says, nobody knows: a key that is registered all the same may be one that it forbids. */
  #demandReadable(action: string): void {
    const { realm } = this.user;
    const [unreadable] = this.configuration.policies.unreadable({ scope: SCOPE, action, realm });
    if (unreadable !== undefined) {
      throw new RegistrationUnset(`The policy '${unreadable}' cannot be read, and may set ${action}`);
    }
  }

  #query(action: string) {
    const { client, time, user } = this;
    return asAsked({ scope: SCOPE, action, realm: user.realm, subject: policySubject(user), client, time });
  }
}

function textOf(value: ActionValue): string {
  return typeof value === 'string' ? value : '';
}

function words(text: string): string[] {
  return text.toLowerCase().split(/\s+/).filter(Boolean);
}
