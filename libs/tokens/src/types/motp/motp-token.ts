import { Secret } from '@app/kernel';
import { findMotpSlot, motpSlotAt } from '@app/otp';

import type { Token } from '../../token.js';
import { MissingUserPin } from '../../token.errors.js';
import { ASKS_FOR_OTP, type TokenType } from '../token-type.js';

const SEED_BYTES = 8;
// A quarter of an hour to each side: more of it helps who guesses, and costs every login a few milliseconds.
const MOST_SLOTS = 100;

/** Mobile-OTP: values of ten seconds, made of seed, time and a PIN that the device asks for (spec/token-types §6). */
export const motpToken: TokenType = {
  id: 'motp',
  label: 'mOTP',
  serialPrefix: 'LSMO',
  hasOtp: true,
  hasUserPin: true,
  seedForm: 'text',
  challenge: ASKS_FOR_OTP,

  plan(request) {
    if (!request.userPin) throw new MissingUserPin();
    return {
      secret: request.seed
        ? { kind: 'given', bytes: request.seed }
        : { kind: 'generate', length: SEED_BYTES, text: 'upper case' },
      digits: request.digits,
      // Not used, but LinOTP keeps it, and shows it in lists.
      hash: request.hash ?? 'sha1',
      time: null,
      userPin: Secret.fromText(request.userPin),
    };
  },

  // Twice as many slots to each side as the token's window has; a slot is used up by its first success.
  verify(token, otp, now) {
    const { userPin, secret, digits: length } = token;
    if (!userPin) return { kind: 'mismatched' };
    const slot = motpSlotAt(now.getTime() / 1000);
    const reach = reachOf(token);
    const from = Math.max(token.counter, slot - reach);
    const matched = secret.use((seed) =>
      userPin.use((pin) => findMotpSlot({ seed, pin, length }, otp, from, slot + reach)),
    );
    if (matched === null) return { kind: 'mismatched' };
    return { kind: 'matched', spends: { nextCounter: matched + 1, once: true } };
  },

  find(token, otp, _count, now) {
    const found = motpToken.verify(token, otp, now);
    return found.kind === 'matched' ? found.spends : null;
  },

  // The server's clock is the only one: there is no drift to be learnt.
  resync: () => null,
  // The last slot that a login could have been accepted at, by now, is spent, and all before it.
  afterRestore: (token, { now }) => ({
    counter: Math.max(token.counter, motpSlotAt(now.getTime() / 1000) + reachOf(token)),
  }),
};

function reachOf({ lookAhead }: Pick<Token, 'lookAhead'>): number {
  return Math.min(lookAhead * 2, MOST_SLOTS);
}
