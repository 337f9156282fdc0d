import type { TokenTypeId } from '@app/tokens';

import { Parameters } from '../../../envelope/parameters.js';
import { ownEnrolmentParameters } from './own-enrolment-parameters.js';

const of = (sent: Readonly<Record<string, unknown>>, type: TokenTypeId) => {
  const left = ownEnrolmentParameters(new Parameters(new Map(Object.entries(sent))), type);
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
  ])('leaves of everything for %s: %j', (type, left) => {
    expect(of(EVERYTHING, type)).toEqual({ ...COMMON, ...left });
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
