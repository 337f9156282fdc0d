import {
  ANNA,
  ATTEMPT,
  NOW,
  annas,
  answersBy,
  decide,
  outcomeOf,
  pinAndOtp,
} from '../../../../test/support/domain/login-decisions.js';
import { policiesOf } from '../../../../test/support/domain/policy-decisions.js';
import { decideLogin } from '../decide/decide-login.js';
import type { LoginAttempt } from '../login.js';
import { usableServer } from './forwarding.js';
import type { RemoteAnswer } from './remote-authentication.js';

const SERVER = 'https://there.test/validate/check';

const forwarding = (action: string, more = {}) => ({
  policies: policiesOf([{ scope: 'authentication', action, ...more }]),
});

describe('the first server that can be asked', () => {
  it.each([
    [SERVER, SERVER],
    [` ${SERVER}  radius://h/`, SERVER],
    ['ftp://h RADIUS://h:1812/?encsecret=x https://h', 'RADIUS://h:1812/?encsecret=x'],
    ['https:///path', null],
    ['there.test', null],
    ['', null],
  ])('of "%s" is %s', (servers, server) => {
    expect(usableServer(servers)).toBe(server);
  });
});

describe('a login that another server decides', () => {
  const forward = forwarding(`forward_server=${SERVER}`);
  const onNoToken = forwarding(`forward_server=${SERVER}, forward_on_no_token`);
  const tokens = [annas()];
  const mine = pinAndOtp(0);
  const cases: readonly [string, Partial<LoginAttempt>, boolean, string][] = [
    ['forward_server decides alone', { ...forward, password: 'elsewhere' }, true, 'accepted without a token'],
    ['so the token here does not', { ...forward, password: mine }, true, 'elsewhere'],
    [
      'it decides for who has no token',
      { ...forward, password: 'elsewhere' },
      false,
      'accepted without a token',
    ],
    ['there has to be a password', { ...forward, password: null }, true, 'no-password'],
    ['an empty one is one', { ...forward, password: '' }, true, 'elsewhere'],
    ['not where it may not', { ...forward, password: mine, mayBeForwarded: false }, true, 'accepted OATH1'],
    ['forward_on_no_token leaves tokens alone', { ...onNoToken, password: mine }, true, 'accepted OATH1'],
    ['and asks nobody for their users', { ...onNoToken, password: 'elsewhere' }, true, 'wrong-pin'],
    ['it is for who has none', { ...onNoToken, password: 'elsewhere' }, false, 'accepted without a token'],
    [
      'not for who has one elsewhere',
      { ...onNoToken, password: 'elsewhere', hasOtherTokens: true },
      false,
      'no-token',
    ],
    [
      'a setting that accepts all goes before',
      { ...onNoToken, password: 'x', acceptsUsersWithoutToken: true },
      false,
      'accepted without a token',
    ],
    [
      'passthru goes before',
      {
        ...forwarding(`forward_server=${SERVER}, forward_on_no_token, passthru`),
        password: 'elsewhere',
      },
      false,
      'wrong-password',
    ],
    [
      'passOnNoToken goes before',
      { ...forwarding(`forward_server=${SERVER}, forward_on_no_token, passOnNoToken`), password: 'x' },
      false,
      'accepted without a token',
    ],
    [
      'forward_on_no_token alone says nothing',
      { ...forwarding('forward_on_no_token'), password: 'elsewhere' },
      false,
      'no-token',
    ],
    [
      'without a server it is decided here',
      { ...forwarding('forward_server=nowhere'), password: mine },
      true,
      'accepted OATH1',
    ],
    [
      'unreadable, it lets nobody in',
      { ...forwarding(`forward_server=${SERVER}`, { user: 'h[' }), password: mine },
      true,
      'not-authorized',
    ],
    [
      'unless it means another realm',
      { ...forwarding(`forward_server=${SERVER}`, { user: 'h[', realm: 'ext' }), password: mine },
      true,
      'accepted OATH1',
    ],
    [
      'a token without a user is checked here',
      { ...forward, subject: { kind: 'token', serial: 'OATH1' }, password: mine },
      true,
      'accepted OATH1',
    ],
    [
      'an unknown user is nobody elsewhere either',
      { ...forward, subject: { ...ANNA, kind: 'nobody', isUnknown: true }, password: 'elsewhere' },
      false,
      'unknown-user',
    ],
  ];

  it.each(cases)('%s', (_title, changes, hasToken, outcome) => {
    expect(outcomeOf(decide(hasToken ? tokens : [], changes))).toBe(outcome);
  });

  it.each<[RemoteAnswer, string, string]>([
    [{ kind: 'accepted' }, 'accepted without a token', 'Forwarded, result True'],
    [{ kind: 'rejected' }, 'elsewhere', 'Forwarded, result False'],
    [{ kind: 'failed', reason: 'away' }, 'elsewhere', 'Forwarded, result False'],
    [{ kind: 'detail', detail: { transactionid: '1' } }, 'relayed', 'Forwarded, result False'],
  ])('of the answer %j becomes: %s', (answer, outcome, detail) => {
    const attempt = { ...ATTEMPT, ...forward };
    const known = answersBy(({ kind }) => (kind === 'remote-login' ? answer : true));
    const decision = decideLogin(tokens, attempt, NOW, known);
    if ('question' in decision) throw new Error('a question was asked again');
    expect([outcomeOf(decision), decision.facts.detail, decision.effects]).toEqual([outcome, detail, []]);
  });

  it.each([
    [0, 'accepted without a token'],
    [2, 'accepted without a token'],
    [3, 'elsewhere'],
    [Number.MAX_SAFE_INTEGER, 'elsewhere'],
  ])('ends where it went through %d servers before: %s', (hops, outcome) => {
    expect(outcomeOf(decide(tokens, { ...forward, password: 'elsewhere', hops }))).toBe(outcome);
    const isDecidedHere = { password: mine, mayBeForwarded: false, hops };
    expect(outcomeOf(decide(tokens, { ...forward, ...isDecidedHere }))).toBe('accepted OATH1');
  });

  it('asks nobody about a login that goes in circles, and counts no guess', () => {
    const attempt = { ...ATTEMPT, ...forward, hops: 3 };
    const decision = decideLogin(tokens, attempt, NOW, () => undefined);
    expect(decision).toMatchObject({
      effects: [],
      facts: { info: expect.stringMatching(/^not asked: forwarded too often/) },
    });
  });

  it('asks whether the user may guess before it asks the server', () => {
    const attempt = { ...ATTEMPT, ...forward };
    const asked = (known: Readonly<Record<string, unknown>>) => {
      const decision = decideLogin(
        tokens,
        attempt,
        NOW,
        answersBy(({ kind }) => known[kind]),
      );
      return 'question' in decision ? decision.question.kind : outcomeOf(decision);
    };
    expect(asked({})).toBe('password-attempt');
    expect(asked({ 'password-attempt': true })).toBe('remote-login');
    expect(asked({ 'password-attempt': false })).toBe('elsewhere');
  });
});
