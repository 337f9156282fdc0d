import type { SettingEntry, Settings } from './configuration.js';

/** What the stored settings mean (spec/system-api §2.5): absent, sealed or not to be parsed means the default. */
export function settingsOf(entries: ReadonlyMap<string, SettingEntry>): Settings {
  const text = (key: string) => {
    const value = entries.get(key)?.value;
    return typeof value === 'string' ? value : undefined;
  };
  const flag = (key: string, byDefault: boolean) => {
    const value = text(key)?.toLowerCase();
    return value === undefined ? byDefault : value === 'true';
  };
  const count = (key: string, byDefault: number) => {
    const value = Number(text(key));
    return Number.isSafeInteger(value) && value > 0 ? value : byDefault;
  };
  const errors = text('errors') ?? '';
  return {
    defaultRealm: text('DefaultRealm') ?? null,
    splitAtSign: flag('splitAtSign', true),
    prependPin: flag('PrependPin', true),
    defaultOtpLength: count('DefaultOtpLen', 6),
    defaultMaxFailures: count('DefaultMaxFailCount', 10),
    defaultLookAhead: count('DefaultCountWindow', 10),
    defaultSyncWindow: count('DefaultSyncWindow', 1000),
    totpStepSeconds: count('totp.timeStep', 30),
    totpWindowSeconds: count('totp.timeWindow', 300),
    totpShiftSeconds: Number(text('totp.timeShift')) || 0,
    pageSize: count('pagesize', 50),
    httpErrorIds: errors === '' ? null : errors.split(',').map((item) => item.trim()),
  };
}
