import type { SettingEntry } from '@app/realms';

import {
  ANNA,
  type GivenPolicy,
  configurationIn,
} from '../../../../test/support/domain/given-configuration.js';
import { PinRefused, SelfServiceDenied, UnreadablePinRule } from './self-service.errors.js';
import { SelfServicePolicies } from './self-service-policies.js';

const NOW = new Date(2026, 0, 2, 3, 4);
const setting = (value: string): SettingEntry => ({ value, type: '', description: '' });

function annas(given: readonly GivenPolicy[], settings: Readonly<Record<string, string>> = {}) {
  const entries = new Map(Object.entries(settings).map(([key, value]) => [key, setting(value)]));
  const configuration = configurationIn('selfservice', given, entries);
  return new SelfServicePolicies(configuration, ANNA, '192.0.2.1', NOW);
}

describe('what users may do with their tokens', () => {
  it.each<[boolean, string, readonly GivenPolicy[]]>([
    [false, 'nothing without a policy', []],
    [true, 'what a policy grants', ['enable, disable']],
    [true, 'everything with *', ['*']],
    [false, 'what another policy grants', ['disable']],
    [false, 'nothing that is denied', ['!enable']],
    [false, 'nothing that is denied by its value', ['enable=false']],
    [false, 'nothing that * grants and a name denies', ['*, !enable']],
    [true, 'what is granted in their realm', [{ action: 'enable', realm: 'STAFF' }]],
    [false, 'nothing that is granted in another realm', [{ action: 'enable', realm: 'ext' }]],
    [true, 'what is granted to them', [{ action: 'enable', user: 'anna' }]],
    [true, 'what is granted to users of their resolver', [{ action: 'enable', user: 'first:' }]],
    [false, 'nothing that is granted to others', [{ action: 'enable', user: 'bernd' }]],
    [true, 'what is granted in their network', [{ action: 'enable', client: '192.0.2.0/24' }]],
    [false, 'nothing that is granted elsewhere', [{ action: 'enable', client: '198.51.100.0/24' }]],
    [true, 'what is granted at the time', [{ action: 'enable', time: '* 3 * * * *;' }]],
    [false, 'nothing that is granted at another time', [{ action: 'enable', time: '* 4 * * * *;' }]],
    [false, 'nothing of an inactive policy', [{ action: 'enable', active: 'False' }]],
    [false, 'nothing of another scope', [{ action: 'enable', scope: 'admin' }]],
    [false, 'nothing of a policy that cannot be read', [{ action: 'enable', user: 'h[' }]],
  ])('%s: %s', (expected, _title, given) => {
    const policies = annas(given);
    expect(policies.may('enable')).toBe(expected);
    if (expected) policies.demand('enable');
    else expect(() => policies.demand('enable')).toThrow(SelfServiceDenied);
  });

  it('is told with the values of what is no yes or no', () => {
    const policies = annas([
      'enable, delete, !disable, otp_pin_minlength=4, otp_pin_contents=+cn, edit_sms=0, totp_otplen=many, verify=true',
      { action: 'assign', user: 'bernd' },
      // What nothing acts on is not told.
      'getotp, max_count_dpw=3',
    ]);
    expect(policies.told()).toEqual({
      granted: ['enable', 'delete', 'verify'],
      settings: { disable: false, otp_pin_minlength: 4, otp_pin_contents: '+cn', edit_sms: 0 },
    });
  });

  it('is told as everything of yes or no with *', () => {
    const { granted, settings } = annas(['*, !delete']).told();
    expect(granted).toEqual(expect.arrayContaining(['enable', 'assign', 'enrollHMAC', 'history']));
    expect(granted).not.toContain('delete');
    expect(granted).not.toContain('otp_pin_minlength');
    expect(settings).toEqual({ delete: false });
  });

  it('is nothing without a policy', () => {
    expect(annas([]).told()).toEqual({ granted: [], settings: {} });
  });

  it.each([
    [['totp_timestep=60'], 60],
    [['totp_timestep=often'], null],
    [['*'], null],
    [[], null],
  ])('with %j a time step of %j', (given, step) => {
    expect(annas(given).whole('totp_timestep')).toBe(step);
  });
});

describe('where messages go', () => {
  it.each<[boolean, readonly GivenPolicy[]]>([
    [true, []],
    [true, ['enrollSMS']],
    [true, ['*']],
    [true, ['edit_sms=1']],
    [true, ['edit_email=0']],
    [true, [{ action: 'edit_sms=0', user: 'bernd' }]],
    [false, ['edit_sms=0']],
    [false, ['edit_sms=perhaps']],
    [true, ['edit_sms']],
    [false, ['!edit_sms']],
    [false, [{ action: 'edit_sms=0', user: 'h[' }]],
  ])('is for the user to say: %s, with %j', (may, given) => {
    expect(annas(given).mayEdit('edit_sms')).toBe(may);
  });
});

describe('PINs of users', () => {
  const GLYPHS = { 'Policy.pin_c': '[äöü]', 'Policy.pin_n': '[xv]' };

  it.each<[pin: string, given: readonly GivenPolicy[], settings?: Readonly<Record<string, string>>]>([
    ['', []],
    ['', ['*']],
    ['anything', ['setOTPPIN']],
    ['1234', ['otp_pin_minlength=4, otp_pin_maxlength=4']],
    ['12345', ['otp_pin_minlength=-1, otp_pin_maxlength=-1']],
    ['12345', ['!otp_pin_minlength, !otp_pin_maxlength, !otp_pin_contents']],
    // Of several realms that have the user's resolver the widest limits hold.
    [
      '12',
      [
        { action: 'otp_pin_minlength=4', realm: 'staff' },
        { action: 'otp_pin_minlength=2', realm: 'ext' },
      ],
    ],
    ['1', [{ action: 'otp_pin_minlength=4', realm: 'lab' }]],
    ['1', [{ action: 'otp_pin_minlength=4', user: 'bernd' }]],
    ['äx', ['otp_pin_contents=-cn'], GLYPHS],
    ['a1', ['otp_pin_contents=-cn'], { 'Policy.pin_c': '' }],
  ])('may be %j with %j', (pin, given, ...settings) => {
    expect(() => annas(given, ...settings).demandPin(pin)).not.toThrow();
  });

  it.each<[pin: string, given: readonly GivenPolicy[], settings?: Readonly<Record<string, string>>]>([
    ['123', ['otp_pin_minlength=4']],
    ['12345', ['otp_pin_maxlength=4']],
    ['a1', ['otp_pin_contents=-cn'], GLYPHS],
    ['abc', ['otp_pin_contents=n']],
    // Characters of all realms' policies are asked for.
    [
      '1',
      [
        { action: 'otp_pin_contents=n', realm: 'staff' },
        { action: 'otp_pin_contents=c', realm: 'ext' },
      ],
    ],
  ])('may not be %j with %j', (pin, given, ...settings) => {
    expect(() => annas(given, ...settings).demandPin(pin)).toThrow(PinRefused);
  });

  it.each<[readonly GivenPolicy[], settings?: Readonly<Record<string, string>>]>([
    [['otp_pin_minlength=many']],
    [['otp_pin_contents']],
    [[{ action: 'otp_pin_minlength=4', user: 'h[' }]],
    [[{ action: 'otp_pin_maxlength=4', time: 'never' }]],
    [['otp_pin_contents=c'], { 'Policy.pin_s': '[' }],
  ])('may be none while it cannot be told what they have to be: %j', (given, ...settings) => {
    expect(() => annas(given, ...settings).demandPin('a1b2')).toThrow(UnreadablePinRule);
  });
});
