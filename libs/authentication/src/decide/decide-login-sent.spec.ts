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
import {
  givenEmailToken,
  givenSmsToken,
  givenVoiceToken,
} from '../../../../test/support/domain/given-token.js';
import type { Challenge } from '../challenges/challenge.js';
import type { LoginAttempt } from '../login.js';

const ID = ATTEMPT.challenging.id;
const ROOT = '55500000000000000';
const seconds = (count: number) => new Date(NOW.getTime() + count * 1000);
const theirs = { owner: ANNAS_OWNER, realms: ['staff'], pin: PIN } as const;
const until = NOW.getTime() / 1000 + 60;

/** With a message behind it, unless said otherwise. */
const sms = (changes: Parameters<typeof givenSmsToken>[0] = {}) =>
  givenSmsToken({ ...theirs, counter: 1, info: { phone: '49', until }, ...changes });
const email = (changes: Parameters<typeof givenEmailToken>[0] = {}) =>
  givenEmailToken({ ...theirs, counter: 2, ...changes });
const voice = (changes: Parameters<typeof givenVoiceToken>[0] = {}) =>
  givenVoiceToken({ ...theirs, ...changes });

function challenge(changes: Partial<Challenge> = {}): Challenge {
  return {
    id: 5,
    root: ROOT,
    place: 0,
    tokenId: 1,
    serial: 'X',
    message: '',
    owner: { resolver: 'first', userId: '1' },
    realm: 'staff',
    isOpen: true,
    isUnsent: false,
    counter: 1n,
    receivedCount: 0,
    isReceived: false,
    isValid: false,
    createdAt: seconds(-20),
    expiresAt: seconds(100),
    ...changes,
  };
}

const answering = { transaction: { root: ROOT, place: null } } as const;

