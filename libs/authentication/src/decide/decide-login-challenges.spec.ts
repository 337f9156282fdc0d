import {
  givenDayPasswordToken,
  givenPasswordToken,
  givenSimplePassToken,
} from '../../../../test/support/domain/given-token.js';
import {
  ANNAS_OWNER,
  ATTEMPT,
  NOW,
  PIN,
  annas,
  decide,
  effectsOf,
  otp,
  outcomeOf,
  pinAndOtp,
} from '../../../../test/support/domain/login-decisions.js';
import { policiesOf } from '../../../../test/support/domain/policy-decisions.js';
import type { Challenge } from '../challenges/challenge.js';
import type { LoginAttempt } from '../login.js';

const ID = ATTEMPT.challenging.id;
const ROOT = '55500000000000000';
const ALL = 'authentication: challenge_response=*';
const minutes = (count: number) => new Date(NOW.getTime() + count * 60_000);

function challenge(changes: Partial<Challenge> = {}): Challenge {
  return {
    id: 5,
    root: ROOT,
    place: 0,
    tokenId: 1,
    serial: 'OATH1',
    message: 'Otp:',
    owner: { resolver: 'first', userId: '1' },
    realm: 'staff',
    isOpen: true,
    isUnsent: false,
    counter: null,
    receivedCount: 0,
    isReceived: false,
    isValid: false,
    createdAt: minutes(-1),
    expiresAt: minutes(1),
    ...changes,
  };
}

const asked = (password: string, given: readonly string[] = [ALL], changes: Partial<LoginAttempt> = {}) => ({
  password,
  policies: policiesOf(given),
  ...changes,
});
const answering = (password: string, root = ROOT, place: number | null = null, given = [ALL]) =>
  asked(password, given, { transaction: { root, place } });

