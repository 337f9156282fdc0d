import type { Fields } from '../../../support/clients/admin-agent.js';
import type { TypeRow } from './types.js';
import type { World } from './world.js';

export type Endpoint = 'check' | 'check_s' | 'simplecheck' | 'samlcheck' | 'check_t';

/** The column of a case, as it is for a token that has a PIN and an OTP. */
export interface Case {
  /**
   * What came before, once the token is enrolled.
   * @param said what every request of the type says
   * @returns what else this one says
   */
  arrange?(world: World, row: TypeRow, said: Fields): Promise<Fields | void>;
  /** `null`: nothing is sent. */
  pass(row: TypeRow): string | null;
  readonly isAccepted: boolean;
  /** How many more failures a refusal counts. */
  readonly failures: number;
  /** Of the record; of an acceptance it is the usual one. */
  readonly detail?: string;
  readonly info?: (endpoint: Endpoint) => string;
  /** Where it is a case; absent: at all of `LOGINS`. */
  readonly at?: readonly Endpoint[];
  /** Whether policies have OTPs asked for. */
  readonly isChallenged?: boolean;
}

export const PIN = 'pin1';
/** Of the other user's token. */
export const OTHER_PIN = 'pin2';

const BY_USER: readonly Endpoint[] = ['check', 'simplecheck', 'samlcheck'];
/** Where a user or a token logs in. */
export const LOGINS: readonly Endpoint[] = [...BY_USER, 'check_s'];
const ANSWERS: readonly Endpoint[] = [...LOGINS, 'check_t'];

const both = (row: TypeRow) => PIN + row.right(0);
const of = (value: TypeRow['edge']) => PIN + (typeof value === 'function' ? value() : '');
const answer = { isChallenged: true, at: ANSWERS, pass: (row: TypeRow) => row.right(0) };
const asked = async (world: World, row: TypeRow): Promise<Fields> => ({
  state: await world.challenge(row, 'anna', PIN),
});

const accepted = { isAccepted: true, failures: 0 } as const;
const wrongPin = { isAccepted: false, failures: 1, detail: 'wrong otp pin -1' } as const;
const wrongOtp = { isAccepted: false, failures: 1, detail: 'wrong otp value' } as const;
const noToken = { isAccepted: false, failures: 0, detail: 'User has no tokens assigned' } as const;

