import { Invalid } from '@app/kernel';
import type { RealmUser } from '@app/realms';

import { givenHotpToken } from '../../../../../test/support/domain/given-token.js';
import { SerialTaken } from '../../token.errors.js';
import { type OwnRules, type OwnWish, decideOwnEnrolment } from './decide-own-enrolment.js';
import { OwnEnrolmentTerms } from './own-enrolment-terms.js';
import { OwnPinCoupling, OwnSerialIsPattern } from './own-enrolment.errors.js';

const RECORD = {
  userId: '1',
  username: 'hans',
  description: '',
  email: 'hans@example.net',
  givenName: '',
  surname: '',
  phone: '030 1',
  mobile: '0170 1',
};
const HANS: RealmUser = {
  login: 'hans',
  realm: 'staff',
  references: [{ resolver: 'first', userId: '1' }],
  record: RECORD,
};
const WISH: OwnWish = {
  type: 'hotp',
  serial: null,
  serialPrefix: null,
  seed: null,
  password: null,
  digits: null,
  hash: null,
  time: {},
  pin: null,
  description: null,
};

interface Said {
  readonly grants?: readonly string[];
  readonly numbers?: Readonly<Record<string, number>>;
}

function rulesOf({ grants = [], numbers = {} }: Said): OwnRules {
  return {
    may: (action) => grants.includes(action),
    whole: (action) => numbers[action] ?? null,
    mayEdit: (action) => numbers[action] !== 0,
    demandPin: (pin) => {
      if (pin.length < 4) throw new Invalid('pin', 'too short');
    },
  };
}

const decide = (wish: Partial<OwnWish>, said: Said = {}, user = HANS) =>
  decideOwnEnrolment({ ...WISH, ...wish }, user, rulesOf(said));

