import { setImmediate } from 'node:timers/promises';

import { Invalid } from '@app/kernel';

import type { TokenRights } from '../administer/token-rights.js';
import type { Token } from '../token.js';
import type { TokenStore } from '../token-store.js';
import { UnknownToken } from '../token.errors.js';
import { currentStep, findStep } from '../types/totp/totp-token.js';

/** Some milliseconds of work before others get their turn. */
const STEPS_AT_A_TIME = 1_000;
const LONGEST_DAYS = 90;
const DAY_SECONDS = 86_400;

export type PastOtp =
  | { readonly kind: 'no-token' }
  | { readonly kind: 'not-found'; readonly token: Token }
  | { readonly kind: 'found'; readonly token: Token; readonly counter: number; readonly stepSeconds: number };

/** Finds out when a TOTP value that is over was to be used (spec/admin-api §3.23). */
export class LookUpTotp {
  constructor(private readonly store: TokenStore) {}

  /**
   * @param windowSeconds how far back
   * @throws Invalid for a window beyond 90 days; TokenDenied; UnknownToken where rights are restricted; Unavailable
   */
  async execute(
    serial: string,
    otp: string,
    windowSeconds: number,
    now: Date,
    rights: TokenRights,
  ): Promise<PastOtp> {
    rights.demandAnywhere(serial);
    if (windowSeconds > LONGEST_DAYS * DAY_SECONDS) {
      throw new Invalid('window', `window must not be longer than ${LONGEST_DAYS} days`);
    }
    const token = await this.store.find(serial);
    if (!token && rights.areRestricted) throw new UnknownToken(serial);
    if (token) rights.demand(token);
    if (!token?.time) return { kind: 'no-token' };
    const { stepSeconds } = token.time;
    // What may still be accepted, or will be, is nothing to look up.
    const end = currentStep(token, now);
    const start = Math.max(0, end - Math.floor(windowSeconds / stepSeconds));
    for (let from = start; from < end; from += STEPS_AT_A_TIME) {
      const counter = findStep(token, otp, from, Math.min(STEPS_AT_A_TIME, end - from));
      if (counter !== null) return { kind: 'found', token, counter, stepSeconds };
      await setImmediate();
    }
    return { kind: 'not-found', token };
  }
}
