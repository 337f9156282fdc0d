import type { AuditContext } from '@app/audit';
import { type Clock, Conflict, type RandomSource, Secret } from '@app/kernel';
import type { OtpHash } from '@app/otp';
import type { ConfigurationSnapshot, RealmUser } from '@app/realms';

import type { FindTokenOwner } from '../../look/find-token-owner.js';
import type { PasswordHasher } from '../../password-hasher.js';
import { countedChange } from '../../report/report-change.js';
import {
  type InfoChanges,
  NEVER_USED,
  type Serial,
  type Token,
  changedInfo,
  parseSerial,
} from '../../token.js';
import type { TokenAdministration, TokenTransaction } from '../../token-administration.js';
import type { TokenStore } from '../../token-store.js';
import { TokenNotAssigned, TokenTypeMismatch, UnknownToken } from '../../token.errors.js';
import { tokenType } from '../../types/registry.js';
import type { TokenTypeId } from '../../types/token-type.js';
import { defaultLimits } from '../enrol/new-token-defaults.js';
import { newSentToken } from '../enrol/sent-token.js';
import { TemporaryTokenPolicies } from './temporary-token-policies.js';
import { closeSentChallenges } from '../recall-messages.js';
import type { TokenRights } from '../token-rights.js';

/** How the owner logs in meanwhile. Without an address or number of theirs, it is a password. */
export interface TemporaryMeans {
  readonly kind: 'password' | 'sms' | 'email';
  /** Where the OTPs go; `null`: where the user store says. */
  readonly recipient: string | null;
}

export interface TemporaryToken {
  readonly serial: Serial;
  readonly type: TokenTypeId;
  /** `null`: its OTPs are sent. */
  readonly password: string | null;
  readonly until: Date;
  /** Whether it has the PIN of the token that is lost. */
  readonly hasPin: boolean;
}

interface Replacement {
  readonly serial: Serial;
  readonly type: TokenTypeId;
  readonly secret: Secret;
  readonly password: string | null;
  readonly digits: number;
  readonly hash: OtpHash | null;
  readonly info: InfoChanges;
  readonly until: Date;
}

/**
 * Gives the owner of a lost token a password for some days in its place, or a token whose OTPs are sent, and disables what is
 * lost (spec/admin-api §3.17, spec/token-types §21). Again: the same temporary token with another password or seed.
 */
export class ReplaceLostToken {
  constructor(
    private readonly administration: TokenAdministration,
    private readonly store: TokenStore,
    private readonly findOwner: FindTokenOwner,
    private readonly passwords: PasswordHasher,
    private readonly random: RandomSource,
    private readonly clock: Clock,
  ) {}

  /** @throws TokenDenied, UnknownToken, TokenNotAssigned, TokenTypeMismatch, MalformedSerial, Conflict, Denied, Unavailable */
  async execute(
    lost: string,
    means: TemporaryMeans,
    configuration: ConfigurationSnapshot,
    rights: TokenRights,
    context: AuditContext,
  ): Promise<TemporaryToken> {
    rights.demandAnywhere(lost);
    const seen = await this.store.find(lost);
    if (!seen) throw new UnknownToken(lost);
    rights.demand(seen);
    const user = await this.#ownerOf(seen, configuration);
    const serial = parseSerial(`lost${seen.serial}`);
    const policies = new TemporaryTokenPolicies(configuration, user, context.client, this.clock.now());
    // Before the transaction: a slow hash must not hold a connection.
    const made = this.#sent(means, user, configuration) ?? (await this.#password(policies));
    const replacement = { ...made, serial, until: policies.validUntil() };
    const { type, password, until } = replacement;

    return this.administration.change(context, async (tokens) => {
      const token = await lockedToken(tokens, seen);
      rights.demand(token);
      const existing = await this.#replace(tokens, token, replacement, configuration, rights);
      await tokens.update(token.id, { active: false });
      const touched = existing ? [token, existing] : [token];
      const counted = await countedChange(tokens, { touched, configuration, context });
      const facts = {
        succeeded: true,
        serial,
        tokenType: tokenType(type).label,
        user: user.login,
        realm: token.realms.join(' '),
        detail: `from ${token.serial}${counted}`,
      };
      return { result: { serial, type, password, until, hasPin: sharesPin(token) }, facts };
    });
  }

  async #password(policies: TemporaryTokenPolicies): Promise<Omit<Replacement, 'serial' | 'until'>> {
    const password = policies.password(this.random);
    const secret = Secret.fromText(await this.passwords.hash(password));
    return { type: 'password', secret, password, digits: password.length, hash: null, info: {} };
  }

  /** @returns `null` where nothing is to be sent, or nowhere is known where to */
  #sent(
    { kind, recipient }: TemporaryMeans,
    { record }: RealmUser,
    configuration: ConfigurationSnapshot,
  ): Omit<Replacement, 'serial' | 'until'> | null {
    if (kind === 'password') return null;
    const to = recipient || (kind === 'email' ? record.email : record.mobile);
    if (!to) return null;
    return { ...newSentToken(kind, to, configuration, this.random), password: null };
  }

  async #ownerOf(token: Token, configuration: ConfigurationSnapshot): Promise<RealmUser> {
    const ownership = await this.findOwner.execute(token, configuration);
    if (ownership.kind === 'known') return ownership.user;
    if (ownership.kind === 'unassigned') throw new TokenNotAssigned(token.serial);
    throw new Conflict(`the resolver of the owner of token ${token.serial} does not know them any more`);
  }

  /** @returns the temporary token as it was before; `null`: there was none */
  async #replace(
    tokens: TokenTransaction,
    lost: Token,
    { serial, type, secret, digits, hash, info, until }: Replacement,
    configuration: ConfigurationSnapshot,
    rights: TokenRights,
  ): Promise<Token | null> {
    const { settings } = configuration;
    const values = {
      description: `temporary replacement for ${lost.serial}`,
      active: true,
      owner: lost.owner,
      realms: lost.realms,
      secret,
      pin: sharesPin(lost) ? lost.pin : null,
      digits,
      hash,
      validity: { from: null, until },
      uses: NEVER_USED,
    };
    const [existing] = await tokens.find({ serials: [serial] });
    if (existing) {
      const left = existing.realms.filter((realm) => !lost.realms.includes(realm));
      rights.demand(existing);
      if (left.length > 0) rights.demandInEach({ serial, realms: left });
      if (existing.type !== type) throw new TokenTypeMismatch(serial, tokenType(existing.type).label, type);
      // Another seed: its counter begins anew.
      await tokens.update(existing.id, {
        ...values,
        info: changedInfo(existing.info, info),
        counter: 0,
        failures: 0,
      });
      await closeSentChallenges(tokens, [existing]);
      return existing;
    }
    await tokens.insert({
      serial,
      type,
      ...values,
      info: changedInfo({}, info),
      counter: 0,
      ...defaultLimits(settings),
      time: null,
    });
    return null;
  }
}

/** The PIN of such a token is all of its password: the temporary one has another. */
function sharesPin({ type }: Token): boolean {
  return type !== 'simple-pass';
}

/** @throws UnknownToken, Conflict when it is somebody else's now */
async function lockedToken(tokens: TokenTransaction, { id, serial, owner }: Token): Promise<Token> {
  const [token] = await tokens.lock([id]);
  if (!token) throw new UnknownToken(serial);
  if (token.owner?.resolver !== owner?.resolver || token.owner?.userId !== owner?.userId) {
    throw new Conflict(`token ${serial} has another owner now`);
  }
  return token;
}
