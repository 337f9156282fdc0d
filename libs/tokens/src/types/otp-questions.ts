import type { Token, TokenInfo } from '../token.js';
import type { Verification } from './token-type.js';

/** How a question is made of a client's text: of its characters, of none of them, or of a hash over it. */
export type QuestionForm = 'raw' | 'random' | 'hash';

/** What a client says of the question that is to be asked (spec/token-types §16.3). */
export interface QuestionWish {
  /** What the device's user is shown; `''`: nothing. */
  readonly text: string;
  readonly form: QuestionForm;
  /** Of suites that have a session; `''`: none. */
  readonly session: string;
  /** `null`: the app is told of no place to answer at. */
  readonly callback: CallbackWish | null;
}

/** Which of the places that policies name, and what they are filled in with. */
export interface CallbackWish {
  /** `''`: the usual one. */
  readonly id: string;
  readonly user: string;
  readonly password: string;
}

export interface QuestionTerms {
  readonly transaction: string;
  readonly wish: QuestionWish;
  /** As a policy has it, with its placeholders; `''`: none. */
  readonly callback: string;
  /** Random bytes: a type draws nothing itself. */
  readonly drawn: Uint8Array;
}

/** A question with all that is told of it. */
export interface AskedQuestion {
  /** What the app reads, mostly from a QR code. */
  readonly message: string;
  /** What the client is told beside that, and what is kept with the challenge. */
  readonly data: QuestionData;
  /** The same without anything secret. */
  readonly kept: Pick<AskedQuestion, 'message' | 'data'>;
}

export interface QuestionData extends TokenInfo {
  readonly challenge: string;
  readonly input: string;
  readonly url: string;
}

/** A question that an OTP may answer. */
export interface Question {
  readonly text: string;
  readonly session: string;
  /**
   * It is asked by a challenge, which takes one answer. Else the client names it, and only what the token itself uses up keeps an
   * OTP from being right twice.
   */
  readonly isChallenge: boolean;
}

/**
 * The OTP is computed over a question that the challenge asks: such a type is asked by challenges alone, and its OTPs sign what
 * the user is shown (OCRA).
 */
export interface OtpQuestions {
  /** @throws Error where the token cannot ask: its seal does not open, or its suite is none */
  ask(token: Token, terms: QuestionTerms): AskedQuestion;
  /** Whether a text is the OTP for the question. */
  verify(token: Token, text: string, question: Question, now: Date): Verification;
  /** The question of a challenge, by what is kept with it; `null`: it is none of this type. */
  questionOf(data: TokenInfo | undefined): Question | null;
}
