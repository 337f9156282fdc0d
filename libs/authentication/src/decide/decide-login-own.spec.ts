import {
  givenPasswordToken,
  givenSimplePassToken,
  givenSmsToken,
} from '../../../../test/support/domain/given-token.js';
import {
  ANNA,
  ANNAS_OWNER,
  ATTEMPT,
  NOW,
  PIN,
  annas,
  decide,
  effectsOf,
  otp,
  outcomeOf,
} from '../../../../test/support/domain/login-decisions.js';
import { policiesOf } from '../../../../test/support/domain/policy-decisions.js';
import { asMade } from '../challenges/challenge.js';
import type { LoginAttempt } from '../login.js';

const ID = ATTEMPT.challenging.id;
const ROOT = '55500000000000000';
const theirs = { owner: ANNAS_OWNER, realms: ['staff'], pin: PIN } as const;
const hotp = (changes: Parameters<typeof annas>[0] = {}) => annas({ id: 1, serial: 'HOTP', ...changes });
const sms = (changes: Parameters<typeof givenSmsToken>[0] = {}) =>
  givenSmsToken({ ...theirs, id: 2, serial: 'SMS', info: { phone: '49' }, ...changes });
const spass = () => givenSimplePassToken({ ...theirs, id: 3, serial: 'SPASS' });
const password = () => givenPasswordToken('password', { ...theirs, id: 4, serial: 'PW' });
const berts = () =>
  annas({ id: 5, serial: 'BERT', owner: { resolver: 'first', userId: '2', resolverType: 'passwd' } });

const hasText = { ...ATTEMPT.challenging, hasText: true };
const second = (given: string, changes: Partial<LoginAttempt> = {}) =>
  ({ own: 'second-factor', path: 'userservice', password: given, challenging: hasText, ...changes }) as const;
const narrowed = (serial: string) => ({ subject: { ...ANNA, serial } });
const answering = (given: string) => second(given, { transaction: { root: ROOT, place: null } });
const askedOf = (token: Parameters<typeof asMade>[1]) =>
  asMade(
    {
      root: ROOT,
      place: 0,
      message: '',
      realm: 'staff',
      seconds: 120,
      madeAt: NOW,
      limit: { most: 5, since: NOW },
      counter: null,
    },
    token,
  );

describe('a second factor', () => {
  it.each([
    ['its OTP alone', [hotp()], second(otp(0)), 'accepted HOTP', ['accept HOTP → 1']],
    ['a wrong OTP', [hotp()], second('000000'), 'wrong-otp', ['count-failure HOTP', 'miss HOTP']],
    ['PIN and OTP', [hotp()], second(`pin1${otp(0)}`), 'wrong-otp', ['count-failure HOTP', 'miss HOTP']],
    ['nothing', [hotp()], second(''), `challenged ${ID}`, ['challenge HOTP']],
    ['a wrong OTP of a message', [sms()], second('000000'), 'wrong-pin', ['count-failure SMS', 'miss SMS']],
    [
      'nothing yet of a message',
      [sms()],
      second(''),
      `challenged ${ID}`,
      ['challenge SMS', 'spend SMS → 1', 'remember SMS'],
    ],
    ['a static password', [password()], second('password'), 'accepted PW', ['accept PW → 1']],
    ['a PIN alone', [spass()], second('pin1'), 'no-token', []],
    ['whatever, of a token without a factor', [spass()], second(''), 'no-token', []],
    [
      'a token without a factor beside one',
      [spass(), hotp()],
      second(otp(0)),
      'accepted HOTP',
      ['accept HOTP → 1'],
    ],
    ['nothing, of an inactive token', [hotp({ active: false })], second(''), 'no-usable-token', []],
    [
      'a right OTP of a locked one',
      [hotp({ failures: 10 })],
      second(otp(0)),
      'no-usable-token',
      ['count-failure HOTP'],
    ],
  ])('of %s', (_what, tokens, attempt, outcome, effects) => {
    const decision = decide(tokens, attempt);
    expect([outcomeOf(decision), effectsOf(decision)]).toEqual([outcome, effects]);
  });

  it.each([
    ['HOTP', 'accepted HOTP'],
    ['BERT', 'no-token'],
    ['HOT*', 'no-token'],
    ['*', 'no-token'],
    ['hotp', 'no-token'],
    ['NONE', 'no-token'],
  ])('serial %s', (serial, outcome) => {
    const attempt = second(otp(0), narrowed(serial));
    expect(outcomeOf(decide([hotp(), berts()], attempt))).toBe(outcome);
  });

  it.each([
    'authentication: passthru',
    'authentication: passOnNoToken',
    'enrollment: autoassignment, autoassignment_without_password',
    'enrollment: autoenrollment=*',
    'authentication: forward_server=http://192.0.2.9/validate/check',
    'authentication: otppin=password',
    'authentication: otppin=ignore_pin',
  ])('is needed whatever policies say of logins: %s', (policy) => {
    const lenient = {
      acceptsUsersWithoutToken: true,
      acceptsUnknownUsers: true,
      policies: policiesOf([policy]),
    };
    const attempt = { ...lenient, mayBeForwarded: false };
    expect(outcomeOf(decide([], second('directory', attempt)))).toBe('no-token');
    expect(outcomeOf(decide([hotp()], second('000000', attempt)))).toBe('wrong-otp');
    expect(outcomeOf(decide([hotp()], second(otp(0), attempt)))).toBe('accepted HOTP');
  });

  it('of several tokens asks all of them', () => {
    const decision = decide([hotp(), sms(), spass()], second(''));
    expect(decision.verdict).toMatchObject({ kind: 'challenged' });
    expect(effectsOf(decision)).toEqual(['challenge HOTP', 'challenge SMS', 'spend SMS → 1', 'remember SMS']);
  });

  it('answers by the tokens that were asked, and blames no others', () => {
    const tokens = [hotp(), annas({ id: 9, serial: 'OTHER' })];
    const challenges = [askedOf(hotp())];
    expect(outcomeOf(decide(tokens, answering(otp(0)), NOW, challenges))).toBe('accepted HOTP');
    const wrong = decide(tokens, answering('000000'), NOW, challenges);
    expect(effectsOf(wrong)).toEqual(['count-failure HOTP', 'miss HOTP']);
    expect(outcomeOf(decide(tokens, answering(otp(0)), NOW, []))).toBe('no-token');
    const unknown = second(otp(0), { transaction: 'unknown' });
    expect(outcomeOf(decide(tokens, unknown, NOW, challenges))).toBe('no-token');
  });

  it('by SMS is sent where the PIN alone would not have one sent', () => {
    const settings = { ...hasText.settings, sendsSmsByPin: false };
    const attempt = second('', { challenging: { ...hasText, settings } });
    expect(outcomeOf(decide([sms()], attempt))).toBe(`challenged ${ID}`);
  });
});

