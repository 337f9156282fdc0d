import { MalformedSuite, type OcraSuite, parseOcraSuite } from '@app/otp';
import { Invalid, Secret } from '@app/kernel';

import type { TokenInfo } from '../../token.js';
import type { OtpQuestions } from '../otp-questions.js';
import type { TokenType } from '../token-type.js';
import { ocraAfterRestore } from './after-restore.js';
import { askQuestion } from './ask-question.js';
import { ocraResync, resyncOcra } from './follow-ocra.js';
import { endOfRollOut, isRolledOut, rollOutState, STARTED } from './roll-out.js';
import { SUITE, suiteOf } from './suite-of.js';
import { spentBy } from './verify-answer.js';

const SHARED_SECRET_BYTES = 20;
const SEED_BYTES = { sha1: 20, sha256: 32, sha512: 64 } as const;

const asks: OtpQuestions = {
  ask: askQuestion,

  verify(token, text, question, now) {
    const spends = rollOutState(token) === 'started' ? null : spentBy(token, text, question, now);
    return spends ? { kind: 'matched', spends } : { kind: 'mismatched' };
  },

  questionOf(data: TokenInfo | undefined) {
    const text = data?.['challenge'];
    if (typeof text !== 'string') return null;
    return { text, session: String(data?.['session'] ?? ''), isChallenge: true };
  },
};

/**
 * Challenges and answers by OCRA (RFC 6287; spec/token-types §16): the device computes over what the challenge asks, and may show
 * its user what they sign.
 */
export const ocra2Token: TokenType = {
  id: 'ocra2',
  label: 'ocra2',
  serialPrefix: 'LSO2',
  hasOtp: true,
  hasUserPin: true,
  seedForm: 'bytes',
  challenge: { prompt: '', needsText: true, asks },

  isPending: (token) => !isRolledOut(token),
  enrolmentState: (token): Readonly<Record<string, string>> => {
    const { rollout } = token.info;
    if (rollout === undefined) return { status: 'completed' };
    // The quotes are LinOTP's (spec/token-types §16.2).
    return isRolledOut(token)
      ? { status: 'undefined' }
      : { status: 'not completed', rollout: `'${rollout}'` };
  },
  endOfRollOut,

  // A suite that is stored stays for ever, whatever is asked for (spec/token-types §16.2).
  stays: ({ info }) => ({ ocraSuite: typeof info[SUITE] === 'string' ? info[SUITE] : null }),

  plan(request, { ocra }) {
    const isRollOut = request.startsRollOut ?? false;
    const suite = suiteAsked(request.ocraSuite || (isRollOut ? ocra.appSuite : ocra.suite));
    const length = isRollOut ? SHARED_SECRET_BYTES : SEED_BYTES[suite.hash];
    const { stepSeconds } = suite;
    return {
      secret: request.seed ? { kind: 'given', bytes: request.seed } : { kind: 'generate', length },
      digits: suite.digits,
      hash: null,
      time:
        stepSeconds === null
          ? null
          : { stepSeconds, windowSeconds: ocra.windowSeconds, shiftSeconds: ocra.shiftSeconds },
      ...(request.userPin && { userPin: Secret.fromText(request.userPin) }),
      info: { [SUITE]: suite.text, rollout: isRollOut ? STARTED : null, nonce: null },
      startsRollOut: isRollOut,
    };
  },

  // It knows no OTP without a question.
  verify: () => ({ kind: 'mismatched' }),
  autoResync: ocraResync,
  hindersResync(token, questions) {
    if (!isRolledOut(token)) return `token ${token.serial} is not rolled out`;
    const { hasCounter, stepSeconds } = suiteOf(token);
    if (hasCounter === (stepSeconds !== null)) {
      return `token ${token.serial} cannot be resynchronised: its suite needs a counter or a clock, and not both`;
    }
    return questions
      ? null
      : 'challenge1 and challenge2 are needed: what otp1 and otp2 of an ocra2 token answer';
  },
  resync: (token, otp1, otp2, now, questions) =>
    questions && isRolledOut(token) ? resyncOcra(token, [otp1, otp2], questions, now) : null,
  afterRestore: ocraAfterRestore,
};

/** @throws Invalid */
function suiteAsked(text: string): OcraSuite {
  try {
    return parseOcraSuite(text);
  } catch (error) {
    if (error instanceof MalformedSuite) throw new Invalid('ocraSuite', error.message, { cause: error });
    throw error;
  }
}
