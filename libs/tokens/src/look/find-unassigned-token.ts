import { setImmediate } from 'node:timers/promises';

import { Unavailable } from '@app/kernel';

import type { Token } from '../token.js';
import type { TokenStore } from '../token-store.js';
import { tokenTypes } from '../types/registry.js';
import type { Spending } from '../types/token-type.js';
import { matchOf } from './find-token-by-otp.js';

/** Beyond, looking takes too long. */
const MOST_UNASSIGNED = 5_000;
/** Where nothing but the OTP is checked: of more, a guess of six digits with ten values ahead fits one too often. */
const MOST_BY_OTP_ALONE = 500;
/** How long others wait for their turn. */
const TURN_MS = 5;
/** Who waits for searches before theirs. */
const MOST_WAITING = 32;

/** Which unassigned tokens may be meant. */
export interface UnassignedTokens {
  readonly realm: string;
  /** Only tokens of this type's label (case-insensitive); `null`: of any. */
  readonly typeLabel: string | null;
  /** Only this one; `null`: any. */
  readonly serial: string | null;
  /** Whether a PIN stands beside the OTP that is checked as well. */
  readonly hasPin: boolean;
}

export type UnassignedSearch =
  | { readonly kind: 'found'; readonly token: Token; readonly spends: Spending }
  | { readonly kind: 'none' | 'several' | 'too-many' };

/**
 * Finds the one unassigned token that made an OTP. Spends nothing: what is found may not be used in the end. One search at
 * a time, in slices; no connection is held between pages.
 */
export class FindUnassignedToken {
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(private readonly store: TokenStore) {}

  /** @param otpOf what a token would have to have shown @throws Unavailable */
  async execute(
    tokens: UnassignedTokens,
    otpOf: (token: Token) => string,
    now: Date,
  ): Promise<UnassignedSearch> {
    if (this.#waiting >= MOST_WAITING) throw new Unavailable('too many search for unassigned tokens');
    this.#waiting++;
    const search = this.#last.then(() => this.#search(tokens, otpOf, now));
    this.#last = search.catch(() => undefined);
    try {
      return await search;
    } finally {
      this.#waiting--;
    }
  }

  async #search(
    { realm, typeLabel, serial, hasPin }: UnassignedTokens,
    otpOf: (token: Token) => string,
    now: Date,
  ): Promise<UnassignedSearch> {
    const isMeant = (label: string) => typeLabel === null || label.toLowerCase() === typeLabel.toLowerCase();
    // Types that have no OTP fit whatever is typed.
    const types = tokenTypes.filter(({ find, hasOtp, label }) => find && hasOtp && isMeant(label));
    let found: UnassignedSearch = { kind: 'none' };
    if (types.length === 0) return found;
    const most = hasPin ? MOST_UNASSIGNED : MOST_BY_OTP_ALONE;
    let seen = 0;
    let begun = performance.now();
    for await (const page of this.store.batches({
      types: types.map(({ id }) => id),
      realm,
      assigned: false,
    })) {
      seen += page.length;
      if (seen > most) return { kind: 'too-many' };
      for (const token of page) {
        if (performance.now() - begun > TURN_MS) {
          await setImmediate();
          begun = performance.now();
        }
        if (serial !== null && token.serial !== serial) continue;
        const spends = matchOf(token, otpOf(token), now);
        if (!spends) continue;
        if (found.kind === 'found') return { kind: 'several' };
        found = { kind: 'found', token, spends };
      }
    }
    return found;
  }
}
