import { MalformedSuite, type OcraSuite } from '@app/otp';

import type { InfoChanges } from '../../token.js';
import {
  type AfterRestore,
  type BackedUpToken,
  FORGOTTEN_FIRST,
  type Restoration,
  counterOfDevice,
} from '../after-restore.js';
import { backToStart } from './roll-out.js';
import { suiteOf } from './suite-of.js';
import { counterOfStep, currentStep, stepsOfWindow } from './verify-answer.js';

/** By what the suite takes of its device: a counter, or the time; without either, an answer is good for its challenge alone. */
export const ocraAfterRestore: AfterRestore = (token, restoration) => {
  const info: InfoChanges = { ...FORGOTTEN_FIRST, ...backToStart(token) };
  const suite = knownSuite(token);
  if (suite?.hasCounter) return { ...counterOfDevice()(token, restoration), info };
  return suite?.stepSeconds ? { counter: lastOfNow(token, suite, restoration), info } : { info };
};

/** The last step that a device could have answered with, by now, is used. */
function lastOfNow(token: BackedUpToken, suite: OcraSuite, { now }: Restoration): number {
  const last = currentStep(token, suite, now) + stepsOfWindow(token, suite);
  return Math.max(token.counter, counterOfStep(last, suite));
}

/** `null`: a token that no login understands. */
function knownSuite(token: BackedUpToken): OcraSuite | null {
  try {
    return suiteOf(token);
  } catch (error) {
    if (error instanceof MalformedSuite) return null;
    throw error;
  }
}
