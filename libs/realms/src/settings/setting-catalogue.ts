import {
  CODES,
  DURATION,
  EXACTLY_TRUE,
  FLAG,
  NETWORKS,
  PROXIES,
  type SettingKind,
  TEXT,
  TIME_FORMAT,
  oneOf,
  whole,
} from './setting-kinds.js';

/** What is known of a setting, or of a family of them. */
export interface CataloguedSetting<T = unknown> {
  /** The family's name has a part in angle brackets. */
  readonly key: string;
  /** The keys of a family. */
  readonly family?: RegExp;
  readonly kind: SettingKind<T>;
  /** What holds where nothing is stored, as text; `null`: nothing does, or `fallbackText` tells. */
  readonly fallback: string | null;
  readonly fallbackText?: string;
  /** Shown among all settings while it is not stored, as LinOTP writes it into a new database. */
  readonly isListed: boolean;
  readonly isSecret: boolean;
  /** One sentence. */
  readonly effect: string;
  /** What acts on it: this release, or what is to come. */
  readonly actedOnBy: string;
}

/** Keys that are no settings: where they are changed instead. */
export interface ReservedKeys {
  readonly keys: RegExp;
  readonly changedBy: string;
}

const NOW = 'this release';
const NOTHING = 'nothing: kept for clients';
const CHALLENGES = 'challenges';
const OCRA = 'OCRA2 tokens';
const YUBICO = 'Yubico tokens';
const REMOTE = 'remote tokens';
const SELF_SERVICE = 'self-service';
const DELIVERY = 'delivery of messages';
const INT32 = 2_147_483_647;
const SECONDS = whole(0, INT32);
const HASH = oneOf('sha1', 'sha256', 'sha512');

/** `listed`: written by LinOTP into a new database, and so shown. */
function listed<T>(
  key: string,
  kind: SettingKind<T>,
  fallback: string,
  actedOnBy: string,
  effect: string,
): CataloguedSetting<T> {
  return { key, kind, fallback, isListed: true, isSecret: false, actedOnBy, effect };
}

function known<T>(
  key: string,
  kind: SettingKind<T>,
  fallback: string | null,
  actedOnBy: string,
  effect: string,
): CataloguedSetting<T> {
  return { key, kind, fallback, isListed: false, isSecret: false, actedOnBy, effect };
}

/** Those that this release acts on; the others are below (spec/system-api §2.5). */
export const ACTED_ON = {
  defaultRealm: {
    ...known('DefaultRealm', TEXT, null, NOW, 'Realm of logins that name none; it must exist.'),
    fallbackText: 'none',
  },
  splitAtSign: known('splitAtSign', FLAG, 'True', NOW, '`user@realm` and `realm\\user` are split.'),
  prependPin: listed('PrependPin', FLAG, 'True', NOW, 'The PIN stands before the OTP, else behind it.'),
  otpLength: listed('DefaultOtpLen', oneOf('6', '8'), '6', NOW, 'Digits of the OTPs of new tokens.'),
  maxFailures: listed(
    'DefaultMaxFailCount',
    whole(1, INT32),
    '10',
    NOW,
    'Failures after which a new token is locked.',
  ),
  lookAhead: listed(
    'DefaultCountWindow',
    whole(1, 10_000),
    '10',
    NOW,
    'Values that a new token may be ahead at a login.',
  ),
  syncWindow: listed(
    'DefaultSyncWindow',
    whole(1, 100_000),
    '1000',
    NOW,
    'Values that are searched when a new token is resynchronised.',
  ),
  resetsFailures: listed(
    'DefaultResetFailCount',
    EXACTLY_TRUE,
    'True',
    NOW,
    'A login that is accepted sets the failure counters of the user’s tokens to zero.',
  ),
  totpStep: listed(
    'totp.timeStep',
    oneOf('30', '60'),
    '30',
    NOW,
    'Seconds of a time step of new TOTP tokens.',
  ),
  totpWindow: listed(
    'totp.timeWindow',
    whole(1, INT32),
    '300',
    NOW,
    'Seconds that the clock of a new TOTP token may be off.',
  ),
  totpShift: listed(
    'totp.timeShift',
    whole(-INT32, INT32),
    '0',
    NOW,
    'Seconds that the clock of a new TOTP token is known to be off.',
  ),
  pageSize: known(
    'pagesize',
    whole(1, 10_000),
    '50',
    NOW,
    'Rows of a page of tokens, unless a request says.',
  ),
  errorCodes: {
    ...known('errors', CODES, null, NOW, 'Error codes that `httperror` applies to.'),
    fallbackText: 'all',
  },
  believesXForwardedFor: known(
    'client.X_FORWARDED_FOR',
    FLAG,
    'False',
    NOW,
    'Proxies of `client.FORWARDED_PROXY` name the client in `X-Forwarded-For`; only where `TWINLOCK_TRUSTED_PROXIES` is empty.',
  ),
  believesForwarded: known(
    'client.FORWARDED',
    FLAG,
    'False',
    NOW,
    'As above, in `Forwarded` (RFC 7239), where a request has no `X-Forwarded-For` that counts.',
  ),
  proxies: known(
    'client.FORWARDED_PROXY',
    PROXIES,
    '',
    NOW,
    'Addresses, networks and host names of these proxies; the client is the last hop that is not among them.',
  ),
  clientNamers: known(
    'mayOverwriteClient',
    NETWORKS,
    '',
    NOW,
    'Addresses and networks of clients that may name another client in the parameter `client`.',
  ),
  userCacheEnabled: listed(
    'user_lookup_cache.enabled',
    FLAG,
    'True',
    NOW,
    'Users who were looked up are remembered for a while; a false value forgets them.',
  ),
  userCacheLifetime: listed(
    'user_lookup_cache.expiration',
    DURATION,
    '60',
    NOW,
    'How long: seconds, `1h30m` or ISO 8601 (`PT90M`).',
  ),
  logLevel: {
    ...known(
      'logging.root.level',
      whole(0, 100),
      null,
      NOW,
      'What is logged, in Python’s numbers (10 debug, 20 info, 30 warning, 40 error); set by `maintenance/setLogLevel`.',
    ),
    fallbackText: '`TWINLOCK_LOG_LEVEL`',
  },
} as const;

