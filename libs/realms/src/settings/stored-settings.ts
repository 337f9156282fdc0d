import { Secret } from '@app/kernel';

import type { ChallengeSettings, SettingEntry, Settings, YubicoSettings } from '../configuration.js';
import { ACTED_ON } from './acted-on-settings.js';
import type { CataloguedSetting } from './catalogued-setting.js';

/** What the stored settings mean (spec/system-api §2.5): absent, sealed or not to be parsed means the default. */
export function settingsOf(entries: ReadonlyMap<string, SettingEntry>): Settings {
  const valueOf = <T>({ key, kind, fallback }: CataloguedSetting<T>): T | undefined => {
    const stored = entries.get(key)?.value;
    const given = typeof stored === 'string' && stored !== '' ? kind.parse(stored) : undefined;
    return given ?? (fallback === null ? undefined : kind.parse(fallback));
  };
  /** Of a setting that has a default. */
  const value = <T>(setting: CataloguedSetting<T>): T => {
    const found = valueOf(setting);
    if (found === undefined) throw new Error(`the default of ${setting.key} does not fit its kind`);
    return found;
  };
  return {
    defaultRealm: valueOf(ACTED_ON.defaultRealm) ?? null,
    splitAtSign: value(ACTED_ON.splitAtSign),
    prependPin: value(ACTED_ON.prependPin),
    defaultOtpLength: Number(value(ACTED_ON.otpLength)),
    defaultMaxFailures: value(ACTED_ON.maxFailures),
    defaultLookAhead: value(ACTED_ON.lookAhead),
    defaultSyncWindow: value(ACTED_ON.syncWindow),
    resetsFailures: value(ACTED_ON.resetsFailures),
    autoResyncSeconds: value(ACTED_ON.resynchronises) ? value(ACTED_ON.resyncSeconds) : null,
    acceptsUnknownUsers: value(ACTED_ON.acceptsUnknownUsers),
    acceptsUsersWithoutToken: value(ACTED_ON.acceptsUsersWithoutToken),
    tellsSamlAttributes: value(ACTED_ON.tellsSamlAttributes),
    accessTimeFormat: valueOf(ACTED_ON.accessTimeFormat) ?? null,
    challenges: {
      idLength: value(ACTED_ON.transactionIdLength),
      mostPerToken: value(ACTED_ON.challengesPerToken),
      limitSeconds: value(ACTED_ON.challengesPerTokenTime),
      validSeconds: value(ACTED_ON.challengeSeconds),
      ...challengeTexts(entries),
      quietSeconds: {
        sms: value(ACTED_ON.smsQuietSeconds),
        email: value(ACTED_ON.emailQuietSeconds),
        voice: value(ACTED_ON.voiceQuietSeconds),
      },
      smsSeconds: value(ACTED_ON.smsSeconds),
      sendsSmsByPin: value(ACTED_ON.sendsSmsByPin),
      mostMisses: { qr: value(ACTED_ON.qrMisses), push: value(ACTED_ON.pushMisses) },
      appScheme: value(ACTED_ON.appScheme),
    },
    servers: {
      remoteIsChecked: value(ACTED_ON.remoteIsChecked),
      radiusIsProven: value(ACTED_ON.radiusIsProven),
      yubico: yubicoSettings(entries, value(ACTED_ON.yubicoUrls), valueOf(ACTED_ON.yubicoTimeouts)),
    },
    tanDigits: value(ACTED_ON.tanDigits),
    pairingSeconds: value(ACTED_ON.pairingSeconds),
    totpStepSeconds: Number(value(ACTED_ON.totpStep)),
    totpWindowSeconds: value(ACTED_ON.totpWindow),
    totpShiftSeconds: value(ACTED_ON.totpShift),
    ocra: {
      suite: value(ACTED_ON.ocraSuite),
      appSuite: value(ACTED_ON.ocraAppSuite),
      windowSeconds: value(ACTED_ON.ocraWindow),
      shiftSeconds: value(ACTED_ON.ocraShift),
      mostMisses: value(ACTED_ON.ocraAnswers),
      mostRollOutMisses: value(ACTED_ON.ocraRollOutAnswers),
    },
    pageSize: value(ACTED_ON.pageSize),
    httpErrorIds: valueOf(ACTED_ON.errorCodes) ?? null,
    forwarding: {
      proxies: value(ACTED_ON.proxies),
      readsXForwardedFor: value(ACTED_ON.believesXForwardedFor),
      readsForwarded: value(ACTED_ON.believesForwarded),
    },
    clientNamers: value(ACTED_ON.clientNamers),
    userCacheSeconds: value(ACTED_ON.userCacheEnabled) ? value(ACTED_ON.userCacheLifetime) : 0,
    tellsOtps: value(ACTED_ON.tellsOtps),
    logLevel: valueOf(ACTED_ON.logLevel) ?? null,
    selfService: {
      asksForRealm: value(ACTED_ON.asksForRealm),
      sessionSeconds: Math.max(1, value(ACTED_ON.userSessionSeconds)),
    },
  };
}

function yubicoSettings(
  entries: ReadonlyMap<string, SettingEntry>,
  urls: string,
  timeouts: readonly [number, number] | undefined,
): YubicoSettings | null {
  const id = entries.get(ACTED_ON.yubicoId.key)?.value;
  const stored = entries.get(ACTED_ON.yubicoSecret.key)?.value;
  const secret = typeof stored === 'string' && stored !== '' ? Secret.fromText(stored) : stored;
  if (typeof id !== 'string' || id === '' || !(secret instanceof Secret)) return null;
  const [connectSeconds = null, readSeconds = null] = timeouts ?? [];
  return { id, secret, urls, connectSeconds, readSeconds };
}

/** Those of families, by the part of their names that says the type. */
function challengeTexts(
  entries: ReadonlyMap<string, SettingEntry>,
): Pick<ChallengeSettings, 'validSecondsOf' | 'prompts'> {
  const { challengeSecondsOf, challengePrompt } = ACTED_ON;
  const validSecondsOf = new Map([
    ['Email', Number(ACTED_ON.emailChallengeSeconds.fallback)],
    ['QR', Number(ACTED_ON.qrChallengeSeconds.fallback)],
    ['Push', Number(ACTED_ON.pushChallengeSeconds.fallback)],
  ]);
  const prompts = new Map<string, string>();
  for (const [key, { value }] of entries) {
    if (typeof value !== 'string') continue;
    const seconds = challengeSecondsOf.family.test(key) && challengeSecondsOf.kind.parse(value);
    if (seconds) validSecondsOf.set(key.replace(/ChallengeValidityTime$/, ''), seconds);
    if (challengePrompt.family.test(key)) prompts.set(key.replace(/_CHALLENGE_PROMPT$/, ''), value);
  }
  return { validSecondsOf, prompts };
}