describe('decideLogin, with OTPs that are sent', () => {
  it('asks with the PIN, and spends the value before it is sent', () => {
    const decision = decide([sms()], { password: 'pin1' });
    expect(outcomeOf(decision)).toBe(`challenged ${ID}`);
    expect(effectsOf(decision)).toEqual(['challenge SMS1', 'spend SMS1 → 2', 'remember SMS1']);
    expect(decision).toMatchObject({
      effects: [
        { challenge: { counter: 2n, seconds: 120, limit: { most: 1 } } },
        { spends: { once: true } },
        { info: { until: null } },
      ],
      facts: { succeeded: false, detail: 'challenge is being sent' },
    });
  });

  it('asks by e-mail and by voice as each of them counts', () => {
    const mailed = decide([email()], { password: 'pin1' });
    expect(effectsOf(mailed)).toEqual(['challenge EMAIL1', 'spend EMAIL1 → 4']);
    expect(mailed).toMatchObject({ effects: [{ challenge: { counter: 3n, seconds: 600 } }, {}] });
    const called = decide([voice()], { password: 'pin1' });
    expect(effectsOf(called)).toEqual(['challenge VOICE1']);
    expect(called).toMatchObject({ effects: [{ challenge: { counter: 1_234_567_890_123_456_789n } }] });
  });

  it('relies on every challenge that is known of the token, so that one message is sent', () => {
    const challengedAt = [seconds(-1_000), seconds(-100), seconds(-50)];
    const decision = decide([sms({ challengedAt })], { password: 'pin1' });
    expect(decision).toMatchObject({ effects: [{ challenge: { limit: { most: 3 } } }, {}, {}] });
  });

  describe('beside a token of the same PIN', () => {
    const hotp = annas({ id: 2 });
    const asked = challenge();
    const wrong = { password: 'pin1000000' };
    const blamedBy = (token: ReturnType<typeof sms>, changes: Partial<LoginAttempt>, open: Challenge[]) => {
      const decision = decide([hotp, token], changes, NOW, open);
      expect(outcomeOf(decision)).toBe('wrong-otp');
      return effectsOf(decision).filter((effect) => effect.startsWith('count-failure'));
    };
    const BOTH = ['count-failure OATH1', expect.stringMatching(/^count-failure (SMS1|EMAIL1|VOICE1)$/)];

    it.each<[string, ReturnType<typeof sms>, Partial<LoginAttempt>, Challenge[]]>([
      ['whose message is out', sms(), wrong, [asked]],
      ['whose last message still counts', sms(), wrong, []],
      ['that is named by its transaction', sms(), { ...wrong, ...answering }, [asked]],
      ['by e-mail', email(), wrong, [asked]],
      ['by voice', voice(), { ...wrong, ...answering }, [asked]],
    ])('a wrong OTP is a guess at one %s, too', (_title, token, changes, open) => {
      expect(blamedBy(token, changes, open)).toEqual(BOTH);
    });

    it('that has none, an OTP alone is a guess at one that is named by its transaction', () => {
      const open = annas({ id: 2, pin: null });
      const decision = decide([open, sms()], { password: '000000', ...answering }, NOW, [asked]);
      expect(effectsOf(decision)).toEqual(['count-failure OATH1', 'count-failure SMS1', 'miss SMS1']);
    });

    it.each<[string, ReturnType<typeof sms>, Challenge[]]>([
      ['of which no message is out', sms({ info: { phone: '49' } }), []],
      ['whose message is over', sms({ info: { phone: '49', until: until - 60 } }), []],
      ['whose challenge is over', email(), [challenge({ expiresAt: seconds(-1) })]],
      ['of another PIN', sms({ pin: null }), [asked]],
    ])('a wrong OTP is none at one %s', (_title, token, open) => {
      expect(blamedBy(token, wrong, open)).toEqual(['count-failure OATH1']);
    });
  });

  describe.each([
    { type: 'an SMS', token: sms(), right: otp(1), counter: 1n, wrong: otp(0) },
    { type: 'an e-mail', token: email(), right: otp(1), counter: 1n, wrong: otp(2) },
    {
      type: 'a call',
      token: voice(),
      right: '735221',
      counter: 1_234_567_890_123_456_789n,
      wrong: otp(1),
    },
  ])('$type', ({ token, right, counter, wrong }) => {
    const asked = challenge({ counter, serial: token.serial });
    const serial = token.serial;

    it.each([
      { what: 'its OTP', password: right, changes: answering },
      { what: 'PIN and OTP', password: `pin1${right}`, changes: answering },
      { what: 'PIN and OTP, without the transaction', password: `pin1${right}`, changes: {} },
    ])('is answered by $what', ({ password, changes }) => {
      const decision = decide([token], { password, ...changes }, NOW, [asked]);
      expect(outcomeOf(decision)).toBe(`accepted ${serial}`);
      expect(effectsOf(decision)).toContain(`answer ${serial}`);
    });

    it.each<{ what: string; password: string; changes?: Partial<LoginAttempt> }>([
      { what: 'another OTP', password: wrong, changes: answering },
      { what: 'the OTP with a wrong PIN', password: `nip1${right}`, changes: answering },
      { what: 'nothing', password: '', changes: answering },
      { what: 'the OTP alone, without the transaction', password: right },
      { what: 'another OTP with the PIN', password: `pin1${wrong}` },
      { what: 'a wrong PIN', password: `nip1${right}` },
    ])('is not answered by $what: one failure', ({ password, changes }) => {
      const decision = decide([token], { password, ...changes }, NOW, [asked]);
      expect(outcomeOf(decision)).toBe('wrong-pin');
      expect(effectsOf(decision)).toEqual([`count-failure ${serial}`, `miss ${serial}`]);
    });

    it('is not answered by an id that is none', () => {
      const decision = decide([token], { password: right, transaction: 'unknown' }, NOW, [asked]);
      expect(outcomeOf(decision)).toBe('wrong-pin');
      expect(effectsOf(decision)).toEqual([`count-failure ${serial}`]);
    });

    it.each([
      { what: 'is closed', changes: { isOpen: false } },
      { what: 'is unsent', changes: { isOpen: false, isUnsent: true } },
      { what: 'is of another transaction', changes: { root: '66600000000000000' } },
      { what: 'has expired', changes: { expiresAt: NOW } },
      { what: 'asks another token', changes: { tokenId: 2 } },
      { what: 'asked another owner', changes: { owner: null } },
      { what: 'is of another realm', changes: { realm: 'other' } },
    ])('is not answered by its OTP where the challenge $what', ({ changes }) => {
      const there = [{ ...asked, ...changes }];
      const decision = decide([token], { password: right, ...answering }, NOW, there);
      expect(outcomeOf(decision)).toBe('wrong-pin');
    });
  });

  it('accepts no OTP of an e-mail or a call without its challenge, with the PIN, either', () => {
    expect(outcomeOf(decide([email()], { password: pinAndOtp(1) }))).toBe('wrong-pin');
    expect(outcomeOf(decide([voice()], { password: 'pin1735221' }))).toBe('wrong-pin');
  });

  it.each([
    { what: 'in its time', token: sms(), accepted: true },
    { what: 'behind its time', token: sms({ info: { until: NOW.getTime() / 1000 } }), accepted: false },
    { what: 'not known to be delivered', token: sms({ info: {} }), accepted: false },
    { what: 'at an unreadable time', token: sms({ info: { until: 'soon' } }), accepted: false },
  ])('takes PIN and OTP of an SMS without a challenge: $what', ({ token, accepted }) => {
    const decision = decide([token], { password: pinAndOtp(1) });
    expect(outcomeOf(decision)).toBe(accepted ? 'accepted SMS1' : 'wrong-pin');
    if (accepted) expect(effectsOf(decision)).toEqual(['accept SMS1 → 2']);
  });

  it('never takes the value at counter 0, which no SMS carries', () => {
    expect(outcomeOf(decide([sms({ counter: 0 })], { password: pinAndOtp(0) }))).toBe('wrong-pin');
  });

  describe('a young challenge', () => {
    const wasAsked = (there: readonly Challenge[], token = sms()) =>
      decide([token], { password: 'pin1' }, NOW, there);

    it.each([
      { what: 'is open', changes: {} },
      { what: 'is unsent', changes: { isOpen: false, isUnsent: true, createdAt: seconds(-5) } },
    ])('is asked again where it $what: nothing is sent', ({ changes }) => {
      const decision = wasAsked([challenge(changes)]);
      expect(outcomeOf(decision)).toBe(`challenged ${ROOT}`);
      expect(effectsOf(decision)).toEqual(['rely SMS1']);
      expect(decision).toMatchObject({
        verdict: { challenges: [{ message: 'sms with otp already submitted', wasAsked: true }] },
        facts: { detail: 'challenge already submitted' },
      });
    });

    it.each([
      { what: 'is not so young any more', changes: { createdAt: seconds(-30) } },
      {
        what: 'got lost on its way',
        changes: { isOpen: false, isUnsent: true, createdAt: seconds(-10) },
      },
      { what: 'is closed', changes: { isOpen: false } },
      { what: 'has expired', changes: { expiresAt: NOW } },
      { what: 'is of another realm', changes: { realm: 'other' } },
      { what: 'asks another token', changes: { tokenId: 2 } },
    ])('does not keep a message back where it $what', ({ changes }) => {
      expect(effectsOf(wasAsked([challenge(changes)]))).toContain('challenge SMS1');
    });

    it('is asked again although the token was asked as often as it may be', () => {
      const challengedAt = Array.from({ length: 5 }, () => seconds(-20));
      expect(outcomeOf(wasAsked([challenge()], sms({ challengedAt })))).toBe(`challenged ${ROOT}`);
      expect(outcomeOf(wasAsked([], sms({ challengedAt })))).toBe('too-many-challenges');
    });
  });

  it('asks by several tokens at once, each with its place', () => {
    const tokens = [sms({ id: 1 }), email({ id: 2 }), voice({ id: 3 })];
    const decision = decide(tokens, { password: 'pin1' }, NOW, [challenge()]);
    expect(decision.verdict).toMatchObject({
      kind: 'challenged',
      transaction: ID.slice(0, -3),
      challenges: [
        { transaction: ROOT, wasAsked: true },
        { transaction: `${ID.slice(0, -3)}.02` },
        { transaction: `${ID.slice(0, -3)}.03` },
      ],
    });
  });

  it('goes on without a type that is challenged by policies alone', () => {
    const decision = decide([annas({ id: 1 }), sms({ id: 2 })], { password: 'pin1' });
    expect(effectsOf(decision)).toEqual(['challenge SMS1', 'spend SMS1 → 2', 'remember SMS1']);
  });

  describe('without a PIN', () => {
    const policies = policiesOf(['authentication: trigger_sms']);
    const asking = { policies, challenging: { ...ATTEMPT.challenging, mayOmitPin: true } };

    it.each([
      { what: 'without a password', password: null, changes: asking, outcome: `challenged ${ID}` },
      { what: 'with an empty one', password: '', changes: asking, outcome: `challenged ${ID}` },
      { what: 'with a wrong one', password: '000000', changes: asking, outcome: 'wrong-pin' },
      {
        what: 'without the policy',
        password: null,
        changes: { challenging: asking.challenging },
        outcome: 'no-password',
      },
      { what: 'where nothing asks for it', password: null, changes: { policies }, outcome: 'no-password' },
    ])('is asked $what: $outcome', ({ password, changes, outcome }) => {
      expect(outcomeOf(decide([sms()], { password, ...changes }))).toBe(outcome);
    });

    it('is for SMS alone, and for one token', () => {
      const nobody = { ...asking, password: null };
      expect(outcomeOf(decide([email()], nobody))).toBe('wrong-pin');
      expect(outcomeOf(decide([sms({ id: 1 }), sms({ id: 2 })], nobody))).toBe('no-password');
    });
  });

  it('sends no SMS by the PIN where a setting says so', () => {
    const settings = { ...ATTEMPT.challenging.settings, sendsSmsByPin: false };
    const challenging = { ...ATTEMPT.challenging, settings };
    expect(outcomeOf(decide([sms()], { password: 'pin1', challenging }))).toBe('wrong-pin');
    expect(outcomeOf(decide([email()], { password: 'pin1', challenging }))).toBe(`challenged ${ID}`);
  });

  describe('autosms', () => {
    const policies = policiesOf(['authentication: autosms']);

    it('spends the next value with the one that is accepted', () => {
      const decision = decide([sms()], { password: pinAndOtp(1), policies });
      expect(effectsOf(decision)).toEqual(['accept SMS1 → 2', 'spend SMS1 → 3', 'remember SMS1']);
      expect(decision.verdict).toMatchObject({ kind: 'accepted', nextCounter: 3n });
    });

    it('is for logins by SMS that are accepted', () => {
      expect(decide([annas()], { policies }).verdict).not.toHaveProperty('nextCounter');
      const refusing = policiesOf(['authentication: autosms', 'authorization: tokentype=totp']);
      const decision = decide([sms()], { password: pinAndOtp(1), policies: refusing });
      expect(outcomeOf(decision)).toBe('not-authorized');
      expect(effectsOf(decision)).toEqual(['spend SMS1 → 2']);
    });
  });
});
