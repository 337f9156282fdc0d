import type { AuditContext } from '@app/audit';
import type { Clock } from '@app/kernel';
import { type AttestationResponse, MalformedResponse, readAttestation } from '@app/otp';
import type { ConfigurationSnapshot, RealmUser } from '@app/realms';

import { EnrolmentPolicies } from '../administer/enrol/enrolment-policies.js';
import { demandWithinRealmLimits, joinedBy } from '../administer/limits/token-limits.js';
import { countedChange } from '../report/report-change.js';
import { type InfoChanges, type Token, changedInfo } from '../token.js';
import type { TokenAdministration } from '../token-administration.js';
import type { TokenStore } from '../token-store.js';
import { type RealmChange, UnknownToken } from '../token.errors.js';
import {
  COUNTER,
  KEY,
  NOTHING_ASKED,
  PHASE,
  isoTime,
  keyText,
  storedKey,
} from '../types/fido2/stored-key.js';
import { tokenType } from '../types/registry.js';
import type { KeyChecks, RegisteredKey } from '../types/security-key/key-checks.js';
import { type AskedKey, KEY_ALGORITHMS, askedKey, otherKeys } from './ask-for-key.js';
import { demandKeyOwner } from './key-owner.js';
import { RegistrationPolicies } from './registration-policies.js';
import { AuthenticatorDenied, KeyRefused, MalformedAttestation, NoKeyToken } from './registration.errors.js';

export interface KeyRegistrationWish {
  readonly serial: string;
  /** Who registers it: it is to be theirs. */
  readonly owner: RealmUser;
  /** What the browser answered, as JSON. */
  readonly response: string;
}

/** Whether somebody may register a key with a token, and as what that counts. */
export interface RegisteringTerms {
  readonly realmChange: RealmChange;
  /** @throws Denied unless this token is theirs to enrol */
  demand(token: Token): void;
}

/**
 * The second phase of an enrolment with a security key (spec/token-types §20.1): its answer is checked, and the token is active from
 * now on. An answer that is refused changes nothing.
 */
export class RegisterKey {
  constructor(
    private readonly administration: TokenAdministration,
    private readonly store: TokenStore,
    private readonly checks: KeyChecks,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws UnknownToken, NoKeyToken, NotKeyOwner, WrongKeyPhase, MalformedAttestation, KeyRefused, AuthenticatorDenied,
   *         RegistrationUnset, RealmTokensExceeded, Denied, Unavailable
   */
  async execute(
    { serial, owner, response }: KeyRegistrationWish,
    configuration: ConfigurationSnapshot,
    terms: RegisteringTerms,
    context: AuditContext,
  ): Promise<Token> {
    const found = await this.store.find(serial);
    if (!found) throw new UnknownToken(serial);
    const demand = (token: Token): AskedKey => {
      const { label, registersKey } = tokenType(token.type);
      if (!registersKey) throw new NoKeyToken(serial, label);
      terms.demand(token);
      demandKeyOwner(token, owner);
      return askedKey(token);
    };
    const asked = demand(found);
    const attestation = attestationIn(response);
    if (asked.until <= this.clock.now()) throw tooLate(serial);
    // Before the transaction: certificates may take a while.
    const key = await this.#checked(serial, asked, attestation);
    this.#demandModel(key, new RegistrationPolicies(configuration, owner, context.client, this.clock.now()));

    return this.administration.change(context, async (tokens) => {
      const [token] = await tokens.find({ serials: [serial] });
      if (!token) throw new UnknownToken(serial);
      const now = demand(token);
      if (now.challenge !== asked.challenge) throw new KeyRefused(serial, 'Wrong challenge in response.');
      if (now.until <= tokens.now) throw tooLate(serial);
      const others = await otherKeys(tokens, owner, asked.rpId, serial);
      if (others.some((other) => storedKey(other)?.credential_id === key.id)) {
        throw new KeyRefused(serial, 'The key is registered with another token of the user.');
      }
      const info = changedInfo(token.info, registeredInfo(key, asked, attestation, tokens.now));
      const changes = { info, active: true, failures: 0 };
      const registered: Token = { ...token, ...changes };
      await tokens.update(token.id, changes);
      const policies = new EnrolmentPolicies(configuration, owner, context.client, tokens.now);
      await demandWithinRealmLimits(tokens, [joinedBy(registered, token)], policies, terms.realmChange);
      const facts = {
        succeeded: true,
        serial,
        tokenType: tokenType(token.type).label,
        user: owner.login,
        realm: owner.realm,
        detail: await countedChange(tokens, { touched: [token, registered], configuration, context }),
        info: 'fido2 enrollment phase 2 completed',
      };
      return { result: registered, facts };
    });
  }

  async #checked(
    serial: string,
    { challenge, rpId, userVerification }: AskedKey,
    response: AttestationResponse,
  ): Promise<RegisteredKey> {
    const finding = await this.checks.registered({
      type: 'webauthn.create',
      response,
      challenge,
      rpIds: [rpId],
      at: { rpId },
      requiresUserVerification: userVerification === 'required',
      algorithms: KEY_ALGORITHMS,
    });
    if (finding.kind === 'refused') throw new KeyRefused(serial, finding.reason);
    return finding.key;
  }

  /** Which model it is, an authenticator can say without proof: where makers are known, only theirs counts. */
  #demandModel({ aaguid, isMakerTrusted }: RegisteredKey, policies: RegistrationPolicies): void {
    const allowed = policies.allowedModels();
    if (allowed === null) return;
    const isProven = isMakerTrusted || !this.checks.knowsMakers;
    if (!isProven || !allowed.has(aaguid)) throw new AuthenticatorDenied();
  }
}

function tooLate(serial: string): KeyRefused {
  return new KeyRefused(serial, 'The registration challenge has expired.');
}

/** @throws MalformedAttestation */
function attestationIn(response: string): AttestationResponse {
  try {
    return readAttestation(response);
  } catch (error) {
    if (error instanceof MalformedResponse) throw new MalformedAttestation(error.problem, error.message);
    throw error;
  }
}

function registeredInfo(
  key: RegisteredKey,
  { rpId, residentKey }: AskedKey,
  { transports, isResident }: AttestationResponse,
  now: Date,
): InfoChanges {
  return {
    ...NOTHING_ASKED,
    [PHASE]: 'authentication',
    [COUNTER]: String(key.signCount),
    [KEY]: keyText({
      credential_id: key.id,
      public_key: key.publicKey,
      sign_count: key.signCount,
      rp_id: rpId,
      aaguid: key.aaguid,
      attestation_format: key.format,
      public_key_algorithm: key.algorithm,
      auth_data_flags: key.flags,
      backup_eligible: key.isBackupEligible,
      backed_up: key.isBackedUp,
      user_verified_at_reg: key.isUserVerified,
      attestation_cert_b64: key.certificate,
      registered_at: isoTime(now),
      transports: transports.length > 0 ? transports : null,
      resident_key: isResident ?? residentKey === 'required',
    }),
  };
}
