import { setImmediate } from 'node:timers/promises';

import type { AuditContext } from '@app/audit';
import { Unavailable } from '@app/kernel';
import type { ConfigurationSnapshot } from '@app/realms';

import { tokensInRecord } from '../administer/record.js';
import type { TokenRights } from '../administer/token-rights.js';
import { type Token, type TokenChanges, type TokenOwner, knownDevice } from '../token.js';
import type { TokenAdministration } from '../token-administration.js';
import type { TokenStore } from '../token-store.js';
import { AmbiguousOtp } from '../token.errors.js';
import { tokenType, tokenTypes } from '../types/registry.js';
import type { Spending, TokenTypeId } from '../types/token-type.js';
import type { FindTokenOwner } from './find-token-owner.js';

/** Values that a token may be ahead (spec/admin-api §3.19). */
const LOOK_AHEAD = 10;
/** How long others wait for their turn: tokens differ in how many values are to be tried. */
const TURN_MS = 5;
/** Each keeps a processor busy for as long as it goes through the tokens. */
const MOST_SEARCHES = 2;

/** Which tokens are searched; absent parts do not restrict. */
export interface OtpSearch {
  readonly otp: string;
  readonly types?: readonly TokenTypeId[];
  readonly realm?: string;
  readonly assigned?: boolean;
}

export interface TokenOfOtp {
  readonly serial: string;
  readonly owner: TokenOwner | null;
  /** `''` where nobody is known. */
  readonly login: string;
}

/** Finds the token that made an OTP, among all of them, and spends the OTP (spec/admin-api §3.19). */
export class FindTokenByOtp {
  #running = 0;

  constructor(
    private readonly store: TokenStore,
    private readonly administration: TokenAdministration,
    private readonly findOwner: FindTokenOwner,
  ) {}

  /**
   * @param rights asked of the one token that was found
   * @returns `null` where no token made it: nothing was recorded then
   * @throws AmbiguousOtp, TokenDenied, Unavailable
   */
  async execute(
    search: OtpSearch,
    now: Date,
    configuration: ConfigurationSnapshot,
    rights: TokenRights,
    context: AuditContext,
  ): Promise<TokenOfOtp | null> {
    const found = await this.#onlyMatch(search, now);
    if (!found) return null;
    rights.demand(found);
    const ownership = await this.findOwner.execute(found, configuration);
    const login = ownership.kind === 'known' ? ownership.user.login : '';
    const isSpent = await this.administration.change(context, async (tokens) => {
      const [token] = await tokens.lock([found.id]);
      if (token) rights.demand(token);
      // A login may have been faster: then the value is nobody's any more.
      const spends = token && matchOf(token, search.otp, tokens.now);
      if (token && spends) await tokens.update(token.id, spendingChanges(token, spends));
      const facts = {
        succeeded: Boolean(spends),
        ...tokensInRecord([found]),
        user: login,
      };
      return { result: Boolean(spends), facts };
    });
    const { serial, owner } = found;
    return isSpent ? { serial, owner, login } : { serial: '', owner: null, login: '' };
  }

  /** Goes through all of them, since a second one would make the first no answer. No lock is held meanwhile. */
  async #onlyMatch({ otp, types, ...scan }: OtpSearch, now: Date): Promise<Token | null> {
    const searched = (types ?? tokenTypes.map(({ id }) => id)).filter((id) => tokenType(id).find);
    if (searched.length === 0) return null;
    if (this.#running >= MOST_SEARCHES) throw new Unavailable('other searches for OTPs are running');
    this.#running++;
    try {
      let match: Token | null = null;
      let begun = performance.now();
      for await (const tokens of this.store.batches({ types: searched, ...scan })) {
        for (const token of tokens) {
          if (performance.now() - begun > TURN_MS) {
            await setImmediate();
            begun = performance.now();
          }
          if (!matchOf(token, otp, now)) continue;
          if (match) throw new AmbiguousOtp();
          match = token;
        }
      }
      return match;
    } finally {
      this.#running--;
    }
  }
}

/**
 * A token whose seal does not open matches nothing, and must not end the search for the others. None is opened for a text that is
 * too long or too short to be a value of the token.
 */
export function matchOf(token: Token, otp: string, now: Date): Spending | null {
  const { find, shortestOtp } = tokenType(token.type);
  const { length } = [...otp];
  if (shortestOtp === undefined ? length !== token.digits : length < shortestOtp) return null;
  try {
    return find?.(token, otp, LOOK_AHEAD, now) ?? null;
  } catch {
    return null;
  }
}

/** What a token is once a value of it is spent; its counter never goes back. */
export function spendingChanges(
  token: Token,
  { nextCounter, shiftSeconds, privateId }: Spending,
): TokenChanges {
  const time = token.time && shiftSeconds !== undefined ? { ...token.time, shiftSeconds } : null;
  return {
    counter: Math.max(token.counter, nextCounter),
    ...(time && { time }),
    ...(privateId !== undefined && { device: knownDevice(token, privateId) }),
  };
}
