import { setImmediate } from 'node:timers/promises';

import { Invalid, type RandomSource, Secret } from '@app/kernel';
import type { ConfigurationSnapshot, RealmUser } from '@app/realms';

import { EnrolmentPolicies } from '../administer/enrol/enrolment-policies.js';
import { hasSecret } from '../administer/has-secret.js';
import { defaultLimits, enrolmentDefaults } from '../administer/enrol/new-token-defaults.js';
import { ownerOf } from '../administer/owners/owner.js';
import { rescaledCounter } from '../administer/rescaled-counter.js';
import { type TokenHolder, keyOfReference } from '../administer/limits/token-limits.js';
import { pinVerifier } from '../pin.js';
import { changedInfo, type NewToken, parseSerial, type Token, type TokenChanges } from '../token.js';
import { tokenType } from '../types/registry.js';
import type { EnrolmentPlan } from '../types/token-type.js';
import { shown, USUAL_DESCRIPTION } from './file-values.js';
import type { FileOwners } from './import-owners.js';
import type { ImportRights } from './import-rights.js';
import { NoTargetRealm, TokenFileRefused } from './import.errors.js';
import { Notes } from './notes.js';
import type { FileToken } from './token-file.js';

export interface ImportPlanParts {
  readonly tokens: readonly FileToken[];
  readonly owners: FileOwners;
  readonly configuration: ConfigurationSnapshot;
  readonly rights: ImportRights;
  /** Into which all of them are put; `null`: none is named. */
  readonly realm: string | null;
  readonly active: boolean | null;
  /** The address of the administrator's client. */
  readonly client: string;
  readonly random: RandomSource;
}

type SecretPlan = Omit<EnrolmentPlan, 'secret' | 'startsRollOut'> & { readonly secret: Secret };

const AT_ONCE = 500;

/** What becomes of each token of a file. */
export class ImportPlan {
  readonly #usualRealm: string | null;

  /** @throws ImportDenied, NoTargetRealm */
  constructor(private readonly parts: ImportPlanParts) {
    const { rights, realm, configuration } = parts;
    if (realm !== null) {
      rights.demandFor(realm);
      if (!configuration.realms.has(realm)) throw new NoTargetRealm(realm);
    }
    this.#usualRealm = realm ?? rights.usualRealm(configuration.realms);
  }

  /** Looks at every token before any is changed. @throws TokenFileRefused, ImportDenied */
  async check(): Promise<void> {
    const { tokens, configuration, rights } = this.parts;
    const problems = new Notes();
    for (const [place, token] of tokens.entries()) {
      if (place % AT_ONCE === 0) await setImmediate();
      if (token.realm !== '') {
        rights.demandFor(token.realm);
        if (!configuration.realms.has(token.realm)) {
          problems.add({ line: token.line, reason: `there is no realm '${shown(token.realm)}'` });
        }
      }
      try {
        this.#planOf(token);
      } catch (error) {
        if (!(error instanceof Invalid)) throw error;
        problems.add({ line: token.line, reason: error.message });
      }
    }
    if (problems.count > 0) throw new TokenFileRefused(problems.notes, problems.count);
  }

  created(token: FileToken, now: Date): NewToken {
    const { settings } = this.parts.configuration;
    const { secret, info = {}, ...plan } = this.#planOf(token);
    return {
      ...plan,
      serial: parseSerial(token.serial),
      type: token.type,
      description: token.description,
      active: this.#isActive(token),
      owner: this.#ownerOf(token),
      realms: this.realmsOf(token),
      secret,
      pin: this.#pinOf(token, now),
      digits: plan.digits ?? settings.defaultOtpLength,
      counter: token.counter,
      ...defaultLimits(settings),
      ...(tokenType(token.type).challenge?.key && { lookAhead: 0, syncWindow: 0 }),
      info: changedInfo({}, info),
    };
  }

