import { known, listed } from './catalogued-setting.js';
import {
  CODES,
  DURATION,
  EXACTLY_TRUE,
  FLAG,
  NETWORKS,
  PROXIES,
  TEXT,
  TIME_FORMAT,
  TRUE_IN_ANY_CASE,
  oneOf,
  whole,
} from './setting-kinds.js';

const NOW = 'this release';
const INT32 = 2_147_483_647;

/** Those that this release acts on (spec/system-api §2.5). */
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
  acceptsUnknownUsers: known(
    'PassOnUserNotFound',
    TRUE_IN_ANY_CASE,
    'False',
    NOW,
    'Logins that no resolver knows are accepted, with any password.',
  ),
  acceptsUsersWithoutToken: known(
    'PassOnUserNoToken',
    TRUE_IN_ANY_CASE,
    'False',
    NOW,
    'Users without a token are accepted, with any password.',
  ),
  accessTimeFormat: {
    ...known(
      'token.last_access',
      TIME_FORMAT,
      null,
      NOW,
      'The times of a token’s last use and last accepted login are kept, as exactly as this form tells.',
    ),
    fallbackText: 'not kept',
  },
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
