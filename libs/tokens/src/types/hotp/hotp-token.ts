import { type OtpHash, findHotpCounter, hotp } from '@app/otp';

import type { Token } from '../../token.js';
import {
  FIRST_VALUE,
  type Followed,
  NOT_FOLLOWED,
  followedWindow,
  memoryOf,
  rememberedFirst,
  remembering,
} from '../auto-resync.js';
import { counterOfDevice } from '../after-restore.js';
import { ASKS_FOR_OTP, type EnrolmentRequest, type SeedPlan, type TokenType } from '../token-type.js';

/** Event-based one-time passwords (RFC 4226; spec/token-types §4). */
export const hotpToken: TokenType = {
  id: 'hotp',
  label: 'HMAC',
  serialPrefix: 'OATH',
  hasOtp: true,
  seedForm: 'bytes',
  challenge: ASKS_FOR_OTP,

  plan(request) {
    const hash = request.hash ?? 'sha1';
    return { secret: seedPlan(request, hash), digits: request.digits, hash, time: null };
  },

  verify(token, otp) {
    const counter = search(token, otp, token.counter, token.lookAhead);
    if (counter === null) return { kind: 'mismatched' };
    return { kind: 'matched', spends: { nextCounter: counter + 1, once: true } };
  },

  find(token, otp, count) {
    const counter = search(token, otp, token.counter, count);
    return counter === null ? null : { nextCounter: counter + 1, once: true };
  },

  upcoming(token, count) {
    return Array.from({ length: count }, (_, place) => {
      const counter = token.counter + place;
      return { counter, otp: valueAt(token, counter), from: null };
    });
  },

  resync(token, otp1, otp2) {
    const first = search(token, otp1, token.counter, token.syncWindow);
    if (first === null || search(token, otp2, first + 1, 1) === null) return null;
    return { nextCounter: first + 2, once: true };
  },

  autoResync: { memory: FIRST_VALUE, follow },
  afterRestore: counterOfDevice(),
};

/** The second value is that of exactly the next counter, in time; whatever else is said clears the memory. */
function follow(token: Token, otp: string, now: Date, withinSeconds: number): Followed {
  const counter = search(
    token,
    otp,
    token.counter + token.lookAhead,
    Math.max(0, followedWindow(token) - token.lookAhead),
  );
  const isFound = counter !== null;
  const memory = memoryOf(token, hotpToken.autoResync);
  if (!memory) {
    if (counter === null) return NOT_FOLLOWED;
    return { isFound, spends: null, remembers: remembering(counter, now, withinSeconds) };
  }
  const first = rememberedFirst(token, now);
  const isNext = counter !== null && first !== null && counter === first + 1;
  const spends = isNext ? { nextCounter: counter + 1, once: true } : null;
  return { isFound, spends, remembers: memory.forgetting };
}

/** A generated seed is as long as the hash's output (RFC 4226 §4 R6 recommends 160 bits for SHA-1; RFC 6238 §3). */
export function seedPlan(request: EnrolmentRequest, hash: OtpHash): SeedPlan {
  if (request.seed) return { kind: 'given', bytes: request.seed };
  const length = { sha1: 20, sha256: 32, sha512: 64 }[hash];
  return { kind: 'generate', length };
}

/** Counters `[from, from + count)`; the lowest match wins. */
export function search(token: Token, otp: string, from: number, count: number): number | null {
  return token.secret.use((seed) =>
    findHotpCounter(seed, otp, from, count, { digits: token.digits, hash: token.hash ?? 'sha1' }),
  );
}

export function valueAt(token: Token, counter: number | bigint): string {
  return token.secret.use((seed) => hotp(seed, counter, token.digits, token.hash ?? 'sha1'));
}