  /** Keeps whatever the file does not speak of. */
  renewed(token: FileToken, before: Token, now: Date): TokenChanges {
    const { secret, info, ...plan } = this.#planOf(token);
    const realms = this.realmsOf(token);
    const owner = this.#ownerOf(token);
    const pin = this.#pinOf(token, now);
    const { active } = this.parts;
    // A counter goes back only with another seed: with the same one, spent values must stay spent.
    const least = hasSecret(before, secret) ? rescaledCounter(before, plan.time) : 0;
    return {
      ...plan,
      secret,
      counter: Math.max(least, token.counter),
      failures: 0,
      digits: plan.digits ?? before.digits,
      userPin: plan.userPin ?? null,
      sharedSecret: null,
      ...(info && { info: changedInfo(before.info, info) }),
      device: plan.device ?? null,
      ...(realms.length > 0 && { realms }),
      ...(owner && { owner }),
      ...(pin && { pin }),
      ...(token.description !== USUAL_DESCRIPTION && { description: token.description }),
      ...(token.isInactive ? { active: false } : active !== null && { active }),
    };
  }

  realmsOf(token: FileToken): readonly string[] {
    const owner = this.parts.owners.of(token);
    const own = [owner?.realm ?? '', token.realm, this.parts.realm ?? ''].filter((realm) => realm !== '');
    if (own.length === 0 && this.#usualRealm !== null) return [this.#usualRealm];
    return [...new Set(own)];
  }

  /** Of the owner that the file names; `''`: it names none. */
  loginOf(token: FileToken): string {
    return this.parts.owners.of(token)?.login ?? '';
  }

  /** Whoever gets a token, with the types of all they get. */
  holders(now: Date): readonly TokenHolder[] {
    const holders = new Map<string, { user: RealmUser; types: Set<Token['type']> }>();
    for (const token of this.parts.tokens) {
      const user = this.parts.owners.of(token);
      const [reference] = user?.references ?? [];
      if (!user || !reference) continue;
      const key = keyOfReference(reference);
      const holder = holders.get(key) ?? { user, types: new Set() };
      holder.types.add(token.type);
      holders.set(key, holder);
    }
    return [...holders.values()].map(({ user, types }) => ({
      user,
      types: [...types],
      policies: this.policiesOf(user, now),
    }));
  }

  policiesOf(user: RealmUser | null, now: Date): EnrolmentPolicies {
    return new EnrolmentPolicies(this.parts.configuration, user, this.parts.client, now);
  }

  /** What a registered key is enough for, without its token's PIN, is for whoever imports it to say: the file has no PINs. */
  #isActive({ type, isInactive }: FileToken): boolean {
    return !isInactive && (this.parts.active ?? tokenType(type).challenge?.key === undefined);
  }

  #ownerOf(token: FileToken): Token['owner'] {
    const user = this.parts.owners.of(token);
    return user && ownerOf(user, this.parts.configuration);
  }

  #pinOf(token: FileToken, now: Date): Secret | null {
    const { random } = this.parts;
    const policies = this.policiesOf(this.parts.owners.of(token), now);
    const pin =
      policies.randomPin(random) ?? token.pin?.use((bytes) => Buffer.from(bytes).toString('utf8')) ?? null;
    return pin === null ? null : pinVerifier(pin, random, policies.keepsPinReadable(this.realmsOf(token)));
  }

  /** @throws Invalid for what the type cannot be enrolled by */
  #planOf({ type, seed, digits, hash, stepSeconds, shiftSeconds, ocraSuite, info }: FileToken): SecretPlan {
    const { settings } = this.parts.configuration;
    const request = {
      seed: seed.use((bytes) => bytes),
      password: null,
      digits,
      hash,
      time: {
        ...(stepSeconds !== null && { stepSeconds }),
        ...(shiftSeconds !== null && { shiftSeconds }),
      },
      ocraSuite: ocraSuite ?? null,
      ...(info && { info }),
    };
    const { startsRollOut: _, ...plan } = tokenType(type).plan(request, enrolmentDefaults(settings));
    if (plan.secret.kind !== 'given') throw new Invalid('type', `tokens of type ${type} are not imported`);
    return { ...plan, secret: Secret.of(plan.secret.bytes) };
  }
}
