import type { OcraSettings } from '@app/realms';
import {
  type AskedQuestion,
  type OtpQuestions,
  type Question,
  rollOutMissed,
  rollOutState,
} from '@app/tokens';

import type { Challenge } from '../../challenges/challenge.js';
import type { QuestionSaid } from '../../login-request.js';
import type { Answer } from './answer.js';

/** A question that a login may answer. */
export interface AnswerableQuestion {
  readonly question: Question;
  /** `null`: the client names it. */
  readonly challenge: Challenge | null;
}

const NEEDS_PIN = 'needsPin';

/** A challenge that was made without a PIN is answered with it. */
export function neededPin(asked: AskedQuestion, isNeeded: boolean): AskedQuestion {
  if (!isNeeded) return asked;
  const { kept } = asked;
  return { ...asked, kept: { ...kept, data: { ...kept.data, [NEEDS_PIN]: true } } };
}

/**
 * What an answer may be for: questions of open challenges, the newest first, and then one that the client names.
 * @param isBare the answer comes without a PIN
 */
export function answerableQuestions(
  asks: OtpQuestions,
  open: readonly Challenge[],
  { isBare, named }: { readonly isBare: boolean; readonly named: QuestionSaid | null },
): readonly AnswerableQuestion[] {
  const ofChallenges = open
    .toSorted((one, other) => other.id - one.id)
    .flatMap((challenge): AnswerableQuestion[] => {
      const question = asks.questionOf(challenge.data);
      const isMeant = question !== null && !(isBare && challenge.data?.[NEEDS_PIN] === true);
      return isMeant ? [{ question, challenge }] : [];
    });
  if (!named || named.answers === '') return ofChallenges;
  const { answers: text, session } = named;
  return [...ofChallenges, { question: { text, session, isChallenge: false }, challenge: null }];
}

/** A wrong answer: what it may be the first half of, and what becomes of a roll-out. */
export function missedQuestion(
  asked: Answer,
  answerable: readonly AnswerableQuestion[],
  { mostRollOutMisses }: OcraSettings,
): Answer {
  if (asked.result !== 'invalid') return asked;
  const { token, stray } = asked;
  const [newest] = answerable;
  const received = Math.max(0, ...answerable.map(({ challenge }) => challenge?.receivedCount ?? 0)) + 1;
  const info = asked.missed === null ? null : rollOutMissed(token, received, mostRollOutMisses);
  const followed = stray && newest && { ...stray, ...newest };
  return {
    ...asked,
    // In a roll-out nothing has run ahead yet.
    stray: rollOutState(token) === null ? (followed ?? null) : null,
    ...(info && { remembers: { info, recalled: { rollout: String(token.info['rollout']) } } }),
  };
}
