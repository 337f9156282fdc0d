import {
  ANNA,
  annas,
  decide,
  effectsOf,
  outcomeOf,
} from '../../../../test/support/domain/login-decisions.js';

describe('decideLogin', () => {
  describe('tokens that take no part (spec/validate-api §2.5)', () => {
    it.each([
      {
        title: 'of another realm',
        changes: { realms: ['ext'] },
        detail: 'Realm mismatch for token and user',
        effects: [],
      },
      { title: 'that is disabled', changes: { active: false }, detail: 'Token inactive', effects: [] },
      {
        title: 'that is locked',
        changes: { failures: 10 },
        detail: 'Failcounter exceeded',
        effects: ['count-failure OATH1'],
      },
      {
        title: 'that is locked far beyond its limit',
        changes: { failures: 4711 },
        detail: 'Failcounter exceeded',
        effects: ['count-failure OATH1'],
      },
      {
        title: 'that may not fail at all',
        changes: { maxFailures: 0 },
        detail: 'Failcounter exceeded',
        effects: ['count-failure OATH1'],
      },
      {
        title: 'of another realm, disabled and locked',
        changes: { realms: ['ext'], active: false, failures: 10 },
        detail: 'Realm mismatch for token and user',
        effects: [],
      },
      {
        title: 'that is disabled and locked',
        changes: { active: false, failures: 10 },
        detail: 'Token inactive',
        effects: [],
      },
    ])('a token $title is not asked, not even with the right OTP', ({ changes, detail, effects }) => {
      const decision = decide([annas(changes)]);
      expect(outcomeOf(decision)).toBe('no-usable-token');
      expect(effectsOf(decision)).toEqual(effects);
      expect(decision.facts).toMatchObject({ succeeded: false, detail, serial: 'OATH1', tokenType: 'HMAC' });
    });

    it('a token one failure below its limit still takes part', () => {
      expect(outcomeOf(decide([annas({ failures: 9 })]))).toBe('accepted OATH1');
    });

    it('a token in no realm serves its owner in every realm', () => {
      expect(outcomeOf(decide([annas({ realms: [] })]))).toBe('accepted OATH1');
    });

    it('realms do not matter where a token is named without a user', () => {
      const decision = decide([annas({ realms: ['ext'] })], { subject: { kind: 'token', serial: 'OATH1' } });
      expect(outcomeOf(decision)).toBe('accepted OATH1');
      expect(decision.facts.detail).toBe("serial 'OATH1' successfully authenticated.");
      expect(decision.facts).not.toHaveProperty('user');
    });

    it('the others go on without them', () => {
      const decision = decide([
        annas({ serial: 'OFF', active: false }),
        annas({ serial: 'LOCKED', failures: 10 }),
        annas({ serial: 'FAR', realms: ['ext'] }),
        annas({ serial: 'GOOD' }),
      ]);
      expect(outcomeOf(decision)).toBe('accepted GOOD');
      expect(effectsOf(decision)).toEqual(['count-failure LOCKED', 'accept GOOD → 1']);
    });

    it('the last one that was looked at is recorded', () => {
      const tokens = [annas({ serial: 'LOCKED', failures: 10 }), annas({ serial: 'OFF', active: false })];
      expect(decide(tokens).facts).toMatchObject({ detail: 'Token inactive', serial: 'OFF' });
    });
  });

  describe('which tokens are meant (spec/validate-api §2.2, §2.3)', () => {
    it('nobody is refused', () => {
      const decision = decide([annas()], {
        subject: { kind: 'nobody', login: 'nosuch', realm: 'staff', isUnknown: true },
      });
      expect(outcomeOf(decision)).toBe('unknown-user');
      expect(decision).toMatchObject({ effects: [], facts: { succeeded: false, detail: 'User not found' } });
    });

    it.each([
      { title: 'a user', subject: ANNA, detail: 'User has no tokens assigned' },
      { title: 'a serial', subject: { kind: 'token', serial: 'NOSUCH' } as const, detail: 'no token found!' },
    ])('$title without a token is refused', ({ subject, detail }) => {
      const decision = decide([], { subject });
      expect(outcomeOf(decision)).toBe('no-token');
      expect(decision).toMatchObject({ effects: [], facts: { succeeded: false, detail } });
    });

    it('a serial narrows the tokens of the user, and never widens them', () => {
      const tokens = [annas({ serial: 'A', counter: 100 }), annas({ serial: 'B' })];
      expect(outcomeOf(decide(tokens, { subject: { ...ANNA, serial: 'B' } }))).toBe('accepted B');
      const wrong = decide(tokens, { subject: { ...ANNA, serial: 'A' } });
      expect(effectsOf(wrong)).toEqual(['count-failure A']);
      for (const serial of ['NOSUCH', '*', 'b', 'B*', '']) {
        const decision = decide(tokens, { subject: { ...ANNA, serial } });
        expect(outcomeOf(decision)).toBe('no-token');
        expect(decision.effects).toEqual([]);
      }
    });

    it.each([
      { typeLabel: 'HMAC', outcome: 'accepted OATH1' },
      { typeLabel: 'hmac', outcome: 'accepted OATH1' },
      { typeLabel: 'totp', outcome: 'no-token' },
      { typeLabel: '', outcome: 'no-token' },
    ])('the type "$typeLabel" narrows them too', ({ typeLabel, outcome }) => {
      expect(outcomeOf(decide([annas()], { typeLabel }))).toBe(outcome);
    });

    it.each([
      { tokens: [], outcome: 'not-one-token', detail: 'No token found!' },
      {
        tokens: [annas({ serial: 'A' }), annas({ serial: 'B' })],
        outcome: 'not-one-token',
        detail: 'More than one token found!',
      },
      {
        tokens: [annas()],
        outcome: 'accepted OATH1',
        detail: "user 'anna'@'staff' successfully authenticated.",
      },
    ])('where the user must own one token: $detail', ({ tokens, outcome, detail }) => {
      const decision = decide(tokens, { subject: { ...ANNA, onlyToken: true } });
      expect(outcomeOf(decision)).toBe(outcome);
      expect(decision.facts.detail).toBe(detail);
    });

    it('no password at all is no login, and no failure either', () => {
      const decision = decide([annas()], { password: null });
      expect(outcomeOf(decision)).toBe('no-password');
      expect(decision).toMatchObject({ effects: [], facts: { info: 'ERR905: Missing parameter:pass' } });
    });
  });
});