const LATER: readonly CataloguedSetting[] = [
  listed(
    'FailCounterIncOnFalsePin',
    FLAG,
    'True',
    NOTHING,
    'LinOTP stores it and does not act on it, either.',
  ),
  listed('DefaultBlockingTimeout', SECONDS, '0', NOTHING, 'LinOTP stores it and does not act on it, either.'),
  listed('OATHTokenSupport', FLAG, 'False', NOTHING, 'Stands in LinOTP’s database since version 2.'),
  listed('certificates.use_system_certificates', FLAG, 'False', NOTHING, 'Obsolete in LinOTP.'),
  listed(
    'resolver_lookup_cache.enabled',
    FLAG,
    'False',
    NOTHING,
    'Realms and resolvers are part of the configuration here, which every node keeps in memory.',
  ),
  listed('resolver_lookup_cache.expiration', DURATION, '64800', NOTHING, 'As above.'),
  known(
    'enableReplication',
    FLAG,
    'False',
    NOTHING,
    'Every node notices changes of configuration by itself.',
  ),
  known('linotpLicenseFile', TEXT, null, NOTHING, 'There is no support license.'),
  known('testkey', TEXT, null, NOTHING, 'Written by LinOTP’s monitoring of its encryption.'),

  listed(
    'DefaultChallengeValidityTime',
    whole(1, INT32),
    '120',
    CHALLENGES,
    'Seconds that a challenge is open.',
  ),
  listed('EmailChallengeValidityTime', whole(1, INT32), '600', CHALLENGES, 'The same for e-mail tokens.'),
  listed('QRChallengeValidityTime', whole(1, INT32), '150', CHALLENGES, 'The same for QR tokens.'),
  listed('PushChallengeValidityTime', whole(1, INT32), '150', CHALLENGES, 'The same for push tokens.'),
  known('FIDO2ChallengeValidityTime', whole(1, INT32), '120', CHALLENGES, 'The same for FIDO2 tokens.'),
  {
    ...known('<Type>ChallengeValidityTime', whole(1, INT32), null, CHALLENGES, 'The same for another type.'),
    family: /^[A-Za-z0-9]+ChallengeValidityTime$/,
    fallbackText: '`DefaultChallengeValidityTime`',
  },
  {
    ...known('<TYPE>_CHALLENGE_PROMPT', TEXT, null, CHALLENGES, 'What a challenge of this type says.'),
    family: /^[A-Z0-9]+_CHALLENGE_PROMPT$/,
    fallbackText: 'the type’s own',
  },
  listed('SMSBlockingTimeout', SECONDS, '30', CHALLENGES, 'Least seconds between two SMS for a token.'),
  listed('EmailBlockingTimeout', SECONDS, '120', CHALLENGES, 'The same for e-mails.'),
  known('VoiceBlockingTimeout', SECONDS, '60', CHALLENGES, 'The same for calls.'),
  listed(
    'SMSProviderTimeout',
    whole(1, INT32),
    '300',
    CHALLENGES,
    'Seconds that a challenge by SMS is open.',
  ),
  listed('QRMaxChallenges', whole(1, 1_000), '4', CHALLENGES, 'Open challenges of a QR token.'),
  listed('PushMaxChallenges', whole(1, 1_000), '4', CHALLENGES, 'Open challenges of a push token.'),
  listed('QRTokenOtpLen', whole(4, 10), '8', 'QR tokens', 'Digits of their TAN.'),
  known(
    'mobile_app_protocol_id',
    TEXT,
    'lseqr',
    'QR and push tokens',
    'Scheme of the URLs that the app opens.',
  ),
  known('sms.sendByPin', FLAG, 'True', CHALLENGES, 'The PIN alone triggers an SMS.'),

  listed(
    'SMSProvider',
    TEXT,
    'smsprovider.HttpSMSProvider.HttpSMSProvider',
    DELIVERY,
    'Class of the SMS provider `imported_default`.',
  ),
  {
    ...known(
      'SMSProviderConfig',
      TEXT,
      null,
      DELIVERY,
      'Its configuration; without it there is no such provider.',
    ),
    isSecret: true,
  },
  listed(
    'EmailProvider',
    TEXT,
    'linotp.provider.emailprovider.SMTPEmailProvider',
    DELIVERY,
    'Class of the e-mail provider `imported_default`.',
  ),
  {
    ...known(
      'EmailProviderConfig',
      TEXT,
      null,
      DELIVERY,
      'Its configuration; without it there is no such provider.',
    ),
    isSecret: true,
  },
  known(
    'email_provider_template_root',
    TEXT,
    '/custom-templates/mailtemplates',
    DELIVERY,
    'Folder of mail templates.',
  ),

  known('OcraMaxChallengeRequests', whole(1, 1_000), '3', OCRA, 'Open challenges of an OCRA token.'),
  known('Ocra2MaxChallengeRequests', whole(1, 1_000), '3', OCRA, 'Open challenges of an OCRA2 token.'),
  known('OcraDefaultSuite', TEXT, 'OCRA-1:HOTP-SHA256-8:C-QN08', OCRA, 'Suite of tokens that name none.'),
  known('QrOcraDefaultSuite', TEXT, 'OCRA-1:HOTP-SHA256-6:C-QA64', OCRA, 'The same for those of the app.'),
  known('ocra.timeWindow', whole(0, INT32), '180', OCRA, 'Seconds that their clock may be off.'),
  known('ocra.timeShift', whole(-INT32, INT32), '0', OCRA, 'Seconds that their clock is known to be off.'),
  known(
    'ocra2.max_check_challenge_retry',
    whole(0, 1_000),
    '0',
    OCRA,
    'Wrong answers that a challenge takes.',
  ),

  known('totp.hashlib', HASH, 'sha1', 'enrolment', 'Hash of new TOTP tokens that name none.'),
  known('hotp.hashlib', HASH, 'sha1', 'enrolment', 'Hash of new HOTP tokens that name none.'),
  known(
    'AutoResync',
    FLAG,
    'False',
    'logins',
    'Two consecutive OTPs out of the window resynchronise a token.',
  ),
  listed('AutoResyncTimeout', SECONDS, '240', 'logins', 'Seconds between the two.'),
  known('PassOnUserNotFound', FLAG, 'False', 'policies', 'Unknown users are accepted.'),
  known('PassOnUserNoToken', FLAG, 'False', 'policies', 'Users without a token are accepted.'),
  known(
    'allowSamlAttributes',
    FLAG,
    'False',
    'validate/samlcheck',
    'Its answer holds the user’s attributes.',
  ),
  {
    ...known(
      'token.last_access',
      TIME_FORMAT,
      null,
      'logins',
      'The last login is kept with the token, in this form.',
    ),
    fallbackText: 'not kept',
  },
  listed(
    'policy_action_validation',
    FLAG,
    'True',
    'policies',
    'Actions of policies are checked when they are set.',
  ),
  {
    ...known(
      'Policy.pin_<c, n or s>',
      TEXT,
      null,
      'policies',
      'Characters that PIN policies mean by c, n and s.',
    ),
    family: /^Policy\.pin_[cns]$/,
    fallbackText: 'letters, digits, special characters',
  },
  known('selfservice.realmbox', EXACTLY_TRUE, 'False', SELF_SERVICE, 'Its login asks for the realm.'),
  {
    ...known('selfservice.auth_expiry', whole(1, INT32), null, SELF_SERVICE, 'How long its session lasts.'),
    fallbackText: 'none',
  },

  known('yubico.url', TEXT, null, YUBICO, 'URL of the Yubico cloud.'),
  known('yubico.id', TEXT, null, YUBICO, 'Id of the API key.'),
  { ...known('yubico.secret', TEXT, null, YUBICO, 'The API key.'), isSecret: true },
  known('yubico.timeout', TEXT, null, YUBICO, 'Seconds until the cloud counts as away.'),
  known('remote.server', TEXT, null, REMOTE, 'Server that tokens without one ask.'),
  known('remote.realm', TEXT, null, REMOTE, 'Realm that it is asked for.'),
  known('remote.resConf', TEXT, null, REMOTE, 'Resolver that it is asked for.'),
  known('remote.verify_ssl_certificate', FLAG, 'False', REMOTE, 'Its certificate is checked.'),
  known('linotpGetotp.active', FLAG, 'False', 'gettoken', 'Administrators may read OTPs.'),
  known('display_provider', FLAG, 'True', 'the portal', 'It shows the providers.'),
  known('welcome_screen.version', TEXT, null, 'the portal', 'Release whose welcome screen was shown.'),
  known('welcome_screen.last_shown', TEXT, null, 'the portal', 'When.'),
  known('welcome_screen.opt_out', FLAG, 'False', 'the portal', 'It is shown no more.'),
];

