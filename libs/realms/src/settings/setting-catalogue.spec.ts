import { readFileSync } from 'node:fs';

import {
  SETTING_CATALOGUE,
  cataloguedSetting,
  changedElsewhere,
  settingKey,
  settingsTable,
} from './setting-catalogue.js';
import { settingsOf } from './stored-settings.js';

const DOCUMENT = new URL('../../../../docs/settings.md', import.meta.url);

describe('the catalogue of settings', () => {
  it.each(SETTING_CATALOGUE)('$key has a default that fits its kind', ({ kind, fallback }) => {
    if (fallback !== null) expect(kind.parse(fallback)).toBeDefined();
  });

  it('has each key once, and none that is changed elsewhere', () => {
    const keys = SETTING_CATALOGUE.map(({ key }) => key);
    expect(keys.filter((key, place) => keys.indexOf(key) !== place)).toEqual([]);
    expect(keys.filter((key) => changedElsewhere(key) !== null)).toEqual([]);
  });

  it('is what the documentation shows', () => {
    const [, table = ''] = readFileSync(DOCUMENT, 'utf8').split(/<!-- settings: (?:begin|end) -->/);
    expect(table.trim()).toBe(settingsTable());
  });

  it.each([
    ['VoiceChallengeValidityTime', '<Type>ChallengeValidityTime'],
    ['EmailChallengeValidityTime', 'EmailChallengeValidityTime'],
    ['HMAC_CHALLENGE_PROMPT', '<TYPE>_CHALLENGE_PROMPT'],
    ['Policy.pin_c', 'Policy.pin_c'],
    ['defaultotplen', undefined],
    ['constructor', undefined],
  ])('knows %s as %p', (key, known) => {
    expect(cataloguedSetting(key)?.key).toBe(known);
  });

  it.each([
    ['passwdresolver.fileName.gold', 'system/setResolver and system/delResolver'],
    ['useridresolver.group.staff', 'system/setRealm and system/delRealm'],
    ['SMSProvider.mine.Config', 'system/setProvider and system/delProvider'],
    ['Provider.Default.sms_provider', 'system/setDefaultProvider'],
    ['Policy.mine.action', 'system/setPolicy and system/delPolicy'],
    ['license', 'system/setSupport'],
    ['SecretKey.Partition.0', 'the server alone'],
    ['Config', 'the server alone'],
    ['SMSProvider', null],
    ['Policy.pin_s', null],
    ['anything', null],
  ])('has %s changed by %p', (key, by) => {
    expect(changedElsewhere(key)).toBe(by);
  });

  it.each([
    ['linotp.pagesize', 'pagesize'],
    ['enclinotp.pagesize', 'pagesize'],
    ['linotpGetotp.active', 'linotpGetotp.active'],
    ['pagesize', 'pagesize'],
  ])('takes the name %s for the key %s', (name, key) => {
    expect(settingKey(name)).toBe(key);
  });
});

describe('settingsOf', () => {
  const withValue = (key: string, value: string) =>
    settingsOf(new Map([[key, { value, type: '', description: '' }]]));

  it('has LinOTP’s defaults of a new database', () => {
    expect(settingsOf(new Map())).toMatchObject({
      defaultRealm: null,
      splitAtSign: true,
      prependPin: true,
      defaultOtpLength: 6,
      defaultMaxFailures: 10,
      defaultLookAhead: 10,
      defaultSyncWindow: 1000,
      resetsFailures: true,
      autoResyncSeconds: null,
      accessTimeFormat: null,
      totpStepSeconds: 30,
      totpWindowSeconds: 300,
      totpShiftSeconds: 0,
      pageSize: 50,
      httpErrorIds: null,
      userCacheSeconds: 60,
      logLevel: null,
    });
  });

  it.each([
    ['DefaultOtpLen', '8', { defaultOtpLength: 8 }],
    ['DefaultOtpLen', '7', { defaultOtpLength: 6 }],
    ['DefaultResetFailCount', 'true', { resetsFailures: false }],
    ['AutoResync', 'true', { autoResyncSeconds: 240 }],
    ['AutoResync', '1', { autoResyncSeconds: null }],
    ['splitAtSign', 'no', { splitAtSign: false }],
    ['PrependPin', '', { prependPin: true }],
    ['errors', '1102, 905', { httpErrorIds: ['1102', '905'] }],
    ['user_lookup_cache.expiration', '2m', { userCacheSeconds: 120 }],
    ['user_lookup_cache.enabled', 'False', { userCacheSeconds: 0 }],
    ['logging.root.level', '10', { logLevel: 10 }],
  ])('takes %s=%j', (key, value, expected) => {
    expect(withValue(key, value)).toMatchObject(expected);
  });
});
