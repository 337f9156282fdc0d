import type { AuditContext } from '@app/audit';
import { Conflict, Invalid, type RandomSource, Secret } from '@app/kernel';
import { MalformedActivationCode, OCRA_NONCE_BYTES, activationCodeBytes, ocraKey } from '@app/otp';
import { type ConfigurationSnapshot, type RealmUser, policySubject } from '@app/realms';
import {
  EnrolmentPolicies,
  type QuestionWish,
  type RealmChange,
  type Token,
  type TokenAdministration,
  type TokenTransaction,
  activatedInfo,
  activationQuestion,
  challengeSeconds,
  changedInfo,
  countedChange,
  demandWithinRealmLimits,
  isRolledOut,
} from '@app/tokens';

import { LoginPolicies } from '../policies/login-policies.js';
import { drawTransactionId } from './challenge.js';

export interface Activation {
  /** One of both at least. */
  readonly serial: string | null;
  readonly owner: RealmUser | null;
  /** As the user typed it. */
  readonly code: string;
  /** What the first question shows. */
  readonly wish: QuestionWish;
}

/** Whether somebody may activate, and as what that counts. */
export interface ActivationTerms {
  readonly realmChange: RealmChange;
  /** @throws Denied unless this token is theirs to activate */
  demand(token: Token): void;
}

/** What the app is told, and its user asked. */
export interface ActivatedToken {
  readonly token: Token;
  /** In hexadecimal. */
  readonly nonce: string;
  readonly transaction: string;
  readonly challenge: string;
  /** Where the app is to answer; `''`: nowhere. */
  readonly url: string;
  /** What it reads, and the signature at its end. */
  readonly message: string;
  readonly signature: string;
}

/** No token waits for the code. */
export class NothingToActivate extends Conflict {
  override readonly code = 'token.nothing-to-activate';
  constructor(
    readonly login: string,
    readonly serial: string,
  ) {
    super(`no token found for user: ${login} or serial: ${serial}`);
  }
}

/** Which of several tokens the code is for cannot be told. */
export class SeveralToActivate extends Conflict {
  override readonly code = 'token.several-to-activate';
  constructor(readonly serials: readonly string[]) {
    super(`multiple tokens found in rollout state: ${serials.join(', ')}`);
  }
}

const NONCE_BYTES = OCRA_NONCE_BYTES;
const QUESTION_BYTES = 32;
const MASKED = '***';

/**
 * The second phase of an enrolment through the app (spec/token-types §16.2): out of what the app got first, a code that its user
 * types and a value that is drawn now, both sides make the key. The token is active from now on, and asks a first question.
 */
export class ActivateOcraToken {
  constructor(
    private readonly administration: TokenAdministration,
    private readonly random: RandomSource,
  ) {}

  /** @throws Invalid for a code that is none, NothingToActivate, SeveralToActivate, Denied, RealmTokensExceeded, Unavailable */
  async execute(
    { serial, owner, code, wish }: Activation,
    configuration: ConfigurationSnapshot,
    terms: ActivationTerms,
    context: AuditContext,
  ): Promise<ActivatedToken> {
    const typed = bytesOf(code);
    const nonce = this.random.bytes(NONCE_BYTES);
    const drawn = this.random.bytes(QUESTION_BYTES);
    const { settings } = configuration;
    const transaction = drawTransactionId(this.random, settings.challenges.idLength);
    return this.administration.change(context, async (tokens) => {
      const { token, sharedSecret } = await waiting(tokens, serial, owner);
      terms.demand(token);
      const key = await ocraKey(
        sharedSecret.use((bytes) => Buffer.from(bytes)),
        typed,
        nonce,
      );
      const changes = {
        secret: Secret.of(key),
        counter: 0,
        failures: 0,
        active: true,
        info: changedInfo(token.info, activatedInfo(nonce)),
      };
      const activated: Token = { ...token, ...changes };
      const realm = owner?.realm ?? token.realms[0] ?? settings.defaultRealm ?? '';
      const callback = callbackOf(wish, realm, owner, configuration, context.client, tokens.now);
      const hex = Buffer.from(nonce).toString('hex');
      const asked = { transaction, wish, callback, drawn };
      const password = wish.callback?.password ?? '';
      const told = activationQuestion(activated, asked, hex, password);
      const kept = activationQuestion(activated, asked, hex, password === '' ? '' : MASKED);
      await tokens.update(token.id, changes);
      await tokens.closeChallenges([token.id]);
      await tokens.ask(activated, {
        transaction,
        message: kept.message,
        realm: realm.toLowerCase(),
        seconds: challengeSeconds(activated, settings.challenges),
        data: kept.data,
      });
      const policies = new EnrolmentPolicies(configuration, owner, context.client, tokens.now);
      const joined = token.active ? [] : [{ active: true, realms: token.realms }];
      await demandWithinRealmLimits(tokens, joined, policies, terms.realmChange);
      const counted = await countedChange(tokens, { touched: [token, activated], configuration, context });
      const facts = {
        succeeded: true,
        serial: token.serial,
        tokenType: 'ocra2',
        user: owner?.login ?? '',
        realm: owner?.realm ?? token.realms.join(' '),
        detail: counted,
        info: 'activated',
      };
      const { challenge, url } = told.data;
      const { message, signature } = told;
      return {
        result: { token: activated, nonce: hex, transaction, challenge, url, message, signature },
        facts,
      };
    });
  }
}

/** @throws Invalid */
function bytesOf(code: string): Uint8Array {
  try {
    return activationCodeBytes(code);
  } catch (error) {
    if (error instanceof MalformedActivationCode) throw new Invalid('activationCode', error.message);
    throw error;
  }
}

/** The one token of those that are meant that waits for a code, or was given one and has not been used yet. */
async function waiting(
  tokens: TokenTransaction,
  serial: string | null,
  owner: RealmUser | null,
): Promise<{ token: Token; sharedSecret: Secret }> {
  if (serial === null && !owner) throw new NothingToActivate('', '');
  const found = await tokens.find({
    ...(serial !== null && { serials: [serial] }),
    ...(owner && { owner: { references: owner.references, realm: owner.realm } }),
  });
  const inRollOut = found.flatMap((token) => {
    const { sharedSecret } = token;
    return token.type === 'ocra2' && !isRolledOut(token) && sharedSecret ? [{ token, sharedSecret }] : [];
  });
  const [one, ...others] = inRollOut;
  if (!one) throw new NothingToActivate(owner?.login ?? '', serial ?? '');
  if (others.length > 0) throw new SeveralToActivate(inRollOut.map(({ token }) => token.serial));
  return one;
}

function callbackOf(
  wish: QuestionWish,
  realm: string,
  owner: RealmUser | null,
  { policies }: ConfigurationSnapshot,
  client: string,
  time: Date,
): string {
  if (!wish.callback) return '';
  const subject = owner && policySubject(owner);
  const scene = { subject, realm: realm.toLowerCase(), isRealmUnclear: false, client, time, ledBy: [] };
  return new LoginPolicies(policies, scene).callback(wish.callback.id).value;
}
