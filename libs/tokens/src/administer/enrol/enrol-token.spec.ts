import { type RandomSource, Unavailable } from '@app/kernel';
import { NO_POLICIES } from '@app/policies';
import { type ConfigurationSnapshot, settingsOf } from '@app/realms';

import { HANS, STAFF } from '../../../../../test/support/domain/given-hans.js';
import {
  PredictableRandom,
  RFC_KEY,
  givenHotpToken,
  givenPasswordToken,
  givenTotpToken,
  pinOf,
} from '../../../../../test/support/domain/given-token.js';
import { NO_PARTITIONS, NOW } from '../../../../../test/support/domain/login-decisions.js';
import { TokensInMemory } from '../../../../../test/support/domain/tokens-in-memory.js';
import type { PasswordHasher } from '../../password-hasher.js';
import { matchesPin } from '../../pin.js';
import type { Token } from '../../token.js';
import { MalformedSerial, MissingPassword, SerialsExhausted, TokenTypeMismatch } from '../../token.errors.js';
import { EnrolToken, type Enrolment } from './enrol-token.js';
import { EnrolmentRights } from '../token-rights.js';

const CONTEXT = { action: 'admin/init', client: '192.0.2.1', administrator: 'admin', user: '', realm: '' };
const OTHER_KEY = Buffer.from('another key of twenty', 'ascii');

const CONFIGURATION: ConfigurationSnapshot = {
  version: 1,
  changedAt: new Date(0),
  settings: {
    ...settingsOf(new Map()),
    defaultRealm: 'staff',
    defaultOtpLength: 8,
    defaultMaxFailures: 12,
    defaultLookAhead: 15,
    defaultSyncWindow: 500,
    totpStepSeconds: 60,
    totpWindowSeconds: 180,
    totpShiftSeconds: 5,
  },
  realms: new Map(['staff', 'ext'].map((name) => [name, { name, resolvers: ['first'] }])),
  resolvers: STAFF.resolvers,
  entries: new Map(),
  providers: [],
  policies: NO_POLICIES,
  adminRealm: 'linotp_admins',
};

const OWNER = { resolver: 'first', userId: '1', resolverType: 'passwd' };

const ENROLMENT: Enrolment = {
  type: 'hotp',
  serial: 'OATH1',
  serialPrefix: null,
  seed: RFC_KEY,
  password: null,
  digits: null,
  hash: null,
  time: {},
  pin: null,
  description: null,
  active: null,
  owner: null,
  realms: [],
};

function given({ tokens = [] as Token[], random = new PredictableRandom() as RandomSource } = {}) {
  const store = new TokensInMemory(tokens);
  const hasher: PasswordHasher = {
    hash: (password) =>
      password === 'too many'
        ? Promise.reject(new Unavailable('too many passwords are waiting'))
        : Promise.resolve(`hash of ${password}`),
    verify: () => Promise.resolve(false),
  };
  const useCase = new EnrolToken(store, hasher, random, NO_PARTITIONS, { now: () => NOW });
  const enrol = (changes: Partial<Enrolment> = {}) =>
    useCase.execute({ ...ENROLMENT, ...changes }, CONFIGURATION, EnrolmentRights.ALL, CONTEXT);
  return { store, enrol };
}

const textOf = (token: Token) => token.secret.use((bytes) => Buffer.from(bytes).toString('latin1'));

