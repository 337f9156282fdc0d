import type { Token } from '../../token.js';
import { MissingRecipient } from '../../token.errors.js';
import { search, seedPlan, valueAt } from '../hotp/hotp-token.js';
import { counterOfServer } from '../after-restore.js';
import type { SentOtps, TokenType, Verification } from '../token-type.js';

const MISMATCHED: Verification = { kind: 'mismatched' };

const sends: SentOtps = {
  by: 'sms',
  already: 'sms with otp already submitted',
  recipient: ({ phone = '' }) => String(phone),
  next: ({ counter }) => BigInt(counter + 1),
  spends: ({ counter }) => ({ nextCounter: counter + 1, once: true }),
  otp: valueAt,

  // By the window of the token, whichever message it was: what is below the counter was sent before the last one.
  verify(token, text, _counter, now) {
    if (!isGood(token, now)) return MISMATCHED;
    const counter = search(token, text, Math.max(1, token.counter), token.lookAhead);
    return counter === null
      ? MISMATCHED
      : { kind: 'matched', spends: { nextCounter: counter + 1, once: true } };
  },

  isAwaited: isGood,

  keeps: (goodUntil) => ({ until: goodUntil && Math.floor(goodUntil.getTime() / 1000) }),
};

/**
 * HOTP values that are sent to a telephone (spec/token-types §8). The token's counter is that of the last one, as long as
 * that was not used.
 */
export const smsToken: TokenType = {
  id: 'sms',
  label: 'sms',
  serialPrefix: 'LSSM',
  hasOtp: true,
  seedForm: 'bytes',
  challenge: { prompt: 'sms submitted', needsText: false, sends },

  plan(request) {
    const { phone } = request;
    if (!phone) throw new MissingRecipient('phone');
    return {
      secret: seedPlan(request, 'sha1'),
      digits: request.digits,
      // Whatever is asked for: LinOTP sends values of SHA-1 and checks others (spec/token-types §8, "Do better").
      hash: 'sha1',
      time: null,
      info: { phone, until: null },
    };
  },

  verify: (token, otp, now) => sends.verify(token, otp, null, now),
  // The server makes the values: there is no device to fall out of step.
  resync: () => null,
  afterRestore: (token, restoration) => ({ ...counterOfServer(token, restoration), info: { until: null } }),
};

/** No value counts before its message is known to be delivered, nor after its time. */
function isGood({ info }: Token, now: Date): boolean {
  const until = Number(info['until'] ?? 0);
  return now.getTime() < until * 1000;
}
