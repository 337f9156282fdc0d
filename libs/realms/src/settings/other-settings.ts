import { type CataloguedSetting, known, listed } from './catalogued-setting.js';
import { DURATION, FLAG, TEXT, oneOf, whole } from './setting-kinds.js';

const SELF_SERVICE = 'userservice/enroll';
const NOTHING = 'nothing: kept for clients';
const INT32 = 2_147_483_647;
const SECONDS = whole(0, INT32);
const HASH = oneOf('sha1', 'sha256', 'sha512');

/** Those that are stored for what is to come, or for clients alone (spec/system-api §2.5). */
export const OTHER_SETTINGS: readonly CataloguedSetting[] = [
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

  known('FIDO2ChallengeValidityTime', whole(1, INT32), '120', 'FIDO2 tokens', 'The same for FIDO2 tokens.'),

  known(
    'email_provider_template_root',
    TEXT,
    '/custom-templates/mailtemplates',
    NOTHING,
    'The folder of mail templates is `TWINLOCK_MAIL_TEMPLATES`.',
  ),

  known(
    'ocra2.max_check_challenge_retry',
    whole(0, 1_000),
    '0',
    NOTHING,
    'How far behind its counter an OCRA2 token is accepted by LinOTP; here no counter is good twice.',
  ),

  known('totp.hashlib', HASH, 'sha1', 'enrolment', 'Hash of new TOTP tokens that name none.'),
  known('hotp.hashlib', HASH, 'sha1', 'enrolment', 'Hash of new HOTP tokens that name none.'),
  {
    ...known('Policy.pin_c', TEXT, null, 'policies', 'Characters that PIN policies mean by c.'),
    fallbackText: 'letters',
  },
  {
    ...known('Policy.pin_n', TEXT, null, 'policies', 'Characters that they mean by n.'),
    fallbackText: 'digits',
  },
  {
    ...known('Policy.pin_s', TEXT, null, 'policies', 'Characters that they mean by s.'),
    fallbackText: 'special characters',
  },

  known('remote.server', TEXT, null, SELF_SERVICE, 'URL of the server of remote tokens that users enrol.'),
  known('remote.realm', TEXT, null, SELF_SERVICE, 'Their realm there.'),
  known('remote.resConf', TEXT, null, SELF_SERVICE, 'Their resolver there.'),
  known('remote.remote_checkpin', TEXT, null, NOTHING, 'Fills in the form of new remote tokens.'),
  known('radius.server', TEXT, null, SELF_SERVICE, 'Servers of radius tokens that users enrol.'),
  { ...known('radius.secret', TEXT, null, SELF_SERVICE, 'The secret that they share.'), isSecret: true },
  known('radius.local_checkpin', TEXT, null, SELF_SERVICE, 'Whether their PINs are checked here: 1 or 0.'),
  known('display_provider', FLAG, 'True', 'the portal', 'It shows the providers.'),
  known('welcome_screen.version', TEXT, null, 'the portal', 'Release whose welcome screen was shown.'),
  known('welcome_screen.last_shown', TEXT, null, 'the portal', 'When.'),
  known('welcome_screen.opt_out', FLAG, 'False', 'the portal', 'It is shown no more.'),
];