describe('triggers (spec/validate-api §2.6)', () => {
  const otppin = (mode: string) => `authentication: otppin=${mode}, challenge_response=*`;

  it.each([
    ['the PIN', 'pin1', ALL, `challenged ${ID}`],
    ['PIN and OTP', pinAndOtp(0), ALL, 'accepted OATH1'],
    ['PIN and a wrong OTP', 'pin1000000', ALL, 'wrong-otp'],
    ['a wrong PIN', 'pin2', ALL, 'wrong-pin'],
    ['nothing', '', ALL, 'wrong-pin'],
    [
      'the PIN, of a type that is named',
      'pin1',
      'authentication: challenge_response=totp HMAC',
      `challenged ${ID}`,
    ],
    ['the PIN, of a type that is not', 'pin1', 'authentication: challenge_response=totp pw', 'wrong-pin'],
    ['the PIN, where nothing is named', 'pin1', 'authentication: challenge_response=', 'wrong-pin'],
    ['the PIN, without the policy', 'pin1', 'authentication: otppin=0', 'wrong-pin'],
    ["the directory's password", 'directory', otppin('password'), `challenged ${ID}`],
    ['the PIN, where the directory is asked', 'pin1', otppin('password'), 'wrong-pin'],
    ['nothing, where the directory is asked', '', otppin('password'), 'wrong-pin'],
    ['nothing, where no PIN is', '', otppin('only_otp'), `challenged ${ID}`],
    ['the PIN, where none is asked for', 'pin1', otppin('only_otp'), 'wrong-otp'],
    ['nothing, where any PIN is right', '', otppin('ignore_pin'), `challenged ${ID}`],
    // LinOTP takes it for a trigger and counts nothing: OTPs could be guessed without end.
    ['a guess, where any PIN is right', '000000', otppin('ignore_pin'), 'wrong-otp'],
  ])('%s, "%s", with %s: %s', (_, password, policy, outcome) => {
    const decision = decide([annas()], asked(password, [policy]));
    expect(outcomeOf(decision)).toBe(outcome);
    const counts = effectsOf(decision).includes('count-failure OATH1');
    expect(counts).toBe(outcome.startsWith('wrong'));
  });

  it('tells what is asked, and makes one challenge', () => {
    const { verdict, effects, facts } = decide([annas()], asked('pin1'));
    expect(verdict).toMatchObject({
      kind: 'challenged',
      transaction: ID,
      challenges: [{ transaction: ID, message: 'Please enter your otp value: ' }],
    });
    expect(effects).toEqual([
      expect.objectContaining({
        kind: 'challenge',
        challenge: expect.objectContaining({ root: ID, place: 0, realm: 'staff', seconds: 120 }),
      }),
    ]);
    expect(facts).toMatchObject({
      succeeded: false,
      detail: 'challenge created',
      serial: 'OATH1',
      tokenType: 'HMAC',
    });
  });

  it('asks several tokens together, and counts nothing for any', () => {
    const tokens = [
      annas(),
      annas({ id: 2, serial: 'OATH2' }),
      annas({ id: 3, serial: 'OATH3', pin: null }),
      givenSimplePassToken({ id: 4, owner: ANNAS_OWNER, realms: ['staff'] }),
    ];
    const decision = decide(tokens, asked('pin1'));
    const root = ID.slice(0, 14);
    expect(decision.verdict).toMatchObject({
      transaction: root,
      challenges: [{ transaction: `${root}.01` }, { transaction: `${root}.02` }],
    });
    expect(effectsOf(decision)).toEqual(['challenge OATH1', 'challenge OATH2']);
  });

  it('of a day password, need a text', () => {
    const token = givenDayPasswordToken({ owner: ANNAS_OWNER, realms: ['staff'], pin: PIN });
    expect(outcomeOf(decide([token], asked('pin1')))).toBe('wrong-pin');
    const challenging = { ...ATTEMPT.challenging, hasText: true };
    expect(outcomeOf(decide([token], asked('pin1', [ALL], { challenging })))).toBe(`challenged ${ID}`);
  });

  it.each([
    [4, minutes(-9), `challenged ${ID}`, ['challenge OATH1']],
    [5, minutes(-9), 'too-many-challenges', []],
    [9, minutes(-10), `challenged ${ID}`, ['challenge OATH1']],
  ])('behind %d at %s: %s; nothing is counted', (count, time, outcome, effects) => {
    const token = annas({ challengedAt: Array.from({ length: count }, () => time) });
    const decision = decide([token], asked('pin1'));
    expect(outcomeOf(decision)).toBe(outcome);
    expect(effectsOf(decision)).toEqual(effects);
  });

  it('leave a token out that was asked too often', () => {
    const often = annas({ challengedAt: Array.from({ length: 5 }, () => NOW) });
    const decision = decide([often, annas({ id: 2, serial: 'OATH2' })], asked('pin1'));
    expect(outcomeOf(decision)).toBe(`challenged ${ID}`);
    expect(effectsOf(decision)).toEqual(['challenge OATH2']);
    expect(decision.facts.info).toContain(`Failed for ['OATH1']`);
  });

  it.each([
    ['locked', { failures: 10 }],
    ['disabled', { active: false }],
    ['expired', { validity: { from: null, until: minutes(-1) } }],
  ])('make no challenge for a token that is %s', (_, changes) => {
    expect(outcomeOf(decide([annas(changes)], asked('pin1')))).toBe('no-usable-token');
  });

  it('mark open challenges where nothing is right and none is named', () => {
    const { effects } = decide([annas()], asked('pin2'), NOW, [challenge()]);
    expect(effects).toContainEqual(expect.objectContaining({ kind: 'miss', challenges: 'open' }));
  });
});