describe('EnrolToken', () => {
  it.each([
    ['another seed', Buffer.alloc(20, 9), { phone: '49' }],
    ['the same seed', RFC_KEY, { phone: '49', otp1c: 40, dueDate: 9 }],
  ])('anew with %s, keeps what was remembered of it or not', async (_title, seed, info) => {
    const { store, enrol } = given({
      tokens: [givenHotpToken({ serial: 'OATH1', info: { phone: '49', otp1c: 40, dueDate: 9 } })],
    });
    await enrol({ seed });
    expect(store.token().info).toEqual(info);
  });

  describe('a new token', () => {
    it('has the defaults of the installation where nothing is said', async () => {
      const { store, enrol } = given();
      await enrol();
      expect(store.token()).toMatchObject({
        serial: 'OATH1',
        type: 'hotp',
        description: '',
        active: true,
        owner: null,
        realms: [],
        pin: null,
        digits: 8,
        hash: 'sha1',
        counter: 0,
        failures: 0,
        maxFailures: 12,
        lookAhead: 15,
        syncWindow: 500,
        time: null,
      });
      expect(textOf(store.token())).toBe('12345678901234567890');
    });

    it('has the time settings of the installation where nothing is said', async () => {
      const { store, enrol } = given();
      await enrol({ type: 'totp', time: { stepSeconds: 30 } });
      expect(store.token().time).toEqual({ stepSeconds: 30, windowSeconds: 180, shiftSeconds: 5 });
    });

    it('belongs to its user, in the realm of the user and in those that are named and exist', async () => {
      const { store, enrol } = given();
      await enrol({ owner: HANS, realms: ['ext', 'nosuch', 'staff'], pin: 'pin1' });
      expect(store.token()).toMatchObject({ owner: OWNER, realms: ['staff', 'ext'] });
      expect(matchesPin(store.token().pin, 'pin1')).toBe(true);
      expect(store.recorded).toEqual([
        {
          succeeded: true,
          serial: 'OATH1',
          tokenType: 'HMAC',
          user: 'hans',
          realm: 'staff',
          detail: 'tokennum = 1',
        },
      ]);
    });

    it('gives back the seed that was generated, for whoever enrols it', async () => {
      const { store, enrol } = given();
      const { seed, token } = await enrol({ seed: null, hash: 'sha256' });
      expect(seed.use((bytes) => bytes.length)).toBe(32);
      expect(seed.equals(store.token().secret)).toBe(true);
      expect(token.serial).toBe('OATH1');
    });

    it('keeps a password only as its slow hash', async () => {
      const { store, enrol } = given();
      await enrol({ type: 'password', seed: null, password: 'geheim1' });
      expect(textOf(store.token())).toBe('hash of geheim1');
      expect(store.token().digits).toBe(7);
    });

    it('does not come about when its hash does not', async () => {
      const { store, enrol } = given();
      await expect(enrol({ type: 'password', password: 'too many' })).rejects.toThrow(Unavailable);
      await expect(enrol({ type: 'password', password: null })).rejects.toThrow(MissingPassword);
      await expect(enrol({ serial: 'a\0b' })).rejects.toThrow(MalformedSerial);
      expect(store.tokens).toEqual([]);
      expect(store.recorded).toEqual([]);
    });
  });

  describe('a generated serial', () => {
    it.each([
      { type: 'hotp', prefix: null, pattern: /^OATH\d{4}[0-9A-F]{4}$/ },
      { type: 'totp', prefix: null, pattern: /^TOTP\d{4}[0-9A-F]{4}$/ },
      { type: 'simple-pass', prefix: null, pattern: /^LSSP\d{4}[0-9A-F]{4}$/ },
      { type: 'hotp', prefix: 'OWN', pattern: /^OWN\d{4}[0-9A-F]{4}$/ },
    ] as const)('of $type, prefix $prefix', async ({ type, prefix, pattern }) => {
      const { store, enrol } = given();
      await enrol({ type, serial: null, serialPrefix: prefix });
      expect(store.token().serial).toMatch(pattern);
    });

    it('is drawn again when it is taken', async () => {
      const draws = [Buffer.of(0, 1, 0, 0x54), Buffer.of(0, 1, 0, 0x54), Buffer.of(0, 2, 0, 0x54)];
      const random = { bytes: () => draws.shift() ?? Buffer.alloc(4) };
      const { store, enrol } = given({ random });
      await enrol({ serial: null });
      await enrol({ serial: null });
      expect(store.tokens.map((token) => token.serial)).toEqual(['OATH00010054', 'OATH00020054']);
    });

    it('is given up after many draws', async () => {
      const { store, enrol } = given({ random: { bytes: (length) => Buffer.alloc(length) } });
      await enrol({ serial: null });
      await expect(enrol({ serial: null })).rejects.toThrow(SerialsExhausted);
      expect(store.tokens).toHaveLength(1);
    });
  });

  describe('an existing token', () => {
    const existing = givenHotpToken({
      counter: 7,
      failures: 3,
      description: 'old',
      active: false,
      owner: OWNER,
      realms: ['staff'],
      pin: pinOf('pin1'),
      digits: 6,
      maxFailures: 3,
    });

    it('begins at zero again with another seed', async () => {
      const { store, enrol } = given({ tokens: [existing] });
      await enrol({ seed: OTHER_KEY });
      expect(store.token()).toMatchObject({ id: 1, counter: 0, failures: 0 });
      expect(textOf(store.token())).toBe('another key of twenty');
    });

    it('keeps its counter with the same seed, so that spent values stay spent', async () => {
      const { store, enrol } = given({ tokens: [existing] });
      await enrol();
      expect(store.token()).toMatchObject({ counter: 7, failures: 0 });
    });

    it.each([
      { old: 30, step: 60, counter: 101, expected: 51 },
      { old: 60, step: 30, counter: 101, expected: 202 },
      { old: 30, step: 30, counter: 101, expected: 101 },
    ])(
      'counts $counter steps of $old s as $expected of $step s',
      async ({ old, step, counter, expected }) => {
        const time = { stepSeconds: old, windowSeconds: 300, shiftSeconds: 0 };
        const { store, enrol } = given({ tokens: [givenTotpToken({ counter, time })] });
        await enrol({ type: 'totp', serial: 'TOTP1', time: { stepSeconds: step } });
        expect(store.token()).toMatchObject({ counter: expected, time: { stepSeconds: step } });
      },
    );

    it('keeps PIN, description, owner, switch and limits where nothing is said', async () => {
      const { store, enrol } = given({ tokens: [existing] });
      await enrol({ seed: OTHER_KEY });
      expect(store.token()).toMatchObject({
        description: 'old',
        active: false,
        owner: OWNER,
        digits: 6,
        maxFailures: 3,
      });
      expect(matchesPin(store.token().pin, 'pin1')).toBe(true);
    });

    it('takes what is said', async () => {
      const { store, enrol } = given({ tokens: [existing] });
      await enrol({ pin: 'pin2', description: 'again', active: true, digits: 8, hash: 'sha512' });
      expect(store.token()).toMatchObject({ description: 'again', active: true, digits: 8, hash: 'sha512' });
      expect(matchesPin(store.token().pin, 'pin2')).toBe(true);
    });

    it('cannot change its type', async () => {
      const { store, enrol } = given({ tokens: [existing, givenPasswordToken('geheim1')] });
      const before = store.tokens;
      await expect(enrol({ type: 'totp' })).rejects.toThrow(TokenTypeMismatch);
      expect(store.tokens).toEqual(before);
    });
  });
});
