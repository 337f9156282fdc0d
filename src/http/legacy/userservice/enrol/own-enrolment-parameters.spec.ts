import { Secret } from '@app/kernel';
import type { TokenTypeId } from '@app/tokens';

import { Parameters } from '../../../envelope/parameters/parameters.js';
import { ownEnrolmentParameters } from './own-enrolment-parameters.js';

const of = (
  sent: Readonly<Record<string, unknown>>,
  type: TokenTypeId,
  settings: Readonly<Record<string, string | Secret>> = {},
) => {
  const entries = new Map(Object.entries(settings).map(([name, value]) => [name, { value }]));
  const left = ownEnrolmentParameters(new Parameters(new Map(Object.entries(sent))), type, entries);
  return left && Object.fromEntries(left.names().map((name) => [name, left.raw(name)]));
};

/** Everything that `/admin/init` understands, and some that LinOTP does. */
const EVERYTHING = {
  type: 'x',
  serial: 'S1',
  prefix: 'P',
  description: 'mine',
  pin: '1234',
  user: 'bernd',
  realm: 'ext',
  resConf: 'first',
  scope: '{"path":["validate"]}',
  rollout: '1',
  enable: 'False',
  session: 'secret',
  otpkey: 'aa',
  genkey: '0',
  otplen: '8',
  hashlib: 'sha512',
  totp_otplen: '6',
  totp_hashlib: 'sha256',
  timeStep: '60',
  timeWindow: '86400',
  timeShift: '3600',
  otppin: '99',
  phone: '0170 1',
  email_address: 'a@b.test',
  onetime: '1',
  public_uid: 'cccccc',
  encryptpin: 'True',
  'remote.server': 'http://evil.test',
  'remote.user': 'anna',
  'remote.local_checkpin': '0',
  'radius.server': 'evil.test',
  'radius.secret': 'mine',
  'radius.user': 'anna',
  'forward.serial': 'T1',
  'yubico.tokenid': 'vvccccccdefg',
};
const COMMON = { type: 'x', serial: 'S1', prefix: 'P', description: 'mine', pin: '1234' };

describe('ownEnrolmentParameters', () => {
  it.each<[TokenTypeId, Record<string, string>]>([
    ['hotp', { otpkey: 'aa', genkey: '0', otplen: '8', hashlib: 'sha512' }],
    ['totp', { otpkey: 'aa', genkey: '0', timeStep: '60', otplen: '6', hashlib: 'sha256' }],
    ['motp', { otpkey: 'aa', genkey: '0', otppin: '99' }],
    ['password', { otpkey: 'aa', onetime: '1' }],
    ['day-password', { otpkey: 'aa', otplen: '8' }],
    ['simple-pass', { onetime: '1' }],
    ['sms', { phone: '0170 1', otplen: '8' }],
    ['email', { email_address: 'a@b.test', otplen: '8' }],
    ['forward', { 'forward.serial': 'T1' }],
    ['yubico', { 'yubico.tokenid': 'vvccccccdefg', otplen: '8' }],
    ['remote', { 'remote.user': 'anna', otplen: '8' }],
    ['radius', { 'radius.user': 'anna', otplen: '8' }],
  ])('leaves of everything for %s: %j', (type, left) => {
    expect(of(EVERYTHING, type)).toEqual({ ...COMMON, ...left });
  });

  it('takes the server from settings, and from nobody else', () => {
    const remote = { 'remote.server': 'https://far.test', 'remote.realm': 'far', other: 'x' };
    expect(of(EVERYTHING, 'remote', remote)).toMatchObject({
      'remote.server': 'https://far.test',
      'remote.realm': 'far',
      'remote.user': 'anna',
    });
    const radius = { 'radius.server': 'far.test', 'radius.secret': Secret.fromText('shared') };
    expect(of(EVERYTHING, 'radius', radius)).toMatchObject({
      'radius.server': 'far.test',
      'radius.secret': 'shared',
    });
    expect(of(EVERYTHING, 'hotp', { ...remote, ...radius })).toEqual(of(EVERYTHING, 'hotp'));
  });

  it.each(['voice', 'yubikey'] as const)('%s is not for users to enrol', (type) => {
    expect(of(EVERYTHING, type)).toBeNull();
  });

  // spec/token-types §3.6
  it.each<[TokenTypeId, Record<string, unknown>, Record<string, unknown>]>([
    ['hotp', {}, { genkey: '1' }],
    ['totp', { otpkey: '' }, { otpkey: '', genkey: '1' }],
    ['motp', { genkey: '' }, { genkey: '1' }],
    ['hotp', { otpkey: 'aa' }, { otpkey: 'aa' }],
    ['hotp', { genkey: 0 }, { genkey: 0 }],
    ['hotp', { otpkey: 'aa', genkey: '1' }, { otpkey: 'aa', genkey: '1' }],
    ['password', {}, {}],
    ['day-password', {}, {}],
    ['totp', { otplen: '8', hashlib: 'sha512' }, { genkey: '1' }],
    ['totp', { totp_hashlib: 2, totp_otplen: 8 }, { genkey: '1', hashlib: 'sha256', otplen: 8 }],
    ['hotp', { hashlib: '3' }, { genkey: '1', hashlib: 'sha512' }],
    ['hotp', { hashlib: '4' }, { genkey: '1', hashlib: '4' }],
  ])('%s of %j: %j', (type, sent, left) => {
    expect(of(sent, type)).toEqual(left);
  });
});
