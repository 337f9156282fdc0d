import type { Fields } from '../../../support/clients/admin-agent.js';
import type { CaseName } from './cases.js';

/** Why a case is none for a type. */
export interface Missing {
  readonly missing: string;
}

/** What is otherwise for a type than for most. */
export interface Otherwise {
  readonly why: string;
  readonly isAccepted: boolean;
  /** How many failures more; absent: as an acceptance or refusal has it. */
  readonly failures?: number;
  readonly detail?: string;
  /** Of the record; absent: nothing more. */
  readonly info?: () => string;
}

/** The row of a token type: how it is enrolled, and what its user types. */
export interface TypeRow {
  readonly type: string;
  /** As records name it. */
  readonly label: string;
  /** Whether an OTP is good once. */
  readonly isOneTime: boolean;
  /** For `/admin/init`; of two owners, each has a seed of their own. */
  form(owner: 0 | 1): Fields;
  /** The token whose OTPs it takes; absent: it has its own. */
  target?(owner: 0 | 1): Fields;
  /** A right value of a new token. */
  right(owner: 0 | 1): string;
  /** Of the same shape, and right for nobody. */
  readonly wrong: string;
  /** The last value that is taken ahead of the expected one, the first that is not, and one from before. */
  readonly edge: (() => string) | Missing;
  readonly beyond: (() => string) | Missing;
  readonly behind: (() => string) | Missing;
  /** Its OTPs are told by messages: each login answers one. */
  readonly isSent?: true;
  /** Its tokens are imported: nobody enrols them. */
  readonly isImported?: true;
  /** A text that has to come with a PIN, so that an OTP is asked for. */
  readonly asking?: Fields;
  readonly otherwise: Partial<Record<CaseName, Otherwise | Missing>>;
}

export const never = (missing: string): Missing => ({ missing });
export const NO_WINDOW = never('an answer is that to its challenge');
export const WITH_PIN = { why: 'the PIN may come with the answer', isAccepted: true } as const;
export const BARE_ANSWER = { isAccepted: false, detail: 'wrong otp pin -1' } as const;
