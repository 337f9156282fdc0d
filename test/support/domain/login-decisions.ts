import {
  type Challenge,
  type LoginAnswers,
  type LoginAttempt,
  type LoginDecision,
  type LoginEffect,
  type LoginQuestion,
  type LoginSubject,
  ANYWHERE,
  GuessLimits,
  type RemoteAnswer,
  type RemoteAuthentication,
  type TokenServers,
  FindUnassignedRemote,
  LoginPolicies,
  NO_QUESTION,
  concernedNobody,
  decideLogin,
} from '@app/authentication';
import { NO_POLICIES } from '@app/policies';
import { type MessageGateway, settingsOf } from '@app/realms';
import {
  AssignAtLogin,
  EnrolAtLogin,
  GiveMailedPin,
  FindUnassignedToken,
  type KeyChecks,
  type ServerAnswer,
  type ServerCheck,
  type PartitionKeys,
  type Token,
  type TokenAdministration,
  type TokenStore,
} from '@app/tokens';

import { PredictableRandom, RFC_OTPS, givenHotpToken, pinOf } from './given-token.js';

export const NOW = new Date('2026-01-02T03:04:05Z');
export const PIN = pinOf('pin1');
export const ANNAS_OWNER = { resolver: 'first', userId: '1', resolverType: 'passwd' };

export const ANNA = {
  kind: 'user',
  login: 'anna',
  realm: 'staff',
  owner: { references: [{ resolver: 'first', userId: '1' }], realm: 'staff' },
  serial: null,
  onlyToken: false,
} satisfies LoginSubject;

/** What a request says beside whom it is about, and with which password. */
export const REQUEST = {
  typeLabel: null,
  path: 'validate',
  transaction: null,
  hasText: false,
  messageText: '',
  mayOmitPin: false,
  network: null,
} as const;

/** Where no token has a device. */
export const NO_PARTITIONS: PartitionKeys = {
  find: () => Promise.resolve(null),
  make: () => Promise.reject(new Error('nothing is to be paired')),
};

/** Where no token has a key. */
export const NO_KEYS: KeyChecks = {
  knowsMakers: false,
  registered: () => Promise.reject(new Error('nothing is to be registered')),
  asserted: () => Promise.reject(new Error('nothing is to be signed')),
};

/** Where no token has anything sent. */
export const NOTHING_SENT: MessageGateway = {
  budgetMs: 1_000,
  send: () => Promise.reject(new Error('nothing is to be sent')),
};

export const ATTEMPT: LoginAttempt = {
  subject: ANNA,
  password: 'pin1755224',
  confirms: null,
  typeLabel: null,
  path: 'validate',
  accessTimeFormat: null,
  prependPin: true,
  resetsFailures: true,
  autoResyncSeconds: null,
  policies: new LoginPolicies(NO_POLICIES, {
    ...concernedNobody('', '').scene,
    client: '192.0.2.1',
    time: NOW,
    ledBy: [],
  }),
  needsAuthorization: true,
  acceptsUnknownUsers: false,
  acceptsUsersWithoutToken: false,
  transaction: null,
  challenging: {
    id: '12345678901234567',
    realm: 'staff',
    settings: settingsOf(new Map()).challenges,
    hasText: false,
    drawn: 1_234_567_890_123_456_789n,
    drawnForQuestion: new Uint8Array(32),
    question: NO_QUESTION,
    asksUnproven: false,
    ocra: settingsOf(new Map()).ocra,
    deliverySeconds: 10,
    mayOmitPin: false,
    wantsSms: false,
  },
  guessing: { limits: new GuessLimits(), origin: ANYWHERE },
  hasOtherTokens: false,
  recipients: { sms: '', email: '' },
  enrolled: null,
  mayBeForwarded: true,
  hops: 0,
};

/** Anna's token with the RFC's key and PIN `pin1`. */
export function annas(changes: Parameters<typeof givenHotpToken>[0] = {}): Token {
  return givenHotpToken({ owner: ANNAS_OWNER, realms: ['staff'], pin: PIN, ...changes });
}

