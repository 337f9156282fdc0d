import type { Fields } from '../../../support/clients/admin-agent.js';
import { hotpAt } from '../../../support/clients/otp.js';
import {
  ACTIVE,
  type Call,
  ONE,
  PASSWORD,
  type Rows,
  type Told,
  done as doneBy,
  failed as failedBy,
  tokennum,
} from './row.js';

/** The user of the session, and no administrator. */
const ANNA = { administrator: '', user: 'anna', realm: 'one' } as const;
const done = (told: Told = {}): Told => doneBy({ ...ANNA, ...told });
const failed = (info: string, told: Told = {}): Told => failedBy(info, { ...ANNA, ...told });

/** As anna, who is logged in. */
const post =
  (path: string, form: Fields = {}): Call =>
  (_, { anna }) =>
    anna.post(path, form);
/** As somebody who is not. */
const coming =
  (path: string, form: Fields = {}): Call =>
  (_, { stranger }) =>
    stranger.post(path, form);

/** `annas password`, without an OTP. */
const REMOTE = ':MFXG4YLTEBYGC43TO5XXEZA=';
const WRONG = 'User anna@one failed to authenticate!';

const NO_SERIAL = `ERR905: Missing parameter: ''serial''`;
const MOTP = { serial: 'MOTP', tokenType: 'mOTP' };

