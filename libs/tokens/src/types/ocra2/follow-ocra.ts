import type { OcraSuite } from '@app/otp';

import type { Token } from '../../token.js';
import {
  type AutoResync,
  FIRST_VALUE,
  type Followed,
  NOT_FOLLOWED,
  followedWindow,
  memoryOf,
  rememberedFirst,
  remembering,
} from '../auto-resync.js';
import type { Question } from '../otp-questions.js';
import type { Spending } from '../token-type.js';
import { suiteOf } from './suite-of.js';
import {
  type AnsweredAt,
  type SearchedRange,
  answeredAt,
  currentStep,
  lastStep,
  rangeOf,
  spendingOf,
  timeOf,
} from './verify-answer.js';

/** By what part of the window of a synchronisation a clock may be off, in steps (spec/token-types §16.4). */
const STEPS_OF_WINDOW = 10;
/** Counters that an administrator's synchronisation computes at most. */
const MOST_COUNTERS = 10_000;

/** Two answers in a row find a device that ran ahead, or whose clock is off (spec/token-types §16.4). */
export const ocraResync: AutoResync = { memory: FIRST_VALUE, follow };

function follow(token: Token, text: string, now: Date, withinSeconds: number, question?: Question): Followed {
  const suite = suiteOf(token);
  const range = question && beyondLogin(token, suite, now);
  const found = question && range ? answeredAt(token, suite, text, question, range) : null;
  const place = found && placeOf(found);
  if (!question || !found || place === null) return NOT_FOLLOWED;
  const memory = memoryOf(token, ocraResync);
  const first = rememberedFirst(token, now);
  if (!memory || first === null || place !== first + 1) {
    return { isFound: true, spends: null, remembers: remembering(place, now, withinSeconds) };
  }
  const spends = synchronised(token, suite, found, question, now);
  return { isFound: true, spends, remembers: memory.forgetting };
}

/** What two consecutive answers to two questions spend; `null`: they do not fit, or nothing can be out of step. */
export function resyncOcra(
  token: Token,
  answers: readonly [string, string],
  questions: readonly [string, string],
  now: Date,
): Spending | null {
  const suite = suiteOf(token);
  const [one, other] = questions.map((text): Question => ({ text, session: '', isChallenge: false }));
  const range = wholeWindow(token, suite, now);
  if (!one || !other || !range) return null;
  const first = answeredAt(token, suite, answers[0], one, range);
  if (!first) return null;
  const next = {
    counters: [first.counter === undefined ? undefined : first.counter + 1],
    steps: [first.step === undefined ? undefined : first.step + 1],
  };
  const second = answeredAt(token, suite, answers[1], other, next);
  return second && synchronised(token, suite, second, other, now);
}

/** Where a login does not look; `null`: the suite has nothing that could be off, or two things, which is too much to search. */
function beyondLogin(token: Token, suite: OcraSuite, now: Date): SearchedRange | null {
  if (suite.hasCounter && suite.stepSeconds === null) {
    const end = token.counter + followedWindow(token);
    return { counters: rangeOf(token.counter + token.lookAhead, end), steps: [undefined] };
  }
  return suite.hasCounter ? null : stepsOfWindow(token, suite, now);
}

function wholeWindow(token: Token, suite: OcraSuite, now: Date): SearchedRange | null {
  if (suite.hasCounter && suite.stepSeconds === null) {
    const end = token.counter + Math.min(token.syncWindow, MOST_COUNTERS);
    return { counters: rangeOf(token.counter, end), steps: [undefined] };
  }
  return suite.hasCounter ? null : stepsOfWindow(token, suite, now);
}

function stepsOfWindow(token: Token, suite: OcraSuite, now: Date): SearchedRange | null {
  if (suite.stepSeconds === null) return null;
  const step = currentStep(token, suite, now);
  const reach = Math.floor(followedWindow(token) / STEPS_OF_WINDOW);
  const from = Math.max(0, lastStep(token, suite) + 1, step - reach);
  return { counters: [undefined], steps: rangeOf(from, step + reach + 1) };
}

function placeOf({ counter, step }: AnsweredAt): number | null {
  return counter ?? step ?? null;
}

function synchronised(
  token: Token,
  suite: OcraSuite,
  found: AnsweredAt,
  question: Question,
  now: Date,
): Spending {
  const spends = spendingOf(token, suite, found, question);
  if (found.step === undefined || suite.stepSeconds === null) return spends;
  const behind = found.step - currentStep(token, suite, now);
  return { ...spends, shiftSeconds: timeOf(token).shiftSeconds + behind * suite.stepSeconds };
}
