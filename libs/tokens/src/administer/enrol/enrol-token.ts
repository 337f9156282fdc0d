import type { AuditContext } from '@app/audit';
import { type Clock, Invalid, type RandomSource, Secret } from '@app/kernel';
import type { ConfigurationSnapshot, RealmUser } from '@app/realms';

import { invitationTerms, invitationUrl, invited } from '../../pair/invitation.js';
import type { PartitionKeys } from '../../pair/partition-keys.js';
import { PairingPolicies } from '../../pair/pairing-policies.js';
import { WrongPairingState } from '../../pair/pairing.errors.js';
import type { PasswordHasher } from '../../password-hasher.js';
import { pinVerifier } from '../../pin.js';
import { countedChange } from '../../report/report-change.js';
import { type KeyRequest, askForKey, demandUnregistered, otherKeys } from '../../register/ask-for-key.js';
import { keyUser } from '../../register/key-owner.js';
import { KeyOwnerMissing } from '../../register/registration.errors.js';
import { RegistrationPolicies, type RegistrationTerms } from '../../register/registration-policies.js';
import { NEVER_USED, type Token, type TokenOwner, changedInfo, parseSerial } from '../../token.js';
import type { TokenAdministration, TokenTransaction } from '../../token-administration.js';
import { TargetForwards, TokenTypeMismatch, UnknownTarget } from '../../token.errors.js';
import { FORWARDS_TO_OWN } from '../../types/forward/forward-token.js';
import { filledCallback } from '../../types/ocra2/app-url.js';
import { memoryOf } from '../../types/auto-resync.js';
import { tokenType } from '../../types/registry.js';
import type { EnrolmentPlan, EnrolmentRequest, SeedPlan, TokenTypeId } from '../../types/token-type.js';
import { drawSerial } from './draw-serial.js';
import { EnrolmentPolicies } from './enrolment-policies.js';
import { hasSecret } from '../has-secret.js';
import { defaultLimits, enrolmentDefaults } from './new-token-defaults.js';
import { ownerOf } from '../owners/owner.js';
import { closeSentChallenges } from '../recall-messages.js';
import { rescaledCounter } from '../rescaled-counter.js';
import { demandWithinRealmLimits, demandWithinUserLimits, joinedBy } from '../limits/token-limits.js';
import type { EnrolmentTerms } from './enrolment-terms.js';

export interface Enrolment extends EnrolmentRequest {
  readonly type: TokenTypeId;
  /** Absent: generated. Of an existing token: it is enrolled anew. */
  readonly serial: string | null;
  /** For a generated serial, instead of the type's own. */
  readonly serialPrefix: string | null;
  readonly pin: string | null;
  readonly description: string | null;
  readonly active: boolean | null;
  readonly owner: RealmUser | null;
  /** First segments of the paths that it may be used at; absent: anywhere, or as it was. */
  readonly paths?: readonly string[];
  /** Realms beside the owner's. */
  readonly realms: readonly string[];
}

export interface EnrolledToken {
  readonly token: Token;
  /** The seed as enrolled, for the answer to whoever enrols it. */
  readonly seed: Secret;
  /** Made up because a policy asks for it, instead of any that was given; nobody else knows it. */
  readonly newPin: string | null;
  /** What the token is called in authenticator applications, and by whom. */
  readonly account: string;
  readonly issuer: string;
  /** Where its app is to answer; `''`: nowhere. */
  readonly callback: string;
  /** What its app has to see, where one has to be paired with it; `null`: none has. */
  readonly pairingUrl: string | null;
  /** What the browser is to be told, where a security key has to be registered; `null`: none has. */
  readonly keyRequest: object | null;
}

interface Renewal {
  readonly plan: EnrolmentPlan;
  readonly secret: Secret;
  readonly realms: readonly string[];
  readonly owner: TokenOwner | null;
  /** `null`: it stays. */
  readonly pin: Secret | null;
}