/** All of them, in the order of the documentation. */
export const SETTING_CATALOGUE: readonly CataloguedSetting[] = [...Object.values(ACTED_ON), ...LATER];

const RESERVED: readonly ReservedKeys[] = [
  { keys: /^(passwd|ldap|sql|http)resolver\./, changedBy: 'system/setResolver and system/delResolver' },
  { keys: /^useridresolver(\.|$)/, changedBy: 'system/setRealm and system/delRealm' },
  { keys: /^Provider\.Default\./, changedBy: 'system/setDefaultProvider' },
  { keys: /^(SMS|Email|Push|Voice)Provider\./, changedBy: 'system/setProvider and system/delProvider' },
  { keys: /^Policy\.(?!pin_[cns]$)/, changedBy: 'system/setPolicy and system/delPolicy' },
  { keys: /^(license|license_duration|last_nagged)$/, changedBy: 'system/setSupport' },
  { keys: /^(Secret|Public)Key\.Partition\./, changedBy: 'the server alone' },
  { keys: /^(Config|sql_data_model_version)$/, changedBy: 'the server alone' },
];

const BY_KEY = new Map(SETTING_CATALOGUE.filter(({ family }) => !family).map((known) => [known.key, known]));
const FAMILIES = SETTING_CATALOGUE.filter(({ family }) => family);

