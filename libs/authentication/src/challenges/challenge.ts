import type { RandomSource } from '@app/kernel';
import type { ChallengeSettings, UserReference } from '@app/realms';
import { type Token, tokenType } from '@app/tokens';

/** What a transaction id names (spec/validate-api §3.2): all challenges that were made together, or one of them. */
export interface NamedTransaction {
  readonly root: string;
  /** `null`: all of them. */
  readonly place: number | null;
}

/** One question for an OTP of a token. */
export interface Challenge extends ChallengeBinding {
  /** In the order of creation. */
  readonly id: number;
  readonly root: string;
  /** Among those that were made together, from 1; 0: it is alone. */
  readonly place: number;
  readonly serial: string;
  readonly message: string;
  readonly isOpen: boolean;
  readonly receivedCount: number;
  readonly isReceived: boolean;
  /** The last answer was right, and accepted. */
  readonly isValid: boolean;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** Whom it asks, and where: an answer counts for nobody else. */
export interface ChallengeBinding {
  readonly tokenId: number;
  readonly owner: UserReference | null;
  readonly realm: string;
}

/** One that is about to be made. */
export interface NewChallenge {
  readonly root: string;
  readonly place: number;
  readonly message: string;
  readonly realm: string;
  readonly seconds: number;
  /** As far as the decision knows; the database has its own clock. */
  readonly madeAt: Date;
  /** Relied on: with it, so many at most were made for the token since. */
  readonly limit: ChallengeLimit;
}

export interface ChallengeLimit {
  readonly most: number;
  readonly since: Date;
}

const TRANSACTION_ID = /^(\d{9,17})(?:\.(\d\d))?$/;
const PLACE_DIGITS = 2;
/** As many as have two digits. */
export const MOST_TOGETHER = 99;

/** @returns `null` for what no transaction id looks like: it names nothing */
export function namedTransaction(text: string): NamedTransaction | null {
  const [, root, place] = TRANSACTION_ID.exec(text) ?? [];
  return root === undefined ? null : { root, place: place === undefined ? null : Number(place) };
}

export function transactionId({ root, place }: Pick<Challenge, 'root' | 'place'>): string {
  return place === 0 ? root : `${root}.${String(place).padStart(PLACE_DIGITS, '0')}`;
}

/** The root of several: with a place behind it, it is as long as an id that stands alone. */
export function rootOfSeveral(id: string): string {
  return id.slice(0, -(PLACE_DIGITS + 1));
}

/** Decimal digits, each as likely as the others; the first is none but 0. */
export function drawTransactionId(random: RandomSource, length: number): string {
  let id = '';
  while (id.length < length) {
    for (const byte of random.bytes(2 * length)) {
      const [values, first] = id === '' ? [9, 1] : [10, 0];
      // What does not divide evenly is thrown away.
      if (byte < 256 - (256 % values)) id += String(first + (byte % values));
      if (id.length === length) break;
    }
  }
  return id;
}

export function isUnexpired({ expiresAt }: Pick<Challenge, 'expiresAt'>, now: Date): boolean {
  return now < expiresAt;
}

/** Whether the token may answer it now, in this realm. */
export function isAnswerable(challenge: Challenge, token: Token, realm: string, now: Date): boolean {
  const { owner } = challenge;
  const isBound =
    challenge.tokenId === token.id &&
    owner?.resolver === token.owner?.resolver &&
    owner?.userId === token.owner?.userId &&
    challenge.realm === realm &&
    (token.realms.length === 0 || token.realms.includes(realm));
  return isBound && challenge.isOpen && isUnexpired(challenge, now);
}

/** How many more may be made for the token now: the limit of triggers (spec/validate-api §6, 5). */
export function challengesLeft(token: Token, settings: ChallengeSettings, now: Date): number {
  const { since, most } = challengeLimit(settings, now);
  return most - token.challengedAt.filter((time) => time > since).length;
}

export function challengeLimit({ mostPerToken, limitSeconds }: ChallengeSettings, now: Date): ChallengeLimit {
  return { most: mostPerToken, since: new Date(now.getTime() - limitSeconds * 1000) };
}

/** How long a challenge of the token is open: the last that is found of what may say so (spec/validate-api §3.5). */
export function challengeSeconds({ type, info }: Token, settings: ChallengeSettings): number {
  const { label } = tokenType(type);
  const lower = label.toLowerCase();
  const names = [lower.charAt(0).toUpperCase() + lower.slice(1), label.toUpperCase(), lower];
  const own = info['challenge_validity_time'];
  const seconds = own === undefined ? Number.NaN : Number(own);
  if (Number.isInteger(seconds) && seconds > 0 && seconds <= LONGEST_SECONDS) return seconds;
  return names.reduce((found, name) => settings.validSecondsOf.get(name) ?? found, settings.validSeconds);
}

const LONGEST_SECONDS = 2_147_483_647;

export function challengePrompt({ type }: Token, settings: ChallengeSettings): string {
  const { label, challenge } = tokenType(type);
  return settings.prompts.get(label.toUpperCase()) ?? challenge?.prompt ?? '';
}
