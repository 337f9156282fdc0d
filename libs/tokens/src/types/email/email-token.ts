import { isSameText } from '@app/otp';

import { MissingRecipient } from '../../token.errors.js';
import { seedPlan, valueAt } from '../hotp/hotp-token.js';
import { counterOfServer } from '../after-restore.js';
import type { SentOtps, TokenType } from '../token-type.js';

const sends: SentOtps = {
  by: 'email',
  already: 'e-mail with otp already submitted',
  recipient: (info) => String(info['email_address'] ?? ''),
  next: ({ counter }) => BigInt(counter + 1),
  // One more than it sends, as LinOTP counts: so the value itself is never ahead of the counter.
  spends: ({ counter }) => ({ nextCounter: counter + 2, once: true }),
  otp: valueAt,

  verify(token, text, counter) {
    if (counter === null || !isSameText(valueAt(token, counter), text)) return { kind: 'mismatched' };
    // The challenge is what is good once; the counter has passed already.
    return { kind: 'matched', spends: { nextCounter: Number(counter) + 1, once: false } };
  },
};

/** HOTP values that are sent by e-mail, each for its challenge alone (spec/token-types §9). */
export const emailToken: TokenType = {
  id: 'email',
  label: 'email',
  serialPrefix: 'LSEM',
  hasOtp: true,
  seedForm: 'bytes',
  challenge: { prompt: 'e-mail sent successfully', needsText: false, sends },

  plan(request) {
    const { emailAddress } = request;
    if (!emailAddress) throw new MissingRecipient('emailAddress');
    return {
      secret: seedPlan(request, 'sha1'),
      digits: request.digits,
      // As for sms: another hash is never verified by LinOTP.
      hash: 'sha1',
      time: null,
      info: { email_address: emailAddress },
    };
  },

  verify: () => ({ kind: 'mismatched' }),
  // The server makes the values: there is no device to fall out of step.
  resync: () => null,
  afterRestore: counterOfServer,
};
