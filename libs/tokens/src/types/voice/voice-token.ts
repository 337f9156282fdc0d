import { isSameText } from '@app/otp';

import { MissingRecipient, SeedNotGiven } from '../../token.errors.js';
import { seedPlan, valueAt } from '../hotp/hotp-token.js';
import { nothingIsSpent } from '../after-restore.js';
import type { SentOtps, TokenType } from '../token-type.js';

const sends: SentOtps = {
  by: 'voice',
  already: 'voice call with otp already submitted',
  recipient: ({ phone = '' }) => String(phone),
  next: (_token, drawn) => drawn,
  spends: () => null,
  otp: valueAt,

  verify(token, text, counter) {
    if (counter === null || !isSameText(valueAt(token, counter), text)) return { kind: 'mismatched' };
    // What LinOTP counts for it (spec/token-types §23.2).
    return { kind: 'matched', spends: { nextCounter: 2, once: false } };
  },
};

/** HOTP values at random counters, told in a call (spec/token-types §10). */
export const voiceToken: TokenType = {
  id: 'voice',
  label: 'voice',
  serialPrefix: 'KIVO',
  hasOtp: true,
  seedForm: 'bytes',
  challenge: { prompt: 'voice call triggered', needsText: false, sends },

  plan(request) {
    const { phone } = request;
    if (!phone) throw new MissingRecipient('phone');
    if (request.seed) throw new SeedNotGiven();
    const hash = 'sha256';
    return { secret: seedPlan(request, hash), digits: request.digits, hash, time: null, info: { phone } };
  },

  verify: () => ({ kind: 'mismatched' }),
  // There is no counter that a device could be ahead of.
  resync: () => null,
  // At random counters, each for its challenge alone.
  afterRestore: nothingIsSpent,
};
