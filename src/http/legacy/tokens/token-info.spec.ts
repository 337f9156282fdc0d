import {
  givenEmailToken,
  givenHotpToken,
  givenSmsToken,
  givenTotpToken,
  givenYubikeyToken,
} from '../../../../test/support/domain/given-token.js';
import { infoDate, tokenInfo, tokenInfoObject } from './token-info.js';

const LIMITED = givenHotpToken({
  uses: { attempts: 2, maxAttempts: 5, successes: 1, maxSuccesses: 4 },
  validity: { from: new Date('2020-01-01T00:00:00Z'), until: new Date('2014-05-22T22:00:00Z') },
  paths: ['userservice', 'validate'],
  info: { phone: '+49 123' },
});

describe('tokenInfo', () => {
  it('is JSON in lines of one item (recording 189)', () => {
    const uses = { attempts: 0, maxAttempts: null, successes: 0, maxSuccesses: 4 };
    const validity = { from: new Date('2020-01-01T00:00:00Z'), until: new Date('2021-01-01T00:00:00Z') };
    expect(tokenInfo(givenHotpToken({ uses, validity }))).toBe(
      '{\n"hashlib": "sha1",\n"count_auth_success_max": 4,\n"validity_period_start": "01/01/20 00:00",\n' +
        '"validity_period_end": "01/01/21 00:00"\n}',
    );
  });

  it('names every attribute by its name in LinOTP', () => {
    expect(JSON.parse(tokenInfo(LIMITED))).toEqual({
      hashlib: 'sha1',
      count_auth: 2,
      count_auth_max: 5,
      count_auth_success: 1,
      count_auth_success_max: 4,
      validity_period_start: '01/01/20 00:00',
      validity_period_end: '22/05/14 22:00',
      scope: { path: ['userservice', 'validate'] },
      phone: '+49 123',
    });
  });

  it('begins with where OTPs are sent (recording 96)', () => {
    const token = givenSmsToken({ info: { until: 1, phone: '49' } });
    expect(tokenInfo(token)).toBe('{\n"phone": "49",\n"hashlib": "sha1",\n"until": 1\n}');
    expect(Object.keys(tokenInfoObject(givenEmailToken()))).toEqual(['email_address', 'hashlib']);
  });

  it('breaks the lines of lists and objects as well', () => {
    expect(tokenInfo(givenHotpToken({ hash: null, paths: ['validate'] }))).toBe(
      '{\n"scope": {\n"path": [\n"validate"\n]\n}\n}',
    );
  });

  it('is empty where there is nothing to tell', () => {
    const token = givenHotpToken({ hash: null });
    expect(tokenInfo(token)).toBe('');
    expect(tokenInfoObject(token)).toEqual({});
  });

  it('shows what is known of a Yubikey', () => {
    const device = { publicId: 'vvccccccdefg', privateId: '8792ebfe26cc' };
    expect(tokenInfoObject(givenYubikeyToken({ device }))).toEqual({
      public_uid: 'vvccccccdefg',
      'yubikey.tokenid': '8792ebfe26cc',
    });
    expect(tokenInfoObject(givenYubikeyToken({ device: { publicId: 'vv', privateId: null } }))).toEqual({
      public_uid: 'vv',
    });
    expect(tokenInfo(givenYubikeyToken())).toBe('');
  });

  it('shows times of a token as texts', () => {
    expect(tokenInfoObject(givenTotpToken())).toEqual({
      hashlib: 'sha1',
      timeWindow: '300',
      timeShift: '0',
      timeStep: '30',
    });
  });
});

describe('tokenInfoObject', () => {
  it('writes dates in the form of ISO 8601, without a zone', () => {
    expect(tokenInfoObject(LIMITED)).toMatchObject({
      validity_period_start: '2020-01-01T00:00:00',
      validity_period_end: '2014-05-22T22:00:00',
    });
  });
});

describe('infoDate', () => {
  it('is what LinOTP stores (spec/admin-api §6.3)', () => {
    expect(infoDate(new Date(1_700_000_000_000))).toBe('14/11/23 22:13');
  });
});
