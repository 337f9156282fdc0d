import type { AuditContext } from '@app/audit';
import { type Clock, Conflict, type RandomSource, Secret } from '@app/kernel';
import type { ConfigurationSnapshot, RealmUser } from '@app/realms';

import type { FindTokenOwner } from '../../look/find-token-owner.js';
import type { PasswordHasher } from '../../password-hasher.js';
import { countedChange } from '../../report/report-change.js';
import { NEVER_USED, type Serial, type Token, parseSerial } from '../../token.js';
import type { TokenAdministration, TokenTransaction } from '../../token-administration.js';
import type { TokenStore } from '../../token-store.js';
import { TokenNotAssigned, TokenTypeMismatch, UnknownToken } from '../../token.errors.js';
import { tokenType } from '../../types/registry.js';
import { defaultLimits } from '../enrol/new-token-defaults.js';
import { TemporaryTokenPolicies } from './temporary-token-policies.js';
import type { TokenRights } from '../token-rights.js';

export interface TemporaryToken {
  readonly serial: Serial;
  readonly password: string;
  readonly until: Date;
  /** Whether it has the PIN of the token that is lost. */
  readonly hasPin: boolean;
}

interface Replacement {
  readonly serial: Serial;
  readonly secret: Secret;
  readonly digits: number;
  readonly until: Date;
}

/**
 * Gives the owner of a lost token a password for some days in its place, and disables what is lost (spec/admin-api §3.17,
 * spec/token-types §21). Again: the same temporary token with another password.
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
    const password = policies.password(this.random);
    const until = policies.validUntil();
    // Before the transaction: a slow hash must not hold a connection.
    const secret = Secret.fromText(await this.passwords.hash(password));
    const replacement = { serial, secret, digits: password.length, until };

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
        tokenType: tokenType('password').label,
        user: user.login,
        realm: token.realms.join(' '),
        detail: `from ${token.serial}${counted}`,
      };
      return { result: { serial, password, until, hasPin: sharesPin(token) }, facts };
    });
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
    { serial, secret, digits, until }: Replacement,
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
      validity: { from: null, until },
      uses: NEVER_USED,
    };
    const [existing] = await tokens.find({ serials: [serial] });
    if (existing) {
      const left = existing.realms.filter((realm) => !lost.realms.includes(realm));
      rights.demand(existing);
      if (left.length > 0) rights.demandInEach({ serial, realms: left });
      if (existing.type !== 'password') {
        throw new TokenTypeMismatch(serial, tokenType(existing.type).label, 'password');
      }
      await tokens.update(existing.id, { ...values, failures: 0 });
      return existing;
    }
    await tokens.insert({
      serial,
      type: 'password',
      ...values,
      hash: null,
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