/** What spec/validate-api §2.5 to §2.7 and §3 say of each. */
export const CASES = {
  right: { ...accepted, pass: both },
  'wrong OTP': { ...wrongOtp, pass: (row: TypeRow) => PIN + row.wrong },
  'wrong PIN': { ...wrongPin, pass: (row: TypeRow) => `pin2${row.right(0)}` },
  'PIN of nobody': { ...wrongPin, pass: (row: TypeRow) => `x${row.right(0)}` },
  'PIN alone': { ...wrongPin, pass: () => PIN },
  'OTP alone': { ...wrongPin, pass: (row: TypeRow) => row.right(0) },
  'OTP before the PIN': { ...wrongPin, pass: (row: TypeRow) => row.right(0) + PIN },
  'more behind the OTP': { ...wrongPin, pass: (row: TypeRow) => `${both(row)}0` },
  'empty pass': { ...wrongPin, pass: () => '' },
  'no pass': {
    isAccepted: false,
    failures: 0,
    detail: '',
    info: (endpoint: Endpoint) => `ERR905: Missing parameter:${endpoint === 'check_s' ? ' ' : ''}pass`,
    pass: () => null,
  },
  replayed: {
    ...wrongOtp,
    pass: both,
    arrange: async (world: World, row: TypeRow, said: Fields) => world.logIn(both(row), said),
  },
  'last inside the window': { ...accepted, pass: (row: TypeRow) => of(row.edge) },
  'beyond the window': { ...wrongOtp, pass: (row: TypeRow) => of(row.beyond) },
  'before the window': { ...wrongOtp, pass: (row: TypeRow) => of(row.behind) },
  locked: {
    isAccepted: false,
    failures: 1,
    detail: 'Failcounter exceeded',
    pass: both,
    // It has failed twice by then.
    arrange: async (world: World) => world.change('/admin/set', { serial: 'T1', MaxFailCount: '2' }),
  },
  disabled: {
    isAccepted: false,
    failures: 0,
    detail: 'Token inactive',
    pass: both,
    arrange: async (world: World) => world.change('/admin/disable', { serial: 'T1' }),
  },
  expired: {
    isAccepted: false,
    failures: 1,
    detail: 'Authentication validity period exceeded',
    pass: both,
    arrange: async (world: World) => world.valid({ validityPeriodEnd: -3_600 }),
  },
  'not yet valid': {
    isAccepted: false,
    failures: 1,
    detail: 'Authentication validity period mismatch!',
    pass: both,
    arrange: async (world: World) => world.valid({ validityPeriodStart: 3_600 }),
  },
  'attempts used up': {
    isAccepted: false,
    failures: 1,
    detail: 'Authentication counter exceeded',
    pass: both,
    arrange: async (world: World) =>
      world.change('/admin/set', { serial: 'T1', countAuth: '3', countAuthMax: '3' }),
  },
  'successes used up': {
    isAccepted: false,
    failures: 1,
    detail: 'Authentication sucess counter exceeded',
    pass: both,
    arrange: async (world: World) =>
      world.change('/admin/set', { serial: 'T1', countAuthSuccess: '1', countAuthSuccessMax: '1' }),
  },
  "another user's serial": {
    ...noToken,
    at: BY_USER,
    pass: both,
    arrange: async (world: World, row: TypeRow) => {
      await world.enrolOther(row);
      return { user: 'bernd', serial: 'T1' };
    },
  },
  'another realm': { ...noToken, at: BY_USER, pass: both, arrange: async () => ({ realm: 'two' }) },
  'another type': {
    ...noToken,
    at: BY_USER,
    pass: both,
    arrange: async (_: World, row: TypeRow) => ({ token_type: row.type === 'hmac' ? 'totp' : 'hmac' }),
  },
  'for another path': {
    isAccepted: false,
    failures: 0,
    detail: 'no token found!',
    pass: both,
    arrange: async (world: World, row: TypeRow) => world.enrol(row, { scope: '{"path":["userservice"]}' }),
  },
  'answer to its challenge': { ...answer, ...accepted, arrange: asked },
  'wrong answer': { ...answer, ...wrongPin, pass: (row: TypeRow) => row.wrong, arrange: asked },
  'PIN with the answer': { ...answer, ...wrongPin, pass: both, arrange: asked },
  'answer given twice': {
    ...answer,
    ...wrongPin,
    arrange: async (world: World, row: TypeRow) => {
      const said = await asked(world, row);
      await world.logIn(row.right(0), said);
      return said;
    },
  },
  'answer to an expired challenge': {
    ...answer,
    ...wrongPin,
    arrange: async (world: World, row: TypeRow) => {
      const said = await asked(world, row);
      await world.expireChallenges();
      return said;
    },
  },
  'answer while it is locked': {
    ...answer,
    isAccepted: false,
    failures: 1,
    detail: 'Failcounter exceeded',
    arrange: async (world: World, row: TypeRow) => {
      const said = await asked(world, row);
      await world.change('/admin/set', { serial: 'T1', MaxFailCount: '2' });
      return said;
    },
  },
  'answer while it is disabled': {
    ...answer,
    isAccepted: false,
    failures: 0,
    detail: 'Token inactive',
    arrange: async (world: World, row: TypeRow) => {
      const said = await asked(world, row);
      await world.change('/admin/disable', { serial: 'T1' });
      return said;
    },
  },
  'foreign transaction': {
    ...answer,
    ...wrongPin,
    at: LOGINS,
    arrange: async (world: World, row: TypeRow) => {
      await world.enrolOther(row);
      return { state: await world.challenge(row, 'bernd', OTHER_PIN) };
    },
  },
  'made-up transaction': {
    ...answer,
    ...wrongPin,
    at: LOGINS,
    arrange: async () => ({ state: '999999999999' }),
  },
} as const satisfies Readonly<Record<string, Case>>;

export type CaseName = keyof typeof CASES;
