import { dayPassword, isSameText } from '@app/otp';

import { nothingIsSpent } from '../after-restore.js';
import type { TokenType } from '../token-type.js';

const SEED_BYTES = 20;

/**
 * A password for each day of the server's local time ("Tagespasswort"), good all day and as often as it is wanted
 * (spec/token-types §7, `dpw`).
 */
export const dayPasswordToken: TokenType = {
  id: 'day-password',
  label: 'DPW',
  serialPrefix: 'DOTP',
  hasOtp: true,
  seedForm: 'text',
  challenge: { prompt: 'Otp:', needsText: true },

  plan(request) {
    return {
      secret: request.seed
        ? { kind: 'given', bytes: request.seed }
        : { kind: 'generate', length: SEED_BYTES, text: 'lower case' },
      digits: request.digits,
      hash: null,
      time: null,
    };
  },

  verify(token, otp, now) {
    const ofToday = token.secret.use((seed) => dayPassword(seed, now, token.digits));
    if (!isSameText(ofToday, otp)) return { kind: 'mismatched' };
    // What LinOTP counts for it (spec/token-types §23.2).
    return { kind: 'matched', spends: { nextCounter: 2, once: false } };
  },

  find(token, otp, _count, now) {
    const found = dayPasswordToken.verify(token, otp, now);
    return found.kind === 'matched' ? found.spends : null;
  },

  upcoming(token, count, now) {
    return Array.from({ length: count }, (_, counter) => {
      const from = new Date(now.getFullYear(), now.getMonth(), now.getDate() + counter);
      return { counter, otp: token.secret.use((seed) => dayPassword(seed, from, token.digits)), from };
    });
  },

  resync: () => null,
  afterRestore: nothingIsSpent,
};
