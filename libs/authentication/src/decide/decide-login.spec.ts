import {
  givenPasswordToken,
  givenSimplePassToken,
  givenTotpToken,
  pinOf,
} from '../../../../test/support/domain/given-token.js';
import {
  ANNA,
  ANNAS_OWNER,
  ATTEMPT,
  answersBy,
  NOW,
  PIN,
  annas,
  decide,
  effectsOf,
  otp,
  outcomeOf,
  pinAndOtp,
} from '../../../../test/support/domain/login-decisions.js';
import { decideLogin } from './decide-login.js';

describe('decideLogin', () => {
  // Read again under its lock, a token may be another's than at the first look.
  describe.each([
    { whose: 'of somebody else', owner: { resolver: 'first', userId: '2', resolverType: 'passwd' } },
    {
      whose: 'of the same user id in another resolver',
      owner: { resolver: 'second', userId: '1', resolverType: 'passwd' },
    },
    { whose: 'of nobody', owner: null },
  ])('a token $whose', ({ owner }) => {
    it('takes no part in the login of a user', () => {
      const decision = decide([annas({ owner })]);
      expect(outcomeOf(decision)).toBe('no-token');
      expect(effectsOf(decision)).toEqual([]);
    });

    it("is not counted among the user's tokens", () => {
      const decision = decide([annas(), annas({ id: 2, owner })], { subject: { ...ANNA, onlyToken: true } });
      expect(outcomeOf(decision)).toBe('accepted OATH1');
    });

    it('is accepted by its serial', () => {
      const decision = decide([annas({ owner })], { subject: { kind: 'token', serial: 'OATH1' } });
      expect(outcomeOf(decision)).toBe('accepted OATH1');
    });
  });

  describe('one token (spec/validate-api §2.6 and §2.7)', () => {
    it.each([
      {
        title: 'PIN and next OTP',
        password: pinAndOtp(0),
        outcome: 'accepted OATH1',
        effects: ['accept OATH1 → 1'],
        detail: "user 'anna'@'staff' successfully authenticated.",
      },
      {
        title: 'PIN and an OTP further on',
        password: pinAndOtp(9),
        outcome: 'accepted OATH1',
        effects: ['accept OATH1 → 10'],
        detail: "user 'anna'@'staff' successfully authenticated.",
      },
      {
        title: 'PIN and an OTP beyond the window',
        password: pinAndOtp(10),
        outcome: 'wrong-otp',
        effects: ['count-failure OATH1'],
        detail: 'wrong otp value',
      },
      {
        title: 'PIN and a wrong OTP',
        password: 'pin1000000',
        outcome: 'wrong-otp',
        effects: ['count-failure OATH1'],
        detail: 'wrong otp value',
      },
      {
        title: 'a wrong PIN and the right OTP',
        password: `pin2${otp(0)}`,
        outcome: 'wrong-pin',
        effects: ['count-failure OATH1'],
        detail: 'wrong otp pin -1',
      },
      {
        title: 'the right OTP without PIN',
        password: otp(0),
        outcome: 'wrong-pin',
        effects: ['count-failure OATH1'],
        detail: 'wrong otp pin -1',
      },
      {
        title: 'the PIN alone',
        password: 'pin1',
        outcome: 'wrong-pin',
        effects: ['count-failure OATH1'],
        detail: 'wrong otp pin -1',
      },
      {
        title: 'nothing',
        password: '',
        outcome: 'wrong-pin',
        effects: ['count-failure OATH1'],
        detail: 'wrong otp pin -1',
      },
    ])('$title: $outcome', ({ password, outcome, effects, detail }) => {
      const decision = decide([annas()], { password });
      expect(outcomeOf(decision)).toBe(outcome);
      expect(effectsOf(decision)).toEqual(effects);
      expect(decision.facts).toMatchObject({
        succeeded: outcome.startsWith('accepted'),
        detail,
        serial: 'OATH1',
        tokenType: 'HMAC',
      });
    });

    it('accepts a value once: the state that the acceptance leaves refuses it', () => {
      const first = decide([annas()]);
      const [effect] = first.effects;
      if (effect?.kind !== 'accept') throw new Error('not accepted');
      const second = decide([annas({ counter: effect.spends.nextCounter })]);
      expect(outcomeOf(second)).toBe('wrong-otp');
      expect(effectsOf(second)).toEqual(['count-failure OATH1']);
    });

    it('takes the OTP first where the PIN comes behind it', () => {
      expect(outcomeOf(decide([annas()], { password: `${otp(0)}pin1`, prependPin: false }))).toBe(
        'accepted OATH1',
      );
      expect(outcomeOf(decide([annas()], { password: pinAndOtp(0), prependPin: false }))).toBe('wrong-pin');
    });

    it('needs no PIN of a token that has none', () => {
      expect(outcomeOf(decide([annas({ pin: null })], { password: otp(0) }))).toBe('accepted OATH1');
      expect(outcomeOf(decide([annas({ pin: null })], { password: pinAndOtp(0) }))).toBe('wrong-pin');
      expect(outcomeOf(decide([annas({ pin: null })], { password: '' }))).toBe('wrong-otp');
    });

    it('tells how long PIN and OTP were, for clients that ask', () => {
      expect(decide([annas()]).verdict).toMatchObject({ pinLength: 4, otpLength: 6 });
    });

    it('spends a time step with the drift that it shows', () => {
      // RFC 6238, appendix B: 20000000000 s is step 666666666; its value with six digits.
      const token = givenTotpToken({ owner: ANNAS_OWNER, realms: ['staff'], pin: PIN });
      const now = new Date((20_000_000_000 + 60) * 1000);
      const decision = decide([token], { password: 'pin1353130' }, now);
      expect(decision.effects).toMatchObject([
        { kind: 'accept', spends: { nextCounter: 666_666_667, once: true, shiftSeconds: -60 } },
      ]);
      const spent = givenTotpToken({ owner: ANNAS_OWNER, realms: ['staff'], pin: PIN, counter: 666_666_667 });
      expect(outcomeOf(decide([spent], { password: 'pin1353130' }, now))).toBe('wrong-otp');
    });
  });

  describe('a password token', () => {
    const token = givenPasswordToken('geheim1', { owner: ANNAS_OWNER, realms: ['staff'], pin: PIN });

    it('asks about its slow hash only where the PIN is right and the length fits', () => {
      const questions = ['pin1geheim2', 'pin2geheim1', 'pin1geheim', 'geheim1'].map((password) =>
        decideLogin([token], { ...ATTEMPT, password }, NOW, () => undefined),
      );
      expect(questions[0]).toEqual({
        question: { kind: 'password-hash', hash: 'hash of geheim1', candidate: 'geheim2' },
      });
      for (const decision of questions.slice(1)) expect(decision).not.toHaveProperty('question');
    });

    it.each([
      { password: 'pin1geheim1', outcome: 'accepted KIPW1', effects: ['accept KIPW1 → 1'] },
      { password: 'pin1geheim2', outcome: 'wrong-otp', effects: ['count-failure KIPW1'] },
      { password: 'pin2geheim1', outcome: 'wrong-pin', effects: ['count-failure KIPW1'] },
    ])('$password: $outcome', ({ password, outcome, effects }) => {
      const decision = decide([token], { password });
      expect(outcomeOf(decision)).toBe(outcome);
      expect(effectsOf(decision)).toEqual(effects);
    });

    it('may be accepted again: it has no counter to spend', () => {
      const { effects } = decide([{ ...token, counter: 1 }], { password: 'pin1geheim1' });
      expect(effects).toMatchObject([{ kind: 'accept', spends: { once: false } }]);
    });
  });

  describe('a simple-pass token', () => {
    it.each([
      { password: 'pin1', pin: PIN, outcome: 'accepted LSSP1' },
      { password: 'pin2', pin: PIN, outcome: 'wrong-pin' },
      { password: 'pin1755224', pin: PIN, outcome: 'wrong-pin' },
      { password: '', pin: null, outcome: 'accepted LSSP1' },
      { password: 'x', pin: null, outcome: 'wrong-pin' },
    ])('"$password": $outcome', ({ password, pin, outcome }) => {
      const decision = decide([givenSimplePassToken({ owner: ANNAS_OWNER, pin })], { password });
      expect(outcomeOf(decision)).toBe(outcome);
      if (decision.verdict.kind === 'accepted') expect(decision.verdict).toMatchObject({ otpLength: null });
    });
  });

  describe('several tokens (spec/validate-api §2.7)', () => {
    const other = pinOf('pin2');

    it('leaves all failures as they are where acceptances do not reset them', () => {
      const decision = decide([annas({ serial: 'A', counter: 100, failures: 1 }), annas({ failures: 2 })], {
        resetsFailures: false,
      });
      expect(decision.effects).toMatchObject([{ kind: 'accept', keepsFailures: true }]);
    });

    it('resets the failures of all that took part when one is accepted', () => {
      const decision = decide([
        annas({ serial: 'A', counter: 100, failures: 1 }),
        annas({ serial: 'B', pin: other, failures: 1 }),
        annas({ serial: 'C', failures: 2 }),
        annas({ serial: 'D', pin: other }),
      ]);
      expect(outcomeOf(decision)).toBe('accepted C');
      expect(effectsOf(decision)).toEqual(['accept C → 1', 'reset-failures A', 'reset-failures B']);
    });

    it('counts against those whose PIN was right, and against no other', () => {
      const decision = decide([annas({ serial: 'A' }), annas({ serial: 'B', pin: other })], {
        password: 'pin1000000',
      });
      expect(outcomeOf(decision)).toBe('wrong-otp');
      expect(effectsOf(decision)).toEqual(['count-failure A']);
      expect(decision.facts).toMatchObject({ serial: 'A', tokenType: 'HMAC' });
    });

    it('counts against all when no PIN was right', () => {
      const decision = decide([annas({ serial: 'A' }), annas({ serial: 'B', pin: other })], {
        password: 'pin3000000',
      });
      expect(outcomeOf(decision)).toBe('wrong-pin');
      expect(effectsOf(decision)).toEqual(['count-failure A', 'count-failure B']);
      expect(decision.facts).toMatchObject({ serial: 'A B', tokenType: 'HMAC' });
    });

    it('several that match are all spent, and none is accepted', () => {
      const decision = decide([
        annas({ serial: 'A', counter: 0, failures: 1 }),
        annas({ serial: 'B', counter: 0 }),
        annas({ serial: 'C', counter: 100 }),
      ]);
      expect(outcomeOf(decision)).toBe('several-tokens-match');
      expect(effectsOf(decision)).toEqual(['spend A → 1', 'spend B → 1']);
      expect(decision.facts).toMatchObject({
        succeeded: false,
        detail: 'Multiple valid tokens found!',
        info: "UserError(description='multiple token match error', id=-33)",
        serial: '',
      });
      // The value is of no further use to either.
      const again = decide([annas({ serial: 'A', counter: 1 }), annas({ serial: 'B', counter: 1 })]);
      expect(outcomeOf(again)).toBe('wrong-otp');
    });

    it('the example of the spec: 19 replays lock the third token, then count against the others', () => {
      const failures = { A: 1, B: 1, C: 0 };
      const counters = { A: 100, B: 200, C: 0 };
      const pins = { A: pinOf('a'), B: pinOf('b'), C: PIN };
      const attempt = () => {
        const tokens = (['A', 'B', 'C'] as const).map((serial) =>
          annas({ serial, failures: failures[serial], counter: counters[serial], pin: pins[serial] }),
        );
        const decision = decide(tokens);
        for (const effect of decision.effects) {
          const serial = effect.token.serial as string as 'A' | 'B' | 'C';
          if (effect.kind === 'count-failure') failures[serial]++;
          else if (effect.kind !== 'count-use') failures[serial] = 0;
          if ('spends' in effect) counters[serial] = effect.spends.nextCounter;
        }
        return outcomeOf(decision);
      };
      expect(attempt()).toBe('accepted C');
      expect(failures).toEqual({ A: 0, B: 0, C: 0 });
      for (let replay = 1; replay <= 19; replay++) expect(attempt()).not.toMatch(/accepted/);
      expect(failures).toEqual({ A: 9, B: 9, C: 19 });
    });

    it('asks about one slow hash after the other', () => {
      const tokens = [
        givenPasswordToken('geheim1', { owner: ANNAS_OWNER, serial: 'A', pin: PIN }),
        givenPasswordToken('geheim2', { owner: ANNAS_OWNER, serial: 'B', pin: PIN }),
      ];
      const asked: string[] = [];
      const attempt = { ...ATTEMPT, password: 'pin1geheim2' };
      for (const answers of [[], ['hash of geheim1'], ['hash of geheim1', 'hash of geheim2']]) {
        const decision = decideLogin(
          tokens,
          attempt,
          NOW,
          answersBy((question) => {
            if (question.kind !== 'password-hash') throw new Error('the directory was asked');
            const { hash, candidate } = question;
            return answers.includes(hash) ? hash === `hash of ${candidate}` : undefined;
          }),
        );
        if (!('question' in decision)) asked.push(outcomeOf(decision));
        else asked.push(decision.question.kind === 'password-hash' ? decision.question.hash : 'directory');
      }
      expect(asked).toEqual(['hash of geheim1', 'hash of geheim2', 'accepted B']);
    });
  });

  it('says nothing of PIN, OTP or password in the record', () => {
    const tokens = [annas(), givenPasswordToken('geheim1', { owner: ANNAS_OWNER, pin: PIN })];
    for (const password of [pinAndOtp(0), 'pin1000000', 'pin9999999', 'pin1geheim1', 'pin1geheim2']) {
      expect(JSON.stringify(decide(tokens, { password }).facts)).not.toMatch(/pin1|755224|geheim|999999/);
    }
  });

  it('decides the same for the same tokens, attempt, time and answers', () => {
    const tokens = [annas({ serial: 'A' }), annas({ serial: 'B', counter: 50 })];
    expect(decide(tokens)).toEqual(decide(tokens));
  });
});
