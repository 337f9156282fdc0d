import { type OcraSuite, isQuestionOf, isSameText, ocra, timeStepAt } from '@app/otp';

import type { Token, TokenTime } from '../../token.js';
import type { Question } from '../otp-questions.js';
import type { Spending } from '../token-type.js';
import { suiteOf } from './suite-of.js';

/** Values that one look computes at most, however large the windows are: it must not take long. */
const MOST_VALUES = 1_000;
// To each side.
const MOST_STEPS = 100;

/** A counter and a time step with which a question was answered; what the suite does not ask for is `undefined`. */
export interface AnsweredAt {
  readonly counter: number | undefined;
  readonly step: number | undefined;
}

export interface SearchedRange {
  /** `undefined` stands for a suite that has none. */
  readonly counters: readonly (number | undefined)[];
  readonly steps: readonly (number | undefined)[];
}

/**
 * What a right answer spends; `null`: it is not right (spec/token-types §16.4).
 *
 * A counter is good once. Without one a challenge is: it takes one answer, and its question is none that was asked before. An
 * answer without a challenge then needs a time step beyond the last one that was used, and where there is no clock, either,
 * nothing would keep it from being right again: it never is.
 */
export function spentBy(token: Token, text: string, question: Question, now: Date): Spending | null {
  const suite = suiteOf(token);
  if (!suite.hasCounter && suite.stepSeconds === null && !question.isChallenge) return null;
  const steps = suite.stepSeconds === null ? [undefined] : stepsAround(token, suite, now, question);
  const most = Math.max(1, Math.floor(MOST_VALUES / Math.max(1, steps.length)));
  const counters = suite.hasCounter
    ? rangeOf(token.counter, token.counter + Math.min(token.lookAhead, most))
    : [undefined];
  const found = answeredAt(token, suite, text, question, { counters, steps });
  return found && spendingOf(token, suite, found, question);
}

/** The first of the range with which the text is the answer. */
export function answeredAt(
  token: Token,
  suite: OcraSuite,
  text: string,
  question: Question,
  { counters, steps }: SearchedRange,
): AnsweredAt | null {
  if (!isQuestionOf(suite, question.text) || (suite.pinHash !== null && !token.userPin)) return null;
  const session = Buffer.from(question.session, 'utf8');
  if (suite.sessionBytes !== null && session.length > suite.sessionBytes) return null;
  const withPin = (pin: Uint8Array | undefined) =>
    token.secret.use((key) => {
      for (const counter of counters) {
        for (const step of steps) {
          const input = {
            question: question.text,
            session,
            ...(pin && { pin }),
            ...(counter !== undefined && { counter }),
            ...(step !== undefined && { timeStep: step }),
          };
          if (isSameText(ocra(suite, key, input), text)) return { counter, step };
        }
      }
      return null;
    });
  return suite.pinHash !== null && token.userPin ? token.userPin.use(withPin) : withPin(undefined);
}

export function spendingOf(
  token: Token,
  suite: OcraSuite,
  { counter, step }: AnsweredAt,
  { isChallenge }: Pick<Question, 'isChallenge'>,
): Spending {
  if (counter !== undefined) return { nextCounter: counter + 1, once: true };
  if (step !== undefined) return { nextCounter: counterOfStep(step, suite), once: !isChallenge };
  return { nextCounter: token.counter + 1, once: false };
}

/** Steps that the device's clock may show now; none from before the last one that was used. */
function stepsAround(
  token: Token,
  suite: OcraSuite,
  now: Date,
  { isChallenge }: Question,
): readonly number[] {
  const step = currentStep(token, suite, now);
  const reach = stepsOfWindow(token, suite);
  const next = isChallenge ? 0 : 1;
  const least = suite.hasCounter ? 0 : lastStep(token, suite) + next;
  return rangeOf(Math.max(0, least, step - reach), step + reach + 1);
}

/** What is kept of a step that was used: in seconds, as LinOTP keeps it. */
export function counterOfStep(step: number, { stepSeconds }: OcraSuite): number {
  return step * (stepSeconds ?? 1) + 1;
}

/** How many steps a device's clock may be off, to each side. */
export function stepsOfWindow(token: Pick<Token, 'time'>, { stepSeconds }: OcraSuite): number {
  return Math.min(Math.floor(timeOf(token).windowSeconds / (stepSeconds ?? 1)), MOST_STEPS);
}

/** The last time step that was used; −1: none was. */
export function lastStep({ counter }: Pick<Token, 'counter'>, { stepSeconds }: OcraSuite): number {
  return counter > 0 ? Math.floor((counter - 1) / (stepSeconds ?? 1)) : -1;
}

export function currentStep(token: Pick<Token, 'time'>, { stepSeconds }: OcraSuite, now: Date): number {
  return timeStepAt(now.getTime() / 1000, stepSeconds ?? 1, timeOf(token).shiftSeconds);
}

export function timeOf({ time }: Pick<Token, 'time'>): TokenTime {
  return time ?? { stepSeconds: 60, windowSeconds: 180, shiftSeconds: 0 };
}

/** `[from, to)` */
export function rangeOf(from: number, to: number): readonly number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, place) => from + place);
}