describe('answers (spec/validate-api §2.6, §3.5)', () => {
  const right = otp(0);

  it('are the OTP alone', () => {
    const decision = decide([annas()], answering(right), NOW, [challenge()]);
    expect(outcomeOf(decision)).toBe('accepted OATH1');
    expect(effectsOf(decision)).toEqual(['accept OATH1 → 1', 'answer OATH1']);
    expect(outcomeOf(decide([annas()], answering(pinAndOtp(0)), NOW, [challenge()]))).toBe('wrong-pin');
    expect(outcomeOf(decide([annas()], answering('pin1'), NOW, [challenge()]))).toBe('wrong-pin');
    expect(outcomeOf(decide([annas()], answering(''), NOW, [challenge()]))).toBe('wrong-pin');
  });

  it.each([
    ['closed', challenge({ isOpen: false })],
    ['expired', challenge({ expiresAt: NOW })],
    ["another token's", challenge({ tokenId: 2 })],
    ["another owner's", challenge({ owner: { resolver: 'first', userId: '2' } })],
    ["nobody's", challenge({ owner: null })],
    ['of another realm', challenge({ realm: 'ext' })],
  ])('to a challenge that is %s are wrong, whatever they say, and counted', (_, given) => {
    for (const password of [right, pinAndOtp(0), 'pin1', '']) {
      const decision = decide([annas()], answering(password), NOW, [given]);
      expect(outcomeOf(decision)).toBe('wrong-pin');
      expect(effectsOf(decision)).toEqual(['count-failure OATH1']);
    }
  });

  it.each([['unknown' as const], [{ root: '999999999999', place: null }]])(
    'to transaction %j, which there is not, are wrong and counted',
    (transaction) => {
      for (const password of [right, pinAndOtp(0), 'pin1', '']) {
        const decision = decide([annas()], asked(password, [ALL], { transaction }));
        expect(outcomeOf(decision)).toBe('wrong-pin');
        expect(effectsOf(decision)).toEqual(['count-failure OATH1']);
      }
    },
  );

  it('say nothing to a token whose type asks nobody: it wants PIN and OTP', () => {
    const given = ['authentication: challenge_response=totp'];
    const named = answering(right, ROOT, null, given);
    expect(outcomeOf(decide([annas()], named, NOW, [challenge()]))).toBe('wrong-pin');
    const whole = answering(pinAndOtp(0), ROOT, null, given);
    expect(outcomeOf(decide([annas()], whole, NOW, [challenge()]))).toBe('accepted OATH1');
  });

  it('that are wrong miss the challenge that was named, and count', () => {
    const pair = [challenge({ place: 1 }), challenge({ id: 6, tokenId: 2, place: 2 })];
    const tokens = [annas(), annas({ id: 2, serial: 'OATH2' })];
    const misses = (place: number | null) =>
      decide(tokens, answering('000000', ROOT, place), NOW, pair).effects.flatMap((effect) =>
        effect.kind === 'miss' && effect.challenges !== 'open' ? effect.challenges : [],
      );
    expect(misses(null)).toEqual([5, 6]);
    expect(misses(2)).toEqual([6]);
  });

  it('with any place of a transaction, by any of its tokens, are right', () => {
    const pair = [challenge({ place: 1 }), challenge({ id: 6, tokenId: 2, place: 2 })];
    const tokens = [annas({ failures: 2 }), annas({ id: 2, serial: 'OATH2', counter: 20 })];
    const decision = decide(tokens, answering(right, ROOT, 2), NOW, pair);
    expect(outcomeOf(decision)).toBe('accepted OATH1');
    expect(effectsOf(decision)).toEqual(['accept OATH1 → 1', 'answer OATH1']);
  });

  it('that fit two tokens accept nobody, and close what they fit', () => {
    const pair = [challenge({ place: 1 }), challenge({ id: 6, tokenId: 2, place: 2 })];
    const decision = decide([annas(), annas({ id: 2, serial: 'OATH2' })], answering(right), NOW, pair);
    expect(outcomeOf(decision)).toBe('several-tokens-match');
    expect(decision.effects.filter(({ kind }) => kind === 'answer')).toEqual([
      expect.objectContaining({ isAccepted: false }),
      expect.objectContaining({ isAccepted: false }),
    ]);
  });

  it('that are signed are wrong, whatever is signed, since the type takes no signatures', () => {
    const transaction = { root: ROOT, place: null };
    const decision = decide([annas()], { password: otp(0), transaction, confirms: 'accept' as const }, NOW, [
      challenge(),
    ]);
    expect([outcomeOf(decision), effectsOf(decision)]).toEqual([
      'wrong-pin',
      ['count-failure OATH1', 'miss OATH1'],
    ]);
    const all = { password: pinAndOtp(0), transaction: null, confirms: 'accept' as const };
    expect(outcomeOf(decide([annas()], all))).toBe('wrong-pin');
  });

  it('that policies of authorization refuse are no valid ones', () => {
    const given = [ALL, 'authorization: tokentype=totp'];
    const decision = decide([annas()], answering(right, ROOT, null, given), NOW, [challenge()]);
    expect(outcomeOf(decision)).toBe('not-authorized');
    expect(decision.effects).toContainEqual(expect.objectContaining({ kind: 'answer', isAccepted: false }));
  });

  it('to a password token are checked by its hash', () => {
    const token = givenPasswordToken('secret', { owner: ANNAS_OWNER, realms: ['staff'], pin: PIN });
    const answer = (password: string) => outcomeOf(decide([token], answering(password), NOW, [challenge()]));
    expect(answer('secret')).toBe('accepted KIPW1');
    expect(answer('secreT')).toBe('wrong-pin');
  });

  it('from a locked token are refused', () => {
    const decision = decide([annas({ failures: 10 })], answering(right), NOW, [challenge()]);
    expect(outcomeOf(decision)).toBe('no-usable-token');
  });
});
