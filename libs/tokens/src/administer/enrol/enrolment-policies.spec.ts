import type { StoredPolicy } from '@app/policies';
import type { RealmUser } from '@app/realms';

import {
  ANNA,
  type GivenPolicy as Given,
  configurationOf,
} from '../../../../../test/support/domain/given-configuration.js';
import { PredictableRandom, givenHotpToken, pinOf } from '../../../../../test/support/domain/given-token.js';
import { NO_PARTITIONS } from '../../../../../test/support/domain/login-decisions.js';
import { TokensInMemory } from '../../../../../test/support/domain/tokens-in-memory.js';
import { matchesPin, pinVerifier } from '../../pin.js';
import type { Token } from '../../token.js';
import { RealmTokensExceeded, UnreadableLimit, UserTokensExceeded } from '../../token.errors.js';
import { AssignTokens } from '../owners/assign-tokens.js';
import { EnrolToken, type Enrolment } from './enrol-token.js';
import { EnrolmentPolicies } from './enrolment-policies.js';
import { SwitchTokens } from '../switch-tokens.js';
import { EnrolmentRights, TokenRights } from '../token-rights.js';

const NOW = new Date('2026-01-02T03:04:05Z');
const CONTEXT = { action: 'admin/any', client: '192.0.2.1', administrator: 'admin', user: '', realm: '' };
const OWNER = { resolver: 'first', userId: '1', resolverType: 'passwd' };
const policiesOf = (user: RealmUser | null, ...given: readonly Given[]) =>
  new EnrolmentPolicies(configurationOf(...given), user, '192.0.2.1', NOW);