/** The self-service (spec/validate-api §4). */
export const USER_ROWS: Rows = {
  '/userservice/pre_context': 'unrecorded',
  '/userservice/context': 'unrecorded',
  '/userservice/userinfo': 'unrecorded',
  '/userservice/usertokenlist': [['one’s own', post('/userservice/usertokenlist'), done()]],
  '/userservice/enroll': [
    [
      'a token',
      post('/userservice/enroll', { type: 'hmac', serial: 'NEW', pin: 'pin' }),
      done({ serial: 'NEW', tokenType: 'HMAC', detail: tokennum(ACTIVE + 1) }),
    ],
    [
      'a type that no policy grants',
      post('/userservice/enroll', { type: 'totp' }),
      failed('ERR410: The policy settings do not allow you to issue this request!', { detail: tokennum() }),
    ],
    [
      'a serial that is there',
      post('/userservice/enroll', { type: 'hmac', serial: 'TWO', pin: 'pin' }),
      failed(`ERR10: initToken failed: token 'TWO' already exist`, { detail: tokennum() }),
    ],
  ],
  '/userservice/verify': [
    ['what is to be typed', post('/userservice/verify', { serial: 'ONE' }), failed('', ONE)],
    [
      'a right OTP',
      post('/userservice/verify', { serial: 'ONE', otp: hotpAt(0) }),
      done({ ...ONE, detail: `user 'anna'@'one' successfully authenticated.` }),
    ],
    [
      'a wrong one',
      post('/userservice/verify', { serial: 'ONE', otp: '000000' }),
      failed('', { ...ONE, detail: 'wrong otp value' }),
    ],
    [
      'a token of somebody else',
      post('/userservice/verify', { serial: 'TWO' }),
      failed('User is not token owner'),
    ],
    [
      'a challenge that there is not',
      post('/userservice/verify', { transactionid: '12345678901234567' }),
      failed('no valid challenge found!'),
    ],
  ],
  '/userservice/activate_init': [
    [
      'a token that is not activated',
      post('/userservice/activate_init', { serial: 'ONE' }),
      failed('Token type hmac not supported for activation', { ...ONE }),
    ],
    [
      'a token of somebody else',
      post('/userservice/activate_init', { serial: 'TWO' }),
      failed("token TWO is not the user's"),
    ],
  ],
  '/userservice/activate_check_status': [
    [
      'a challenge that there is not',
      post('/userservice/activate_check_status', { transactionid: '12345678901234567' }),
      failed(''),
    ],
  ],
  '/userservice/fido2_activate_begin': [
    [
      'a token that is no key',
      post('/userservice/fido2_activate_begin', { serial: 'ONE' }),
      failed('ERR905: Token ONE is not a FIDO2 token (type=hmac)'),
    ],
  ],
  '/userservice/fido2_activate_finish': [
    [
      'a token of somebody else',
      post('/userservice/fido2_activate_finish', { serial: 'TWO' }),
      failed("User 'anna' is not owner of token TWO"),
    ],
  ],
  '/userservice/login': [
    [
      'a right password',
      coming('/userservice/login', { login: 'anna', password: PASSWORD }),
      done({ info: 'anna@one logged in' }),
    ],
    [
      'a wrong one',
      coming('/userservice/login', { login: 'anna', password: 'x' }),
      failed('', { detail: WRONG }),
    ],
    ['none', coming('/userservice/login', { login: 'anna' }), failed('', { realm: '' })],
    [
      'of nobody',
      coming('/userservice/login', { login: 'ghost', password: 'x' }),
      failed(`user 'ghost' not found!`, {
        user: 'ghost',
        realm: '',
        detail: 'User ghost failed to authenticate!',
      }),
    ],
  ],
  '/userservice/auth': [
    [
      'a right password',
      coming('/userservice/auth', { login: 'anna', password: REMOTE }),
      done({ info: 'anna@one logged in', detail: expect.stringMatching(/^expires: .* GMT$/) as string }),
    ],
    [
      'a wrong one',
      coming('/userservice/auth', { login: 'anna', password: ':M5SWQZLJNUYQ====' }),
      failed('', { detail: WRONG }),
    ],
    [
      'none',
      coming('/userservice/auth', { login: 'anna' }),
      failed('', { realm: '', detail: `Missing password for user 'anna'` }),
    ],
    [
      'not as it is to be written',
      coming('/userservice/auth', { login: 'anna', password: PASSWORD }),
      failed('the password must be the base32 of OTP and password, with a colon between them', { realm: '' }),
    ],
  ],
  '/userservice/logout': [
    ['without a session', coming('/userservice/logout'), done({ user: '', realm: '' })],
  ],
  '/userservice/enable': changing('enable'),
  '/userservice/disable': changing('disable', {}, { counts: ACTIVE - 1 }),
  '/userservice/delete': changing('delete', {}, { counts: ACTIVE - 1 }),
  '/userservice/reset': changing('reset', {}, { counts: null }),
  '/userservice/unassign': changing('unassign', { pin: 'xpin' }),
  '/userservice/setpin': changing('setpin', { userpin: 'xpin' }, { counts: null }),
  '/userservice/setmpin': changing('setmpin', { pin: '5678' }, { counts: null, token: MOTP }),
  '/userservice/resync': changing('resync', { otp1: hotpAt(5), otp2: hotpAt(6) }, { counts: null }),
  '/userservice/setdescription': changing('setdescription', { description: 'mine' }, { counts: null }),
  '/userservice/assign': [
    [
      'a token of nobody',
      post('/userservice/assign', { serial: 'SPARE', pin: 'xpin' }),
      done({ serial: 'SPARE', tokenType: 'HMAC', detail: tokennum() }),
    ],
    [
      'one of somebody else',
      post('/userservice/assign', { serial: 'TWO' }),
      failed('The token you want to assign is not contained in your realm!', {
        serial: 'TWO',
        detail: tokennum(),
      }),
    ],
    ['none', post('/userservice/assign'), failed(NO_SERIAL, { detail: tokennum() })],
  ],
  '/userservice/getSerialByOtp': [
    ['of none', post('/userservice/getSerialByOtp', { otp: '000000' }), failed('')],
    ['without an OTP', post('/userservice/getSerialByOtp'), failed(`ERR905: Missing parameter: ''otp''`)],
  ],
  '/userservice/history': [['one’s own', post('/userservice/history'), done()]],
  '/userservice/activateocratoken': [
    [
      'a code that is none',
      post('/userservice/activateocratoken', { type: 'ocra2', serial: 'ONE', activationcode: 'x' }),
      failed('Error during decoding activation code', { detail: tokennum() }),
    ],
    [
      'another type',
      post('/userservice/activateocratoken', { type: 'hmac' }),
      failed("valid types is 'ocra2'. You provided hmac", { detail: tokennum() }),
    ],
  ],
  '/userservice/finishocra2token': [
    [
      'a transaction that there is not',
      post('/userservice/finishocra2token', { type: 'ocra2', pass: '0', transactionid: '999999999999' }),
      failed('', { detail: 'no token of the user is meant' }),
    ],
    ['no type', post('/userservice/finishocra2token'), failed(`ERR905: Missing parameter: ''type''`)],
  ],
};

/** A function that changes ONE, unless another token is meant; `counts`: the active tokens that its record tells. */
function changing(
  name: string,
  form: Fields = {},
  { counts = ACTIVE as number | null, token = { serial: 'ONE', tokenType: 'HMAC' } } = {},
): Rows[string] {
  const path = `/userservice/${name}`;
  const counted = (count: number | null) => (count === null ? {} : { detail: tokennum(count) });
  const unchanged = counted(counts === null ? null : ACTIVE);
  const foreign = name === 'setdescription' ? `User 'anna' is not owner of the token` : '';
  return [
    ['an own token', post(path, { serial: token.serial, ...form }), done({ ...token, ...counted(counts) })],
    [
      'somebody else’s',
      post(path, { serial: 'TWO', ...form }),
      failed(foreign, { serial: 'TWO', ...unchanged }),
    ],
    [
      'none that there is',
      post(path, { serial: 'NOSUCH', ...form }),
      failed('ERR1102: No token with serial NOSUCH found', { serial: 'NOSUCH', ...unchanged }),
    ],
    ['no token', post(path, form), failed(NO_SERIAL, unchanged)],
  ];
}
