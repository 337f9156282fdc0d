import type { RandomSource } from '@app/kernel';
import type { ChallengeSettings, UserReference } from '@app/realms';
import { type SealedQuestion, type Token, tokenType } from '@app/tokens';

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
  /** Its OTP is on its way, or got lost there: nobody can answer it yet. It is not open, either. */
  readonly isUnsent: boolean;
  /** Of the OTP that was sent for it; `null`: none was. */
  readonly counter: bigint | null;
  /** What the token's type keeps with it; absent: nothing. */
  readonly data?: ChallengeData;
  readonly receivedCount: number;
  readonly isReceived: boolean;
  /** The last answer was right, and accepted. */
  readonly isValid: boolean;
  /** What its device has said: `true`, signed rightly; `false`, wrongly; absent: nothing of the kind. */
  readonly confirmed?: Confirmed;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** JSON that only the type of the token reads; no secret in clear. */
export type ChallengeData = Readonly<Record<string, string | number | boolean>>;

const PIN_IMPLIED = 'pinImplied';

/** Of a challenge that was made for a user who is known already: the token's PIN was not asked for. */
export function withPinImplied(data: ChallengeData | undefined): ChallengeData {
  return { ...data, [PIN_IMPLIED]: true };
}

/** Whether its answer proves nothing to those who don't know the user: the PIN is yet to be shown. */
export function hasPinImplied({ data }: Pick<Challenge, 'data'>): boolean {
  return data?.[PIN_IMPLIED] === true;
}

/** What a device says to its question. */
export type Confirmation = 'accept' | 'reject';

export type Confirmed = Readonly<Partial<Record<Confirmation, boolean>>>;

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
  /** Of the OTP that is to be sent: nobody can answer it before that is done. `null`: none is. */
  readonly counter: bigint | null;
  /** What the token's type keeps with it; absent: nothing. */
  readonly data?: ChallengeData;
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

/** What a paired device was asked by, of the challenges that have such a thing. */
export function dataOf({ payload, salt }: Pick<SealedQuestion, 'payload' | 'salt'>): ChallengeData {
  return { payload, salt: String(salt) };
}

/** @returns `null` for a challenge of another kind */
export function sealedIn(challenge: Challenge): SealedQuestion | null {
  const { payload, salt } = challenge.data ?? {};
  if (typeof payload !== 'string' || typeof salt !== 'string' || !/^\d{1,20}$/.test(salt)) return null;
  return { payload, salt: BigInt(salt), transaction: transactionId(challenge) };
}

/** Whoever it asked has answered, and was right. */
export function isRightlyAnswered({ isOpen, isValid }: Pick<Challenge, 'isOpen' | 'isValid'>): boolean {
  return !isOpen && isValid;
}

export function isUnexpired({ expiresAt }: Pick<Challenge, 'expiresAt'>, now: Date): boolean {
  return now < expiresAt;
}

/** Whether the token may answer it now, in this realm. */
export function isAnswerable(challenge: Challenge, token: Token, realm: string, now: Date): boolean {
  return challenge.isOpen && isBound(challenge, token, realm) && isUnexpired(challenge, now);
}

/** Whether it asks this token and its owner, in this realm. */
function isBound({ tokenId, owner, ...asked }: Challenge, token: Token, realm: string): boolean {
  return (
    tokenId === token.id &&
    owner?.resolver === token.owner?.resolver &&
    owner?.userId === token.owner?.userId &&
    asked.realm === realm &&
    (token.realms.length === 0 || token.realms.includes(realm))
  );
}

/** By what it is known whether another message may be sent to a token. */
export interface QuietTerms {
  readonly realm: string;
  readonly settings: ChallengeSettings;
  /** How long a message may be on its way: behind that it is lost. */
  readonly deliverySeconds: number;
}

/**
 * The challenge of the token that is asked instead of a new one, since its message was sent just now or is on its way
 * (spec/validate-api §3.3); `null`: there is none.
 * @param challenges of any tokens
 */
export function quietingChallenge(
  challenges: readonly Challenge[],
  token: Token,
  { realm, settings, deliverySeconds }: QuietTerms,
  now: Date,
): Challenge | null {
  const sends = tokenType(token.type).challenge?.sends;
  if (!sends) return null;
  const quiet = settings.quietSeconds[sends.by];
  const secondsOf = ({ isUnsent }: Challenge) => (isUnsent ? Math.min(quiet, deliverySeconds) : quiet);
  const found = challenges.filter(
    (challenge) =>
      (challenge.isOpen || challenge.isUnsent) &&
      isBound(challenge, token, realm) &&
      isUnexpired(challenge, now) &&
      now.getTime() - challenge.createdAt.getTime() < secondsOf(challenge) * 1000,
  );
  return found.toSorted((one, other) => other.id - one.id)[0] ?? null;
}

/** A challenge as it is found once it is made; until it is stored, nobody knows its id. */
export function asMade(made: NewChallenge, { id, serial, owner }: Token): Challenge {
  const { root, place, message, realm, seconds, madeAt, counter, data } = made;
  return {
    id: Number.MAX_SAFE_INTEGER,
    root,
    place,
    tokenId: id,
    serial,
    owner,
    realm,
    message,
    isOpen: counter === null,
    isUnsent: counter !== null,
    counter,
    ...(data && { data }),
    receivedCount: 0,
    isReceived: false,
    isValid: false,
    createdAt: madeAt,
    expiresAt: new Date(madeAt.getTime() + seconds * 1000),
  };
}

/** How many more may be made for the token now: the limit of triggers (spec/validate-api §6, 5). */
export function challengesLeft(token: Token, settings: ChallengeSettings, now: Date): number {
  const { since, most } = challengeLimit(settings, now);
  return most - token.challengedAt.filter((time) => time > since).length;
}

export function challengeLimit({ mostPerToken, limitSeconds }: ChallengeSettings, now: Date): ChallengeLimit {
  return { most: mostPerToken, since: new Date(now.getTime() - limitSeconds * 1000) };
}

/**
 * The same, where one more is made only if no other was meanwhile: with it, there are as many as are known, and one. Of any
 * number of logins that ask for a message at once, on any number of nodes, one has it sent.
 */
export function noneSince(token: Token, limit: ChallengeLimit): ChallengeLimit {
  const known = token.challengedAt.filter((time) => time > limit.since).length;
  return { ...limit, most: Math.min(limit.most, known + 1) };
}

export function challengePrompt({ type }: Token, settings: ChallengeSettings): string {
  const { label, challenge } = tokenType(type);
  return settings.prompts.get(label.toUpperCase()) ?? challenge?.prompt ?? '';
}