describe('EnrolmentPolicies', () => {
  it.each<{ given: Given[]; limit: number | null }>([
    { given: [], limit: null },
    { given: ['maxtoken=3'], limit: 3 },
    { given: ['maxtoken=0'], limit: 0 },
    { given: ['maxtoken=-1'], limit: null },
    { given: ['maxtoken'], limit: null },
    // What is no number allows nothing.
    { given: ['maxtoken=many'], limit: 0 },
    { given: ['maxtokenHMAC=3'], limit: null },
    {
      given: [
        { action: 'maxtoken=3', realm: 'staff' },
        { action: 'maxtoken=2', realm: 'ext' },
      ],
      limit: 2,
    },
    {
      given: [
        { action: 'maxtoken=3', realm: 'staff' },
        { action: 'maxtoken=-1', realm: 'ext' },
      ],
      limit: 3,
    },
    { given: [{ action: 'maxtoken=1', realm: 'lab' }], limit: null },
    {
      given: [
        { action: 'maxtoken=1', user: 'bernd' },
        { action: 'maxtoken=4', user: 'anna' },
      ],
      limit: 4,
    },
    { given: [{ action: 'maxtoken=1', client: '198.51.100.0/24' }], limit: null },
    { given: [{ action: 'maxtoken=1', active: 'False' }], limit: null },
  ])('$given: a user may have $limit tokens', ({ given, limit }) => {
    expect(policiesOf(ANNA, ...given).limitOfUser()).toBe(limit);
  });

  it.each([
    { type: 'hotp', action: 'maxtokenHMAC=2' },
    { type: 'totp', action: 'maxtokenTOTP=2' },
    { type: 'motp', action: 'maxtokenMOTP=2' },
    { type: 'password', action: 'maxtokenPW=2' },
    { type: 'day-password', action: 'maxtokenDPW=2' },
    { type: 'simple-pass', action: 'maxtokenSPASS=2' },
    { type: 'yubikey', action: 'maxtokenYUBIKEY=2' },
  ] as const)('$action limits tokens of type $type', ({ type, action }) => {
    expect(policiesOf(ANNA, action).limitOfUser(type)).toBe(2);
    expect(policiesOf(ANNA, 'maxtoken=2').limitOfUser(type)).toBeNull();
    expect(policiesOf(null, action).limitOfUser(type)).toBeNull();
  });

  it.each<{ given: Given[]; limit: number | null }>([
    { given: [], limit: null },
    { given: ['tokencount=5'], limit: 5 },
    { given: ['tokencount=-1'], limit: null },
    { given: ['tokencount=x'], limit: 0 },
    { given: [{ action: 'tokencount=5', realm: 'ext' }], limit: null },
    // Whosever tokens they are.
    { given: [{ action: 'tokencount=5', user: 'bernd' }], limit: 5 },
  ])('$given: a realm may have $limit tokens', ({ given, limit }) => {
    expect(policiesOf(null, ...given).limitOfRealm('staff')).toBe(limit);
  });

  it.each<{ title: string; policy: Partial<StoredPolicy>; of: 'user' | 'type' | 'realm' | null }>([
    { title: 'in its users', policy: { action: 'maxtoken=2', user: 'h[' }, of: 'user' },
    { title: 'in its clients', policy: { action: 'maxtokenHMAC=2', client: '10.1' }, of: 'type' },
    { title: 'in its times', policy: { action: 'tokencount=2', time: '* *' }, of: 'realm' },
    { title: 'in its actions', policy: { action: `tokencount=2, tokenlabel="x` }, of: 'realm' },
    {
      title: 'but of another of their realms',
      policy: { action: 'maxtoken=2', user: 'h[', realm: 'ext' },
      of: 'user',
    },
    { title: 'but of another realm', policy: { action: 'maxtoken=2', user: 'h[', realm: 'lab' }, of: null },
    { title: 'but inactive', policy: { action: 'tokencount=2', user: 'h[', active: 'False' }, of: null },
    { title: 'but of another type', policy: { action: 'maxtokenTOTP=2', user: 'h[' }, of: null },
  ])('a limit that cannot be read $title is no missing one: $of', ({ policy, of }) => {
    const policies = policiesOf(
      ANNA,
      { name: 'fine', action: 'otp_pin_random=0' },
      { name: 'broken', ...policy },
    );
    const limits = {
      user: () => policies.limitOfUser(),
      type: () => policies.limitOfUser('hotp'),
      realm: () => policies.limitOfRealm('staff'),
    };
    for (const [name, limit] of Object.entries(limits)) {
      if (name === of) expect(limit).toThrow("The policy 'broken' cannot be read");
      else expect(limit()).toBeNull();
    }
  });

  it.each<{ given: Given[]; pin: RegExp | null }>([
    { given: [], pin: null },
    { given: ['otp_pin_random=0'], pin: null },
    { given: ['otp_pin_random=-1'], pin: null },
    { given: ['otp_pin_random=x'], pin: null },
    { given: ['otp_pin_random=6'], pin: /^[a-zA-Z0-9]{6}$/ },
    { given: ['otp_pin_random=500'], pin: /^[a-zA-Z0-9]{99}$/ },
    { given: ['otp_pin_random=60, otp_pin_random_content=n'], pin: /^\d{60}$/ },
    { given: ['otp_pin_random=60, otp_pin_random_content=c'], pin: /^[a-z]{60}$/ },
    { given: ['otp_pin_random=60, otp_pin_random_content=C'], pin: /^[A-Z]{60}$/ },
    { given: ['otp_pin_random=60, otp_pin_random_content=s'], pin: /^[!#$%&()*+,\-./:;<=>?@[\]^_]{60}$/ },
    { given: ['otp_pin_random=60, otp_pin_random_content=?'], pin: /^[a-zA-Z0-9]{60}$/ },
    {
      given: [
        { action: 'otp_pin_random=4', realm: 'staff' },
        { action: 'otp_pin_random=8', realm: 'ext' },
      ],
      pin: /^.{8}$/,
    },
  ])('$given: a PIN like $pin', ({ given, pin }) => {
    const made = policiesOf(ANNA, ...given).randomPin(new PredictableRandom());
    if (pin === null) expect(made).toBeNull();
    else expect(made).toMatch(pin);
  });

  it('draws every character as often as any other', () => {
    let next = 0;
    const everyByte = { bytes: (length: number) => Uint8Array.from({ length }, () => next++ % 256) };
    const pin = policiesOf(ANNA, 'otp_pin_random=80, otp_pin_random_content=n').randomPin(everyByte);
    for (const digit of '0123456789') expect(pin?.split(digit).length).toBe(9);
    // 250 to 255 are no whole round.
    next = 248;
    expect(policiesOf(ANNA, 'otp_pin_random=4, otp_pin_random_content=n').randomPin(everyByte)).toBe('8901');
  });

  it.each<{ given: Given[]; user: RealmUser | null; account: string; issuer: string }>([
    { given: [], user: ANNA, account: 'anna', issuer: 'LinOTP' },
    { given: [], user: null, account: 'L1', issuer: 'LinOTP' },
    {
      given: ['tokenissuer=My <r> Co, tokenlabel=<u>.<s>'],
      user: ANNA,
      account: 'anna.L1',
      issuer: 'My staff Co',
    },
    { given: ['tokenissuer=My <r> Co, tokenlabel=<u>.<s>'], user: null, account: '.L1', issuer: 'My  Co' },
    { given: ['tokenlabel=<d> $& <x>'], user: ANNA, account: 'mine $& <x>', issuer: 'LinOTP' },
    { given: ['tokenlabel, tokenissuer='], user: ANNA, account: 'anna', issuer: 'LinOTP' },
    {
      given: [{ action: 'tokenissuer=Other', user: 'bernd' }],
      user: ANNA,
      account: 'anna',
      issuer: 'LinOTP',
    },
    { given: [{ action: 'tokenissuer=Other', realm: 'ext' }], user: ANNA, account: 'anna', issuer: 'LinOTP' },
    // Its hours do not count, as in LinOTP.
    {
      given: [{ action: 'tokenissuer=Other', time: '* * * * 6 *' }],
      user: ANNA,
      account: 'anna',
      issuer: 'Other',
    },
  ])('$given: $issuer calls the token $account', ({ given, user, account, issuer }) => {
    const names = policiesOf(user, ...given).namesOf(givenHotpToken({ serial: 'L1', description: 'mine' }));
    expect(names).toEqual({ account, issuer });
  });
});

describe('limits', () => {
  function given(policies: readonly Given[], ...tokens: Parameters<typeof givenHotpToken>[0][]) {
    const store = new TokensInMemory(tokens.map((token) => givenHotpToken(token)));
    const random = new PredictableRandom();
    const configuration = configurationOf(...policies);
    const passwords = { hash: (text: string) => Promise.resolve(text), verify: () => Promise.resolve(false) };
    const enrolment: Enrolment = {
      type: 'hotp',
      serial: 'NEW',
      serialPrefix: null,
      seed: null,
      password: null,
      digits: null,
      hash: null,
      time: {},
      pin: null,
      description: null,
      active: null,
      owner: ANNA,
      realms: [],
    };
    return {
      store,
      enrol: (changes: Partial<Enrolment> = {}) =>
        new EnrolToken(store, passwords, random, NO_PARTITIONS, { now: () => NOW }).execute(
          { ...enrolment, ...changes },
          configuration,
          EnrolmentRights.ALL,
          CONTEXT,
        ),
      assign: (serials: readonly string[], pin: string | null = null) =>
        new AssignTokens(store, random).execute(
          serials,
          ANNA,
          { pin },
          configuration,
          TokenRights.ALL,
          CONTEXT,
        ),
      enable: (serial: string) =>
        new SwitchTokens(store).execute(
          { serial, owner: null },
          true,
          configuration,
          TokenRights.ALL,
          CONTEXT,
        ),
    };
  }
  const annas = { owner: OWNER, realms: ['staff'] };

  it('of a user count tokens of any state and realm', async () => {
    const { enrol, store } = given(
      ['maxtoken=2'],
      { ...annas, serial: 'A', active: false },
      { ...annas, serial: 'B', realms: ['ext'] },
    );
    await expect(enrol()).rejects.toThrow(UserTokensExceeded);
    expect(store.tokens.map(({ serial }) => serial)).toEqual(['A', 'B']);
  });

  it('of a user do not count a token that is enrolled anew', async () => {
    const { enrol } = given(['maxtoken=1, maxtokenHMAC=1, tokencount=1'], { ...annas, serial: 'A' });
    await expect(enrol({ serial: 'A' })).resolves.toMatchObject({ token: { serial: 'A' } });
    await expect(enrol()).rejects.toThrow(UserTokensExceeded);
  });

  it('of a type leave other types alone', async () => {
    const { enrol } = given(['maxtokenHMAC=1'], { ...annas, serial: 'A' });
    await expect(enrol()).rejects.toMatchObject({ code: 'token.user-limit', type: 'hotp' });
    await expect(enrol({ type: 'totp' })).resolves.toMatchObject({ token: { type: 'totp' } });
  });

  it('of a user count what several assigned tokens come to', async () => {
    const { assign, store } = given(['maxtoken=2'], { serial: 'A' }, { serial: 'B' }, { serial: 'C' });
    await expect(assign(['A', 'B', 'C'])).rejects.toThrow(UserTokensExceeded);
    expect(store.tokens.map(({ owner }) => owner)).toEqual([null, null, null]);
    await assign(['A', 'B']);
    // What they have already does not count again.
    await assign(['A']);
    await expect(assign(['C'])).rejects.toThrow(UserTokensExceeded);
  });

  it.each<{ title: string; there: Parameters<typeof givenHotpToken>[0]; fails: boolean }>([
    { title: "somebody else's", there: { realms: ['staff'] }, fails: true },
    { title: 'one of two realms', there: { realms: ['ext', 'staff'] }, fails: true },
    { title: 'an inactive one', there: { realms: ['staff'], active: false }, fails: false },
    { title: 'one of another realm', there: { realms: ['ext'] }, fails: false },
  ])('of a realm count $title: $fails', async ({ there, fails }) => {
    const { enrol } = given(['tokencount=1'], { ...there, serial: 'A' });
    if (fails) await expect(enrol()).rejects.toMatchObject({ realm: 'staff', change: 'enrol' });
    else await expect(enrol()).resolves.toBeDefined();
  });

  it('of a realm hold at assigning and at enabling', async () => {
    const { assign, enable, enrol } = given(
      [{ action: 'tokencount=1', realm: 'staff' }],
      { serial: 'A', realms: ['staff'] },
      { serial: 'B', realms: ['lab'] },
    );
    await expect(assign(['B'])).rejects.toThrow(RealmTokensExceeded);
    await expect(enrol({ active: false })).resolves.toBeDefined();
    await expect(enable('NEW')).rejects.toMatchObject({ realm: 'staff', change: 'enable' });
    // It is active, and stays so.
    await expect(enable('A')).resolves.toBe(1);
  });

  it('that cannot be read let nothing be enrolled, assigned or enabled', async () => {
    const broken = (action: string) =>
      given([{ action, user: 'h[' }], { serial: 'A', active: false, realms: ['staff'] });
    const maxtoken = broken('maxtoken=9');
    await expect(maxtoken.enrol()).rejects.toThrow(UnreadableLimit);
    await expect(maxtoken.assign(['A'])).rejects.toThrow(UnreadableLimit);
    const tokencount = broken('tokencount=9');
    await expect(tokencount.enrol()).rejects.toThrow(UnreadableLimit);
    await expect(tokencount.enable('A')).rejects.toThrow(UnreadableLimit);
    expect(tokencount.store.tokens).toMatchObject([{ serial: 'A', active: false, owner: null }]);
  });

  it('make a PIN at enrolling and assigning, instead of any that is given', async () => {
    const { enrol, assign, store } = given(['otp_pin_random=6'], { serial: 'A', pin: pinOf('old') });
    const { newPin } = await enrol({ pin: 'mine' });
    expect(newPin).toMatch(/^\w{6}$/);
    expect(matchesPin(store.token('NEW').pin, newPin ?? '')).toBe(true);
    expect(matchesPin(store.token('NEW').pin, 'mine')).toBe(false);
    const [made] = await assign(['A'], 'mine');
    expect(made?.serial).toBe('A');
    expect(matchesPin(store.token('A').pin, made?.pin ?? '')).toBe(true);
    expect(JSON.stringify(store.recorded)).not.toContain(newPin);
    expect(JSON.stringify(store.recorded)).not.toContain(made?.pin);
  });

  it('store a PIN that can be read again only where a policy asks for it', async () => {
    const text = ({ pin }: Token) => pin?.use((bytes) => Buffer.from(bytes).toString('latin1'));
    const { enrol, assign, store } = given([{ action: 'otp_pin_encrypt=1', realm: 'staff' }], {
      serial: 'A',
    });
    await enrol({ pin: 'mypin' });
    await assign(['A'], 'other');
    await enrol({ serial: 'B', pin: 'mypin', owner: null, realms: ['lab'] });
    expect(text(store.token('NEW'))).toContain('mypin');
    expect(text(store.token('A'))).toContain('other');
    expect(text(store.token('B'))).not.toContain('mypin');
    for (const serial of ['NEW', 'B']) {
      expect(matchesPin(store.token(serial).pin, 'mypin')).toBe(true);
      expect(matchesPin(store.token(serial).pin, 'mypi')).toBe(false);
      expect(matchesPin(store.token(serial).pin, '')).toBe(false);
    }
    expect(matchesPin(pinVerifier('', new PredictableRandom(), true), '')).toBe(true);
  });
});