describe('decideOwnEnrolment', () => {
  it('is for the user, in their realm alone, active', () => {
    expect(decide({ serial: 'A', description: 'mine' })).toMatchObject({
      serial: 'A',
      description: 'mine',
      owner: HANS,
      realms: [],
      active: null,
    });
  });

  // spec/token-types §3.6
  it.each<{ wish: Partial<OwnWish>; numbers: Record<string, number>; expected: object }>([
    { wish: { type: 'hotp' }, numbers: {}, expected: { digits: 6, hash: 'sha1', time: {} } },
    {
      wish: { type: 'hotp' },
      numbers: { hmac_otplen: 8, hmac_hashlib: 2, totp_otplen: 6, totp_timestep: 60 },
      expected: { digits: 8, hash: 'sha256', time: {} },
    },
    {
      wish: { type: 'hotp', digits: 6, hash: 'sha1' },
      numbers: { hmac_otplen: 8, hmac_hashlib: 3 },
      expected: { digits: 6, hash: 'sha1' },
    },
    { wish: { type: 'totp' }, numbers: {}, expected: { digits: 6, hash: 'sha1', time: { stepSeconds: 30 } } },
    {
      wish: { type: 'totp' },
      numbers: { totp_otplen: 8, totp_hashlib: 3, totp_timestep: 60, hmac_otplen: 6 },
      expected: { digits: 8, hash: 'sha512', time: { stepSeconds: 60 } },
    },
    {
      wish: { type: 'totp', digits: 6, hash: 'sha256', time: { stepSeconds: 30 } },
      numbers: { totp_otplen: 8, totp_hashlib: 3, totp_timestep: 60 },
      expected: { digits: 6, hash: 'sha256', time: { stepSeconds: 30 } },
    },
    // What no application could be told of.
    {
      wish: { type: 'totp' },
      numbers: { totp_otplen: 7, totp_hashlib: 9, totp_timestep: 45 },
      expected: { digits: 6, hash: 'sha1', time: { stepSeconds: 30 } },
    },
    {
      wish: { type: 'motp' },
      numbers: { hmac_otplen: 8 },
      expected: { digits: null, hash: null, time: {} },
    },
  ])('$wish, by $numbers: $expected', ({ wish, numbers, expected }) => {
    expect(decide(wish, { numbers })).toMatchObject(expected);
  });

  it.each([{ serial: '*' }, { serial: 'A*' }, { serialPrefix: 'A*' }])(
    'has no name that administrators mean many tokens by: %j',
    (wish) => {
      expect(() => decide(wish)).toThrow(OwnSerialIsPattern);
    },
  );

  describe('a PIN', () => {
    it.each([
      { grants: ['setOTPPIN'], pin: '1234', problem: null },
      { grants: ['setOTPPIN'], pin: null, problem: 'send no pin when it was required' },
      { grants: ['setOTPPIN'], pin: '', problem: 'send no pin when it was required' },
      { grants: [], pin: '1234', problem: 'send pin when it was not allowed' },
      { grants: [], pin: null, problem: null },
      { grants: [], pin: '', problem: null },
    ])('$pin with $grants: $problem', ({ grants, pin, problem }) => {
      if (problem === null) expect(decide({ pin }, { grants }).pin).toBe(pin || null);
      else {
        expect(() => decide({ pin }, { grants })).toThrow(OwnPinCoupling);
        expect(() => decide({ pin }, { grants })).toThrow(
          `Enrolling Token by user hans failed because they ${problem} by policy setOTPPIN`,
        );
      }
    });

    it('is as the rules want it', () => {
      expect(() => decide({ pin: '123' }, { grants: ['setOTPPIN'] })).toThrow('too short');
    });
  });

  describe('where messages go', () => {
    const without = { ...HANS, record: { ...RECORD, mobile: '' } };
    const nowhere = { ...HANS, record: { ...RECORD, mobile: '', phone: '', email: '' } };
    it.each([
      { type: 'sms', phone: '0171 9', edit: undefined, user: HANS, may: true },
      { type: 'sms', phone: '0171 9', edit: 1, user: HANS, may: true },
      { type: 'sms', phone: '0171 9', edit: 0, user: HANS, may: false },
      { type: 'sms', phone: '0170 1', edit: 0, user: HANS, may: true },
      { type: 'sms', phone: '030 1', edit: 0, user: HANS, may: false },
      { type: 'sms', phone: '030 1', edit: 0, user: without, may: true },
      { type: 'sms', phone: '0170 1', edit: 0, user: nowhere, may: false },
      { type: 'sms', phone: '', edit: 0, user: nowhere, may: false },
      { type: 'sms', phone: null, edit: 0, user: nowhere, may: false },
    ] as const)('$type to $phone, edit_sms $edit: $may', ({ edit, user, may, ...wish }) => {
      const said: Said = edit === undefined ? {} : { numbers: { edit_sms: edit, edit_email: 1 - edit } };
      if (may) expect(decide(wish, said, user).phone).toBe(wish.phone);
      else expect(() => decide(wish, said, user)).toThrow('User is not allowed to set phone number');
    });

    it.each([
      { emailAddress: 'other@example.net', edit: 1, user: HANS, may: true },
      { emailAddress: 'other@example.net', edit: 0, user: HANS, may: false },
      { emailAddress: 'hans@example.net', edit: 0, user: HANS, may: true },
      { emailAddress: 'hans@example.net.evil.test', edit: 0, user: HANS, may: false },
      { emailAddress: '', edit: 0, user: nowhere, may: false },
    ])('e-mail to $emailAddress, edit_email $edit: $may', ({ emailAddress, edit, user, may }) => {
      const said: Said = { numbers: { edit_email: edit, edit_sms: 1 - edit } };
      const wish = { type: 'email', emailAddress } as const;
      if (may) expect(decide(wish, said, user).emailAddress).toBe(emailAddress);
      else expect(() => decide(wish, said, user)).toThrow('User is not allowed to set email address');
    });
  });
});

describe('OwnEnrolmentTerms', () => {
  const terms = new OwnEnrolmentTerms(HANS);
  const named = { type: 'hotp', serial: 'A' } as const;

  it('are for nobody else, and for no other realm', () => {
    expect(() => terms.demandForOwner(named, HANS)).not.toThrow();
    expect(() => terms.demandForOwner(named, { login: 'bernd', realm: 'staff' })).toThrow();
    expect(() => terms.demandForOwner(named, { login: 'hans', realm: 'ext' })).toThrow();
    expect(() => terms.demandForRealms(named, [])).not.toThrow();
    expect(() => terms.demandForRealms(named, ['ext'])).toThrow();
  });

  it.each([
    { owner: null },
    { owner: { resolver: 'first', userId: '2', resolverType: 'passwd' } },
    { owner: { resolver: 'second', userId: '1', resolverType: 'passwd' } },
    { owner: { resolver: 'first', userId: '1', resolverType: 'passwd' } },
  ])('leave a token that is there as it is: of $owner', ({ owner }) => {
    expect(() => terms.demandAnew(named, givenHotpToken({ serial: 'A', owner }))).toThrow(SerialTaken);
  });
});