describe('a challenge that was made without a PIN', () => {
  const made = decide([hotp()], second(''));
  const [effect] = made.effects;
  const open = effect?.kind === 'challenge' ? [asMade(effect.challenge, hotp())] : [];
  const transaction = { root: ID, place: null };
  const answered = (changes: Partial<LoginAttempt>) =>
    outcomeOf(decide([hotp()], { challenging: hasText, transaction, ...changes }, NOW, open));
  const asks = { policies: policiesOf(['authentication: challenge_response=*']) };

  it('is answered by its user', () => {
    expect(answered({ own: 'second-factor', password: otp(0) })).toBe('accepted HOTP');
    expect(answered({ own: 'trial', password: otp(0) })).toBe('accepted HOTP');
  });

  it.each([
    ['by the OTP alone', {}],
    ['by what names nobody', { isByTransaction: true }],
    ['by a login with the PINs of policies', { own: 'login' }],
  ] as const)('lets in nobody else %s', (_what, changes) => {
    expect(answered({ ...asks, ...changes, password: otp(0) })).toBe('wrong-pin');
  });
});

describe('a trial of one’s own token', () => {
  const trial = (given: string) => ({ ...second(given), own: 'trial' }) as const;

  it.each([
    ['its OTP', hotp(), otp(0), 'accepted HOTP'],
    ['its OTP behind anything', hotp(), `whatever${otp(0)}`, 'accepted HOTP'],
    ['a wrong OTP', hotp(), '000000', 'wrong-otp'],
    ['nothing', hotp(), '', `challenged ${ID}`],
    ['nothing yet of a message', sms(), '', `challenged ${ID}`],
    ['the PIN of a token that has nothing else', spass(), 'pin1', 'accepted SPASS'],
    ['a wrong one', spass(), 'pin2', 'wrong-pin'],
  ])('of %s', (_what, token, given, outcome) => {
    expect(outcomeOf(decide([token], trial(given)))).toBe(outcome);
  });

  it('is of nobody else’s', () => {
    expect(outcomeOf(decide([berts()], trial(otp(0))))).toBe('no-token');
  });
});

describe('a login by one of one’s own tokens', () => {
  const login = (given: string, policies: readonly string[] = []) =>
    ({ ...second(given), own: 'login', policies: policiesOf(policies) }) as const;

  it.each([
    ['PIN and OTP', [hotp()], login(`pin1${otp(0)}`), 'accepted HOTP'],
    ['the OTP alone', [hotp()], login(otp(0)), 'wrong-pin'],
    [
      'the OTP alone, by policy',
      [hotp()],
      login(otp(0), ['authentication: otppin=only_otp']),
      'accepted HOTP',
    ],
    ['a PIN alone', [spass()], login('pin1'), 'no-token'],
    [
      'a PIN that asks',
      [hotp()],
      login('pin1', ['authentication: challenge_response=*']),
      `challenged ${ID}`,
    ],
    ['a PIN that does not', [hotp()], login('pin1'), 'wrong-pin'],
  ])('%s', (_what, tokens, attempt, outcome) => {
    expect(outcomeOf(decide(tokens, attempt))).toBe(outcome);
  });

  it.each([['authentication: passthru'], ['authentication: passOnNoToken']])('is none by %s', (policy) => {
    const lenient = { acceptsUsersWithoutToken: true, mayBeForwarded: false };
    expect(outcomeOf(decide([], { ...login('directory', [policy]), ...lenient }))).toBe('no-token');
  });

  it('may give a token to a user without one', () => {
    const attempt = login('directory', ['enrollment: autoenrollment=sms']);
    const decision = decide([], { ...attempt, recipients: { sms: '49', email: '' } });
    expect(decision.enrols).toMatchObject({ type: 'sms' });
    expect(decide([], { ...attempt, hasOtherTokens: true }).enrols).toBeUndefined();
  });
});
