import { RFC_KEY_HEX, hotpAt } from '../../../support/clients/otp.js';
import { done, failed, failedCounted, get, ONE, post, type Rows, tokennum, upload } from './row.js';

const UNKNOWN = 'ERR1102: No token with serial NONE found';
const NO_USER = `ERR1112: getUserResolverId failed: UserError(description='getUserId failed: no user >ghost< found!', id=1205)`;
const missing = (name: string) => `ERR905: Missing parameter: '${name}'`;

const FILE = `<FileStorage: 'users' ('application/octet-stream')>`;
const UNKNOWN_FILE =
  'Unknown file type: >>nosuch<<. We only know the types: aladdin-xml, oathcsv, yubikeycsv, feitian, pskc, dpw, dat, u2f';
/** ONE, of functions that do not look for its owner. */
const UNOWNED = { serial: 'ONE', tokenType: 'HMAC', realm: 'one' } as const;
/** The tokens of anna. */
const BOTH = { serial: 'ONE MOTP', tokenType: 'HMAC mOTP', user: 'anna', realm: 'one' } as const;

/** Tokens, sessions and users: `/admin` (spec/admin-api §2, §3). */
export const TOKEN_ROWS: Rows = {
  '/admin/getsession': 'unrecorded',
  '/admin/dropsession': 'unrecorded',
  '/admin/init': [
    [
      'a token',
      post('/admin/init', { serial: 'NEW', genkey: '1' }),
      done({ serial: 'NEW', tokenType: 'HMAC', detail: tokennum(5) }),
    ],
    [
      'of a user',
      post('/admin/init', { serial: 'NEW', type: 'pw', otpkey: 'secret', user: 'bert', realm: 'two' }),
      done({ serial: 'NEW', tokenType: 'pw', user: 'bert', realm: 'two', detail: tokennum(5) }),
    ],
    [
      'in realms',
      post('/admin/init', { serial: 'NEW', type: 'spass', realm: 'two' }),
      done({ serial: 'NEW', tokenType: 'spass', realm: 'two', detail: tokennum(5) }),
    ],
    [
      'without a seed',
      post('/admin/init', { serial: 'NEW' }),
      failedCounted(`ERR905: Missing parameter: 'otpkey'`),
    ],
    [
      'of nobody known',
      post('/admin/init', { genkey: '1', user: 'ghost', realm: 'one' }),
      failedCounted(NO_USER, { user: 'ghost', realm: 'one' }),
    ],
  ],
  '/admin/loadtokens': [
    [
      'a file',
      upload('/admin/loadtokens', { type: 'oathcsv' }, `N1,${RFC_KEY_HEX}\nN2,${RFC_KEY_HEX}`),
      done({
        serial: 'N1, N2',
        tokenType: 'HMAC',
        info: `oathcsv, ${FILE} (imported: 2)`,
        detail: tokennum(6),
      }),
    ],
    [
      'no file',
      post('/admin/loadtokens', { type: 'oathcsv' }),
      failedCounted(`<BadRequestKeyError '400: Bad Request'>`),
    ],
    ['a file of no type', upload('/admin/loadtokens', { type: 'nosuch' }, 'N1'), failedCounted(UNKNOWN_FILE)],
  ],
  '/admin/assign': [
    [
      'a token',
      post('/admin/assign', { serial: 'SPARE', user: 'anna', realm: 'one' }),
      done({ ...ONE, serial: 'SPARE', detail: tokennum() }),
    ],
    [
      'an unknown one',
      post('/admin/assign', { serial: 'NONE', user: 'anna' }),
      failedCounted(UNKNOWN, { user: 'anna', realm: 'one' }),
    ],
    [
      'to nobody known',
      post('/admin/assign', { serial: 'SPARE', user: 'ghost', realm: 'one' }),
      failedCounted(NO_USER, { user: 'ghost', realm: 'one' }),
    ],
    [
      'nothing',
      post('/admin/assign', { user: 'anna' }),
      done({ user: 'anna', realm: 'one', detail: tokennum() }),
    ],
  ],
  '/admin/unassign': [
    ['a token', post('/admin/unassign', { serial: 'ONE' }), done({ ...ONE, detail: tokennum() })],
    ['an unknown one', post('/admin/unassign', { serial: 'NONE' }), failedCounted(UNKNOWN)],
    ['nothing', post('/admin/unassign'), failedCounted(missing('serial'))],
  ],
  '/admin/enable': [
    ['a token', post('/admin/enable', { serial: 'ONE' }), done({ ...ONE, detail: tokennum() })],
    ['those of a user', post('/admin/enable', { user: 'anna' }), done({ ...BOTH, detail: tokennum() })],
  ],
  '/admin/disable': [
    ['a token', post('/admin/disable', { serial: 'ONE' }), done({ ...UNOWNED, detail: tokennum(3) })],
    ['none', post('/admin/disable', { serial: 'NONE' }), failed('', { detail: tokennum() })],
    [
      'those of nobody known',
      post('/admin/disable', { user: 'ghost', realm: 'one' }),
      failed('', { user: 'ghost', realm: 'one', detail: tokennum() }),
    ],
  ],
  '/admin/remove': [
    ['a token', post('/admin/remove', { serial: 'ONE' }), done({ ...ONE, detail: tokennum(3) })],
    [
      'those of a user',
      post('/admin/remove', { user: 'anna', realm: 'one' }),
      done({ serial: 'ONE MOTP', tokenType: 'HMAC mOTP', user: 'anna', realm: 'one', detail: tokennum(2) }),
    ],
    ['an unknown one', post('/admin/remove', { serial: 'NONE' }), failedCounted(UNKNOWN)],
    ['nothing', post('/admin/remove'), failedCounted('ERR905: missing parameter user or serial!')],
  ],
  '/admin/delete': [
    ['a token', post('/admin/delete', { serial: 'ONE' }), done({ ...ONE, detail: tokennum(3) })],
    ['nothing', post('/admin/delete'), failedCounted('ERR905: missing parameter user or serial!')],
  ],
  '/admin/reset': [
    ['a token', post('/admin/reset', { serial: 'ONE' }), done(UNOWNED)],
    ['none', post('/admin/reset', { serial: 'NONE' }), failed('')],
  ],
  '/admin/resync': [
    ['a token', post('/admin/resync', { serial: 'ONE', otp1: hotpAt(4), otp2: hotpAt(5) }), done(UNOWNED)],
    [
      'with wrong values',
      post('/admin/resync', { serial: 'ONE', otp1: '1', otp2: '2' }),
      failed('', UNOWNED),
    ],
    ['without values', post('/admin/resync', { serial: 'ONE' }), failed(missing('otp1'))],
  ],
  '/admin/set': [
    [
      'properties',
      post('/admin/set', { serial: 'ONE', pin: 'new', MaxFailCount: '5', SyncWindow: '55' }),
      done({ ...UNOWNED, detail: 'pin, maxFailCount=5, syncWindow=55, ' }),
    ],
    [
      'of an unknown one',
      post('/admin/set', { serial: 'NONE', pin: 'new' }),
      failed('', { detail: 'pin, ' }),
    ],
    [
      'nothing',
      post('/admin/set', { serial: 'ONE' }),
      failed(expect.stringContaining('ERR77: Usage: set: parameters are')),
    ],
  ],
  '/admin/setValidity': [
    [
      'of a token',
      post('/admin/setValidity', { 'tokens[]': 'ONE', countAuthMax: '5' }),
      done({ serial: 'ONE', tokenType: 'HMAC', realm: 'one', info: 'set token validity', detail: `['ONE']` }),
    ],
    [
      'of nothing',
      post('/admin/setValidity', { countAuthMax: '5' }),
      failed('ERR905: missing parameter: tokens[]'),
    ],
  ],
  '/admin/tokenrealm': [
    [
      'into others',
      post('/admin/tokenrealm', { serial: 'ONE', realms: 'one,two' }),
      done({ ...UNOWNED, realm: 'one,two', info: 'From one to one,two', detail: tokennum() }),
    ],
    [
      'into the first',
      post('/admin/tokenrealm', { serial: 'SPARE', realms: 'two' }),
      done({
        serial: 'SPARE',
        tokenType: 'HMAC',
        realm: 'two',
        info: 'From /:no realm:/ to two',
        detail: tokennum(),
      }),
    ],
    [
      'of an unknown one',
      post('/admin/tokenrealm', { serial: 'NONE', realms: 'one' }),
      failedCounted(UNKNOWN),
    ],
    ['of nothing', post('/admin/tokenrealm', { realms: 'one' }), failedCounted(missing('serial'))],
  ],
  '/admin/copyTokenPin': [
    [
      'between tokens',
      post('/admin/copyTokenPin', { from: 'ONE', to: 'TWO' }),
      done({ serial: 'TWO', tokenType: 'HMAC', realm: 'two', detail: 'from ONE' }),
    ],
    ['from an unknown one', post('/admin/copyTokenPin', { from: 'NONE', to: 'TWO' }), failed(UNKNOWN)],
    ['to nothing', post('/admin/copyTokenPin', { from: 'ONE' }), failed(missing('to'))],
  ],
  '/admin/copyTokenUser': [
    [
      'between tokens',
      post('/admin/copyTokenUser', { from: 'ONE', to: 'TWO' }),
      done({ serial: 'TWO', tokenType: 'HMAC', realm: 'one', detail: `from ONE${tokennum()}` }),
    ],
    [
      'from an unknown one',
      post('/admin/copyTokenUser', { from: 'NONE', to: 'TWO' }),
      failedCounted(UNKNOWN),
    ],
    ['to nothing', post('/admin/copyTokenUser', { from: 'ONE' }), failedCounted(missing('to'))],
  ],
  '/admin/losttoken': [
    [
      'of a user',
      post('/admin/losttoken', { serial: 'ONE' }),
      done({ ...ONE, serial: 'lostONE', tokenType: 'pw', detail: `from ONE${tokennum()}` }),
    ],
    [
      'of nobody',
      post('/admin/losttoken', { serial: 'SPARE' }),
      failedCounted('You can only define a lost token for an assigned token.'),
    ],
    ['without a serial', post('/admin/losttoken'), failedCounted(`'serial'`)],
  ],
  '/admin/setPin': [
    [
      'of a device',
      post('/admin/setPin', { serial: 'MOTP', userpin: '4321' }),
      done({ serial: 'MOTP', tokenType: 'mOTP', realm: 'one' }),
    ],
    [
      'of a type without',
      post('/admin/setPin', { serial: 'ONE', userpin: '1' }),
      failed('This type of pin cannot be set for a HMAC token.'),
    ],
  ],
  '/admin/unpair': [
    [
      'an unknown one',
      post('/admin/unpair', { serial: 'NONE' }),
      failed('No token found. Unpairing not possible'),
    ],
    [
      'several',
      post('/admin/unpair', { user: 'anna', realm: 'one' }),
      failed('Multiple tokens found. Unpairing not possible', { user: 'anna', realm: 'one' }),
    ],
    [
      'of a type that is not paired',
      post('/admin/unpair', { serial: 'ONE' }),
      failed(`token type HMAC doesn't support unpairing `, {
        serial: 'ONE',
        tokenType: 'HMAC',
        realm: 'one',
      }),
    ],
  ],
  '/admin/show': [
    ['all', get('/admin/show'), done({ info: `realm: ['*'], filter: None` })],
    [
      'those of a user',
      get('/admin/show', { user: 'anna', realm: 'one' }),
      done({ user: 'anna', realm: 'one', info: `realm: ['one'], filter: None` }),
    ],
    [
      'in an order that there is not',
      get('/admin/show', { sortby: 'nosuch' }),
      failed(`"Tokens can't be sorted by nosuch."`),
    ],
  ],
  '/admin/userlist': [
    [
      'of a realm',
      get('/admin/userlist', { realm: 'one', username: '*' }),
      done({ realm: 'one', info: 'realm: one' }),
    ],
    [
      'of an unknown one',
      get('/admin/userlist', { realm: 'nosuch', username: '*' }),
      done({ realm: 'nosuch', info: 'realm: ' }),
    ],
  ],
  '/admin/check_serial': [
    [
      'that is used',
      get('/admin/check_serial', { serial: 'ONE' }),
      done({ serial: 'ONE', detail: `False - 'ONE_01'` }),
    ],
    [
      'that is free',
      get('/admin/check_serial', { serial: 'X' }),
      done({ serial: 'X', detail: `True - 'X'` }),
    ],
    ['of nothing', get('/admin/check_serial'), failed(missing('serial'))],
  ],
  '/admin/getTokenOwner': [
    ['of a token', get('/admin/getTokenOwner', { serial: 'ONE' }), done(ONE)],
    [
      'of nobody’s',
      get('/admin/getTokenOwner', { serial: 'SPARE' }),
      done({ serial: 'SPARE', tokenType: 'HMAC' }),
    ],
    ['of an unknown one', get('/admin/getTokenOwner', { serial: 'NONE' }), failed(UNKNOWN)],
  ],
  '/admin/getSerialByOtp': [
    [
      'by a value',
      get('/admin/getSerialByOtp', { otp: hotpAt(3), realm: 'two' }),
      done({ serial: 'TWO', tokenType: 'HMAC', user: 'bert', realm: 'two' }),
    ],
    [
      'by none’s',
      get('/admin/getSerialByOtp', { otp: '000000', realm: 'two' }),
      failed('', { realm: 'two' }),
    ],
    [
      'by several tokens’',
      get('/admin/getSerialByOtp', { otp: hotpAt(3) }),
      failed('ERR1200: get_token_by_otp: multiple tokens are matching this OTP value!'),
    ],
    ['by nothing', get('/admin/getSerialByOtp'), failed(missing('otp'))],
  ],
  '/admin/totp_lookup': [
    [
      'of no such token',
      get('/admin/totp_lookup', { serial: 'ONE', otp: '123456' }),
      failed('no token found'),
    ],
    ['of nothing', get('/admin/totp_lookup', { serial: 'ONE' }), failed(missing('otp'))],
  ],
  '/admin/checkstatus': [
    ['of a token', get('/admin/checkstatus', { serial: 'ONE' }), done({ serial: 'ONE' })],
    ['of nothing', get('/admin/checkstatus'), failed(expect.stringContaining('ERR77: Usage: checkstatus'))],
  ],
  '/admin/testresolver': [
    ['that answers', get('/admin/testresolver', { name: 'first' }), done({ info: 'first' })],
    [
      'that is unknown',
      get('/admin/testresolver', { name: 'nosuch' }),
      failed(`no such resolver 'nosuch' defined!`),
    ],
    ['without a name', get('/admin/testresolver'), failed(`ERR905: Missing parameter: KeyError('name')`)],
  ],
};
