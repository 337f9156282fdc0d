import type {
  AskedQuestion,
  DeviceQuestion,
  KeyQuestion,
  InfoChanges,
  Question,
  Refusal,
  Spending,
  Token,
  TokenInfo,
} from '@app/tokens';

import type { Challenge, ChallengeData } from '../../challenges/challenge.js';
import type { LoginAnswers, LoginAttempt } from '../../login.js';
import type { PinMode } from '../../policies/login-policies.js';

/** How one token answered (spec/validate-api §2.6); tokens that took no part are not among them. */
export interface Answer {
  readonly token: Token;
  readonly result:
    | 'valid'
    /** The PIN is right: it is to be asked for the OTP. */
    | 'trigger'
    /** So it is, but it was asked too often of late. */
    | 'trigger-refused'
    /** So it is, but nothing can be asked. */
    | 'not-asked'
    | 'pin-matching'
    | 'invalid';
  readonly spends: Spending | null;
  readonly pinLength: number;
  readonly otpLength: number | null;
  /** The challenge that a valid one answers; `null`: none. */
  readonly answered: Challenge | null;
  /** A value that is in no window of a login, where nothing else is known to be wrong; `null`: there is none. */
  readonly stray: Stray | null;
  /** What is remembered of the token with it; `null`: nothing. */
  readonly remembers: Remembered | null;
  /** Challenges that a wrong answer missed: these, or all open ones of the token; `null`: it has none. */
  readonly missed: readonly number[] | 'open' | null;
  /** Of an invalid one: it waited for an OTP, and nothing but that was wrong. */
  readonly isGuess?: boolean;
  /** Of a trigger: the challenge that it is asked by instead of a new one; absent: a new one. */
  readonly asked?: Challenge;
  /** Of a trigger: what is kept with the challenge. */
  readonly data?: ChallengeData;
  /** Of a trigger: what is asked, of a type that asks questions; by the id of the transaction. */
  readonly poses?: (transaction: string) => AskedQuestion;
  /** What its device is to show; absent: it has none. */
  readonly toShow?: DeviceQuestion;
  /** Of a trigger: what its key is to sign; by the id of the transaction. Absent: it has none. */
  readonly signs?: (transaction: string) => KeyQuestion | Refusal;
  /** Of an invalid one: the challenge that the key signs, but somebody else has it, too. */
  readonly signedByCopy?: Challenge;
  /** Why it can be asked nothing, or is answered otherwise; absent: no more is known. */
  readonly refusal?: string;
}

export interface Stray {
  readonly otp: string;
  /** The challenge that it answers, if it is right after all. */
  readonly challenge: Challenge | null;
  /** What the directory is yet to say of; `null`: the PIN is right, or not asked for. */
  readonly password: string | null;
  /** What it answers, of a type that asks questions. */
  readonly question?: Question;
}

export interface Remembered {
  readonly info: InfoChanges;
  readonly recalled?: TokenInfo;
}

/** By what a token is asked. */
export interface Asking {
  readonly attempt: LoginAttempt;
  /** `null`: none was sent, and nothing but a challenge can come of it. */
  readonly password: string | null;
  readonly mode: PinMode;
  /** Whether policies have its type ask by challenges. */
  readonly isChallenged: boolean;
  /** Where the app is to answer, as they have it; `''`: nowhere. */
  readonly callback: string;
  /** Whether they let a message be asked for without any PIN. */
  readonly mayOmitPin: boolean;
  readonly challenges: readonly Challenge[];
  readonly now: Date;
  readonly answers: LoginAnswers;
}

/** Its server did not answer: it takes no part. */
export interface Unanswered {
  readonly unanswered: string;
}