const ONE_LOGIN = { ...NEVER_USED, maxSuccesses: 1 };

/** Creates a token or enrols an existing one anew (spec/admin-api §3.3). */
export class EnrolToken {
  constructor(
    private readonly administration: TokenAdministration,
    private readonly passwords: PasswordHasher,
    private readonly random: RandomSource,
    private readonly partitionKeys: PartitionKeys,
    private readonly clock: Clock,
  ) {}

  /** @throws EnrolmentDenied, SerialTaken, UserTokensExceeded, RealmTokensExceeded, MalformedSerial, TokenTypeMismatch, MissingPassword, UnknownTarget, TargetForwards, KeyOwnerMissing, RelyingPartyUnset, RegistrationUnset, WrongKeyPhase, Unavailable */
  async execute(
    enrolment: Enrolment,
    configuration: ConfigurationSnapshot,
    terms: EnrolmentTerms,
    context: AuditContext,
  ): Promise<EnrolledToken> {
    const { settings } = configuration;
    const type = tokenType(enrolment.type);
    const given = enrolment.realms.filter((realm) => configuration.realms.has(realm));
    if (enrolment.owner) terms.demandForOwner(enrolment, enrolment.owner);
    terms.demandForRealms(
      enrolment,
      given.filter((realm) => realm !== enrolment.owner?.realm),
    );
    const serial = enrolment.serial === null ? null : parseSerial(enrolment.serial);
    const defaults = enrolmentDefaults(settings);
    const planned = type.plan(enrolment, defaults);
    // Before the transaction: a slow hash must not hold a connection.
    const { secret, seed } = await this.#secretOf(planned);
    const own = enrolment.owner ? [enrolment.owner.realm] : (terms.ownRealms ?? []);
    const realms = [...new Set([...own, ...given])].filter((realm) => configuration.realms.has(realm));
    const owner = enrolment.owner ? ownerOf(enrolment.owner, configuration) : null;
    const { pairing } = type;
    const invitation = pairing
      ? await invitationTerms(
          pairing.type,
          new PairingPolicies(configuration, enrolment.owner, realms, context.client, this.clock.now()),
          this.partitionKeys,
          enrolment.callback?.id ?? '',
        )
      : null;
    const registration = type.registersKey
      ? wantedKey(enrolment.owner, configuration, context.client, this.clock.now())
      : null;

    const enrol = async (tokens: TokenTransaction) => {
      // A new serial may hold a `*`: only the very same one exists.
      const serials = [serial, planned.target ?? null].filter((one) => one !== null);
      const found = serials.length === 0 ? [] : await tokens.find({ serials });
      const existing = found.find((token) => token.serial === serial);
      if (existing) terms.demandAnew(enrolment, existing);
      if (existing && existing.type !== enrolment.type) {
        throw new TokenTypeMismatch(existing.serial, tokenType(existing.type).label, enrolment.type);
      }
      // Its app would be none of the token's any more, and nobody would have said so.
      if (existing && pairing && !terms.invitesAnew)
        throw new WrongPairingState(existing.serial, String(existing.info['state']));
      if (existing && registration) demandUnregistered(existing);
      const plan =
        existing && type.stays ? type.plan({ ...enrolment, ...type.stays(existing) }, defaults) : planned;
      const digits = plan.target === undefined ? plan.digits : digitsOfTarget(plan.target, found, terms);
      const policies = new EnrolmentPolicies(configuration, enrolment.owner, context.client, tokens.now);
      const keepsPin = terms.keepsGivenPin && enrolment.pin !== null;
      const newPin = keepsPin ? null : policies.randomPin(this.random);
      const chosen = newPin ?? enrolment.pin;
      const pin =
        chosen === null ? null : pinVerifier(chosen, this.random, policies.keepsPinReadable(realms));
      const named =
        serial ?? (await drawSerial(tokens, enrolment.serialPrefix ?? type.serialPrefix, this.random));
      const keyRequest = registration
        ? await this.#askForKey(tokens, registration, policies, {
            serial: named,
            description: enrolment.description ?? existing?.description ?? '',
          })
        : null;
      const info = {
        ...plan.info,
        ...keyRequest?.info,
        ...(plan.target !== undefined && { [FORWARDS_TO_OWN]: terms.forwardsToOwn || null }),
        ...(pairing &&
          invitation && {
            partition: invitation.partition,
            ...invited(pairing, configuration, tokens.now),
          }),
      };
      const token = existing
        ? await this.#renew(tokens, existing, enrolment, {
            plan: { ...plan, digits, info },
            secret,
            realms,
            owner,
            pin,
          })
        : await tokens.insert({
            serial: named,
            type: enrolment.type,
            description: enrolment.description ?? '',
            active: !pairing && !registration && !plan.startsRollOut && (enrolment.active ?? true),
            owner,
            realms,
            secret,
            pin,
            digits: digits ?? (pairing?.hasTans ? settings.tanDigits : settings.defaultOtpLength),
            hash: plan.hash,
            counter: 0,
            ...defaultLimits(settings),
            ...(registration && { lookAhead: 0, syncWindow: 0 }),
            time: plan.time,
            userPin: plan.userPin ?? null,
            sharedSecret: plan.startsRollOut ? secret : null,
            device: plan.device ?? null,
            ...(enrolment.isOneTime && { uses: ONE_LOGIN }),
            paths: enrolment.paths ?? null,
            info: changedInfo({}, info),
          });
      const pairingUrl =
        pairing && invitation ? invitationUrl(pairing, token, invitation, configuration) : null;
      await demandWithinUserLimits(tokens, [token], enrolment.owner, policies);
      await demandWithinRealmLimits(tokens, [joinedBy(token, existing)], policies, terms.realmChange);
      const facts = {
        succeeded: true,
        serial: token.serial,
        tokenType: type.label,
        user: enrolment.owner?.login ?? '',
        realm: enrolment.owner?.realm ?? token.realms.join(' '),
        detail: await countedChange(tokens, {
          touched: existing ? [existing, token] : [token],
          configuration,
          context,
        }),
      };
      const template =
        plan.startsRollOut && enrolment.callback
          ? policies.rollOutCallback(enrolment.callback.id, token.realms)
          : '';
      const callback = filledCallback(template, { ...enrolment.callback, serial: token.serial });
      const names = policies.namesOf(token);
      const request = keyRequest?.request ?? null;
      return {
        result: { token, seed, newPin, ...names, callback, pairingUrl, keyRequest: request },
        facts,
      };
    };
    // Of those who want a serial at once, all but the first find it taken.
    return this.administration.change(context, enrol, serial === null ? [] : [`serial ${serial}`]);
  }

  async #askForKey(
    tokens: TokenTransaction,
    { owner, terms, settings }: WantedKey,
    policies: EnrolmentPolicies,
    named: Pick<Token, 'serial' | 'description'>,
  ): Promise<KeyRequest> {
    const others = await otherKeys(tokens, owner, terms.rpId, named.serial);
    const { random } = this;
    return askForKey(terms, keyUser(owner, policies.label(named)), others, {
      random,
      now: tokens.now,
      settings,
    });
  }

  /**
   * Keeps description, PIN, owner, switches and limits unless they are given; realms are those of this call.
   * @throws Invalid for a number of digits that applications are not told of
   */
  async #renew(
    tokens: TokenTransaction,
    token: Token,
    enrolment: Enrolment,
    { plan, secret, realms, owner, pin }: Renewal,
  ): Promise<Token> {
    const sameSeed = hasSecret(token, secret);
    // Of values of the seed before: it would make the first one of this seed a second.
    const memory = memoryOf(token, tokenType(token.type).autoResync);
    const digits = plan.digits ?? token.digits;
    const { pairing, registersKey } = tokenType(token.type);
    // Its device is yet to answer.
    const isWaiting = pairing !== undefined || registersKey === true;
    if (hasOtpUrl(token) && digits !== 6 && digits !== 8) {
      throw new Invalid('otplen', `unsupported digits '${digits}'`);
    }
    const changes = {
      secret,
      realms,
      // A counter goes back only with another seed: with the same one, spent values must stay spent.
      counter: sameSeed ? rescaledCounter(token, plan.time) : 0,
      failures: 0,
      digits,
      hash: plan.hash,
      time: plan.time,
      userPin: plan.userPin ?? null,
      sharedSecret: plan.startsRollOut ? secret : null,
      // Another device may have been given out: which one it is, is learnt again.
      device: plan.device ?? null,
      ...(plan.info && { info: changedInfo(token.info, plan.info) }),
      ...(!sameSeed && memory && { info: changedInfo(token.info, { ...plan.info, ...memory.forgetting }) }),
      ...(enrolment.isOneTime && {
        uses: { ...token.uses, ...(!sameSeed && { successes: 0 }), maxSuccesses: ONE_LOGIN.maxSuccesses },
      }),
      ...(owner && { owner }),
      ...(pin !== null && { pin }),
      ...(enrolment.description && { description: enrolment.description }),
      ...(enrolment.active !== null && { active: enrolment.active }),
      ...((plan.startsRollOut || isWaiting) && { active: false }),
      ...(enrolment.paths && { paths: enrolment.paths }),
    };
    await tokens.update(token.id, changes);
    if (isWaiting) await tokens.closeChallenges([token.id]);
    else await closeSentChallenges(tokens, [token]);
    return { ...token, ...changes };
  }

  async #secretOf(plan: EnrolmentPlan): Promise<{ secret: Secret; seed: Secret }> {
    switch (plan.secret.kind) {
      case 'given':
      case 'generate': {
        const seed = Secret.of(
          plan.secret.kind === 'given' ? plan.secret.bytes : this.#generated(plan.secret),
        );
        return { secret: seed, seed };
      }
      case 'password': {
        const { text } = plan.secret;
        return {
          secret: Secret.fromText(await this.passwords.hash(text)),
          seed: Secret.fromText(text),
        };
      }
    }
  }

  #generated({ length, text }: Extract<SeedPlan, { kind: 'generate' }>): Uint8Array {
    const bytes = this.random.bytes(length);
    if (text === undefined) return bytes;
    const hex = Buffer.from(bytes).toString('hex');
    return Buffer.from(text === 'upper case' ? hex.toUpperCase() : hex, 'latin1');
  }
}

/** What a key is asked for by, that is to be registered. */
interface WantedKey {
  readonly owner: RealmUser;
  readonly terms: RegistrationTerms;
  readonly settings: ConfigurationSnapshot['settings'];
}

/** @throws KeyOwnerMissing, RelyingPartyUnset, RegistrationUnset */
function wantedKey(
  owner: RealmUser | null,
  configuration: ConfigurationSnapshot,
  client: string,
  now: Date,
): WantedKey {
  if (!owner) throw new KeyOwnerMissing();
  const terms = new RegistrationPolicies(configuration, owner, client, now).terms();
  return { owner, terms, settings: configuration.settings };
}

/** @throws UnknownTarget for one that is not there, or out of reach; TargetForwards */
function digitsOfTarget(serial: string, found: readonly Token[], terms: EnrolmentTerms): number {
  const target = found.find((token) => token.serial === serial);
  if (!target || !terms.mayForwardTo(target)) throw new UnknownTarget(serial);
  if (target.type === 'forward') throw new TargetForwards(serial);
  return target.digits;
}

function hasOtpUrl({ type }: Pick<Token, 'type'>): boolean {
  return type === 'hotp' || type === 'totp';
}
