import type { AuditContext } from '@app/audit';
import {
  type Challenge,
  type LookAtOwnChallenges,
  type OwnChallenge,
  type Verdict,
  namedTransaction,
} from '@app/authentication';
import type { RealmUser } from '@app/realms';
import { type Token, type TokenStore, isAskedAlone, targetSerial, tokenType } from '@app/tokens';

import type { AskOwnToken, OwnTokenQuestion } from './ask-own-token.js';
import { EXPIRED, NOT_OWNER, NO_CHALLENGE, NO_TOKEN, TrialRefused, notUnique } from './trial.errors.js';

export interface TrialRequest {
  /** Which token; with a transaction it says once more which one was asked. `null`: not said. */
  readonly serial: string | null;
  /** Of the challenge that is looked at, or answered. */
  readonly transaction: string | null;
  /** `''`: none. */
  readonly otp: string;
  readonly network: string | null;
}

export type Trial =
  /** The user has the OTP at hand: there is nothing to ask the token for. */
  | { readonly kind: 'at-hand'; readonly token: Token }
  | { readonly kind: 'asked'; readonly verdict: Extract<Verdict, { readonly kind: 'challenged' }> }
  | { readonly kind: 'tried'; readonly isRight: boolean }
  | { readonly kind: 'stands'; readonly challenge: Challenge; readonly token: Token };

/** Whether a user's own token works: it is asked, tried, or looked at (spec/validate-api §4.9). */
export class TryOwnToken {
  constructor(
    private readonly tokens: TokenStore,
    private readonly challenges: LookAtOwnChallenges,
    private readonly ask: AskOwnToken,
  ) {}

  /**
   * The records of `asked` and `tried` are written with them, those of the others are the caller's.
   * @throws TrialRefused, Unavailable
   */
  async execute(request: TrialRequest, user: RealmUser, context: AuditContext): Promise<Trial> {
    const { serial, transaction, otp, network } = request;
    if (transaction !== null) {
      const named = namedTransaction(transaction);
      const found = await this.challenges.execute(named ?? 'unknown', user);
      const { challenge, token } = theOne(found, serial, transaction);
      if (otp === '') return { kind: 'stands', challenge, token };
      return this.#tried({ user, serial: token.serial, otp, transaction: named, text: '', network }, context);
    }
    const token = serial === null ? null : await this.tokens.find(serial);
    if (!token) throw new TrialRefused(NO_TOKEN);
    if (!isOwnerOf(user, token)) throw new TrialRefused(NOT_OWNER);
    const question = { user, serial: token.serial, otp, transaction: null, network };
    if (otp !== '') return this.#tried({ ...question, text: '' }, context);
    if (await this.#hasOtpAtHand(token)) return { kind: 'at-hand', token };
    const { verdict } = await this.ask.execute({ ...question, text: textFor(token, user) }, context);
    return verdict.kind === 'challenged' ? { kind: 'asked', verdict } : { kind: 'tried', isRight: false };
  }

  /** Whatever policies say of challenges: there is no need to ask for what the user can read off the token. */
  async #hasOtpAtHand(token: Token): Promise<boolean> {
    const target = targetSerial(token);
    const { type } = (target === null ? null : await this.tokens.find(target)) ?? token;
    const { challenge } = tokenType(type);
    return challenge === null || !isAskedAlone(challenge);
  }

  async #tried(question: OwnTokenQuestion, context: AuditContext): Promise<Trial> {
    const { verdict } = await this.ask.execute(question, context);
    return { kind: 'tried', isRight: verdict.kind === 'accepted' };
  }
}

function theOne(found: readonly OwnChallenge[], serial: string | null, id: string): OwnChallenge {
  const meant = found.filter(({ token }) => serial === null || token.serial === serial);
  const [one, ...others] = meant.filter(({ isExpired }) => !isExpired);
  if (others.length > 0) throw new TrialRefused(notUnique(id));
  if (one) return one;
  throw new TrialRefused(meant.length > 0 ? EXPIRED : NO_CHALLENGE);
}

function isOwnerOf({ references }: RealmUser, { owner }: Token): boolean {
  return references.some(({ resolver, userId }) => owner?.resolver === resolver && owner.userId === userId);
}

function textFor({ type, serial }: Token, { login }: RealmUser): string {
  return `SelfService token test\n\nToken: ${tokenType(type).label}\nSerial: ${serial}\nUser: ${login}`;
}