export const otp = (counter: number) => RFC_OTPS[counter] ?? '';
export const pinAndOtp = (counter: number) => `pin1${otp(counter)}`;

/** Answers by kind of question, for decisions; `undefined`: not known. */
export function answersBy(answer: (question: LoginQuestion) => unknown): LoginAnswers {
  return answer as LoginAnswers;
}

/** Another server that knows everybody by the password `elsewhere`. */
export const REMOTE: RemoteAuthentication = {
  ask: ({ password }) => Promise.resolve(saidElsewhere(password)),
};

/** The servers of all tokens, which take the same. */
export const SERVERS: TokenServers = { ask: (check) => Promise.resolve(saidByServer(check)) };

/** Where no token is assigned or enrolled. */
export const NO_ASSIGNMENT: readonly [
  FindUnassignedToken,
  FindUnassignedRemote,
  AssignAtLogin,
  EnrolAtLogin,
  GiveMailedPin,
] = [
  new FindUnassignedToken({} as TokenStore),
  new FindUnassignedRemote({} as TokenStore, SERVERS),
  new AssignAtLogin({} as TokenAdministration, new PredictableRandom()),
  new EnrolAtLogin({} as TokenAdministration, new PredictableRandom()),
  new GiveMailedPin({} as TokenAdministration, new PredictableRandom()),
];

function saidElsewhere(password: string): RemoteAnswer {
  return { kind: password === 'elsewhere' ? 'accepted' : 'rejected' };
}

/** `123456` is right, after whatever PIN; `more` is asked about, and `away` is never answered. */
function saidByServer(check: ServerCheck): ServerAnswer {
  const text =
    check.kind === 'remote'
      ? (new Map(check.form).get('pass') ?? '')
      : check.kind === 'radius'
        ? check.password
        : check.otp;
  if (text.endsWith('more')) return { kind: 'challenged', transaction: 'their-1', message: 'And?' };
  if (text.endsWith('away')) return { kind: 'failed', reason: 'https://far.example does not answer' };
  const isDevice = check.kind === 'yubico' && text.endsWith('cccd');
  if (isDevice) return { kind: 'accepted', counter: 515 };
  return { kind: text.endsWith('123456') ? 'accepted' : 'rejected' };
}

const ANSWERS = answersBy((question) => {
  switch (question.kind) {
    case 'password-attempt':
      return true;
    case 'password-hash':
      return question.hash === `hash of ${question.candidate}`;
    case 'user-password':
      return question.candidate === 'directory';
    case 'unassigned-token':
    case 'unassigned-remote':
      return { kind: 'none' };
    case 'server-check':
      return saidByServer(question.check);
    case 'remote-login':
      return saidElsewhere(question.password);
  }
});

/**
 * The decision after every question was answered: only the real password's hash says yes, and the directory knows
 * everybody by the password `directory`; another server knows `elsewhere`.
 */
export function decide(
  tokens: readonly Token[],
  changes: Partial<LoginAttempt> = {},
  now = NOW,
  challenges: readonly Challenge[] = [],
  targets: readonly Token[] = [],
): LoginDecision {
  const decision = decideLogin(tokens, { ...ATTEMPT, ...changes }, now, ANSWERS, challenges, targets);
  if ('question' in decision) throw new Error('a question was asked again');
  return decision;
}

/** Effects as short words: what happens to which token, beside the counting of uses and keeping of times. */
export function effectsOf({ effects }: LoginDecision): string[] {
  const told = effects.filter(({ kind }) => kind !== 'count-use' && kind !== 'keep-time');
  return told.map((effect: LoginEffect) => {
    const { serial } = effect.token;
    return 'spends' in effect
      ? `${effect.kind} ${serial} → ${effect.spends.nextCounter}`
      : `${effect.kind} ${serial}`;
  });
}

export function outcomeOf({ verdict }: LoginDecision): string {
  if (verdict.kind === 'rejected') return verdict.reason;
  if (verdict.kind === 'challenged') return `challenged ${verdict.transaction}`;
  if (verdict.kind === 'polled' || verdict.kind === 'relayed') return verdict.kind;
  return verdict.token ? `accepted ${verdict.token.serial}` : 'accepted without a token';
}
