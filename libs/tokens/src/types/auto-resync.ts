import type { InfoChanges, Token, TokenInfo } from '../token.js';
import type { Question } from './otp-questions.js';
import type { Spending } from './token-type.js';

/**
 * How a device that ran far ahead is found again at a login: by two values in a row, the first of which is only remembered
 * (spec/validate-api §2.8). What it remembers stands in the token's info, under LinOTP's names.
 */
export interface AutoResync {
  /** Names of the entries that hold the first value. */
  readonly memory: readonly string[];
  /**
   * Looks for a value that is in no window of a login.
   * @param withinSeconds how long the first value is remembered
   * @param question      what the value answers, of a type that asks
   */
  follow(token: Token, otp: string, now: Date, withinSeconds: number, question?: Question): Followed;
}

export interface Followed {
  /** Whether the token could have made the value at all. */
  readonly isFound: boolean;
  /** It is the second of two. `null`: it is not, or not yet. */
  readonly spends: Spending | null;
  /** What becomes of the memory; `null`: it stays. */
  readonly remembers: InfoChanges | null;
}

/** Values that a login looks at to each side, however large the token's own window is: it must not compute for long. */
const MOST_VALUES = 1_000;

// The names that LinOTP keeps them by: a counter or time step, and until when it is good, in seconds since 1970.
const FIRST = 'otp1c';
const DUE = 'dueDate';
export const FIRST_VALUE = [FIRST, DUE] as const;

export function remembering(first: number, now: Date, withinSeconds: number): InfoChanges {
  return { [FIRST]: first, [DUE]: Math.floor(now.getTime() / 1000) + withinSeconds };
}

/** The first value, as long as it is good; `null`: there is none, or none that is known to be good. */
export function rememberedFirst(token: Pick<Token, 'info'>, now: Date): number | null {
  const due = rememberedNumber(token, DUE);
  return due !== null && now.getTime() < due * 1000 ? rememberedNumber(token, FIRST) : null;
}

export function followedWindow({ syncWindow }: Pick<Token, 'syncWindow'>): number {
  return Math.min(syncWindow, MOST_VALUES);
}

export const NOT_FOLLOWED: Followed = { isFound: false, spends: null, remembers: null };

/** What stands in a token's memory, and how that is taken out of it; `null`: nothing does. */
export function memoryOf(
  { info }: Pick<Token, 'info'>,
  autoResync: AutoResync | undefined,
): { readonly recalled: TokenInfo; readonly forgetting: InfoChanges } | null {
  const names = (autoResync?.memory ?? []).filter((name) => Object.hasOwn(info, name));
  if (names.length === 0) return null;
  const entries = Object.entries(info).filter(([name]) => names.includes(name));
  return {
    recalled: Object.fromEntries(entries),
    forgetting: Object.fromEntries(names.map((name) => [name, null])),
  };
}

/** A counter, or a time in seconds, that was remembered; `null`: there is none, or something else stands there. */
function rememberedNumber({ info }: Pick<Token, 'info'>, name: string): number | null {
  const value = info[name];
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : null;
}