/** `linotp.X` and `enclinotp.X` are the setting X (spec/system-api §2.3). */
export function settingKey(name: string): string {
  return name.replace(/^(enc)?linotp\./, '');
}

/** @returns `null` for a key that nobody has heard of: it is stored all the same */
export function cataloguedSetting(key: string): CataloguedSetting | null {
  return BY_KEY.get(key) ?? FAMILIES.find(({ family }) => family?.test(key)) ?? null;
}

/** How a key that is no setting is changed; `null`: it is one. */
export function changedElsewhere(key: string): string | null {
  return RESERVED.find(({ keys }) => keys.test(key))?.changedBy ?? null;
}

/** The catalogue as a Markdown table. */
export function settingsTable(): string {
  const rows = SETTING_CATALOGUE.map(({ key, kind, fallback, fallbackText, effect, actedOnBy, isSecret }) => [
    `\`${key}\``,
    isSecret ? 'a text, sealed' : kind.requirement.replace(/^of type '(.*)'$/, '$1'),
    fallbackText ?? (fallback === null ? 'none' : fallback === '' ? 'empty' : `\`${fallback}\``),
    effect,
    actedOnBy,
  ]);
  return [['Key', 'Value', 'Default', 'Effect', 'Acted on by'], Array(5).fill('---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}
