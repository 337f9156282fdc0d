import { hotpAt } from '../../../support/clients/otp.js';
import { done as doneBy, failed as failedBy, get, ONE, post, type Rows, type Told } from './row.js';

/** Nobody is logged in to the administration. */
const NOBODY = { administrator: '' } as const;
const done = (detail: string, told: Told = {}): Told => doneBy({ ...NOBODY, detail, ...told });
const failed = (detail: string, told: Told = {}): Told => failedBy('', { ...NOBODY, detail, ...told });
const wrongly = (info: string, told: Told = {}): Told => failedBy(info, { ...NOBODY, ...told });

const ANNA = { user: 'anna', realm: 'one' } as const;
const BERT = { user: 'bert', realm: 'two' } as const;
/** A token that is asked by its serial: its owner is not looked for. */
const BARE = { serial: 'ONE', tokenType: 'HMAC' } as const;
const GHOST = { user: 'ghost', realm: 'one' } as const;
const LOGGED_IN = doneBy({ user: 'admin', realm: 'linotp_admins' });
const WELCOME = `user 'anna'@'one' successfully authenticated.`;
const RIGHT = `pin${hotpAt(0)}`;
const UNSIGNED = `ERR905: Missing parameter: 'signature'!`;
const NO_PASS = 'ERR905: Missing parameter:pass';

/** Logins: `/validate` (spec/validate-api §1, §2.10), and those of administrators (spec/admin-api §2). */
export const LOGIN_ROWS: Rows = {
  '/validate/check': [
    ['a right OTP', post('/validate/check', { ...ANNA, pass: RIGHT }), done(WELCOME, ONE)],
    ['a wrong OTP', post('/validate/check', { ...ANNA, pass: 'pin000000' }), failed('wrong otp value', ONE)],
    [
      'a wrong PIN',
      post('/validate/check', { user: 'bert', realm: 'two', pass: 'x000000' }),
      failed('wrong otp pin -1', { serial: 'TWO', tokenType: 'HMAC', user: 'bert', realm: 'two' }),
    ],
    ['nobody known', post('/validate/check', { ...GHOST, pass: 'x' }), failed('User not found', GHOST)],
    ['no pass', post('/validate/check', ANNA), wrongly(NO_PASS, ANNA)],
    ['the default realm', post('/validate/check', { user: 'anna', pass: RIGHT }), done(WELCOME, ONE)],
  ],
  '/validate/check_s': [
    [
      'a right OTP',
      post('/validate/check_s', { serial: 'ONE', pass: RIGHT }),
      done(`serial 'ONE' successfully authenticated.`, BARE),
    ],
    [
      'of nobody’s token',
      post('/validate/check_s', { serial: 'SPARE', pass: hotpAt(0) }),
      done(`serial 'SPARE' successfully authenticated.`, { serial: 'SPARE', tokenType: 'HMAC' }),
    ],
    [
      'a wrong OTP',
      post('/validate/check_s', { serial: 'ONE', pass: 'pin000000' }),
      failed('wrong otp value', BARE),
    ],
    [
      'an unknown serial',
      post('/validate/check_s', { serial: 'NONE', pass: 'x' }),
      failed('no token found!'),
    ],
    ['no serial', post('/validate/check_s', { pass: 'x' }), failed('no token found!')],
  ],
  '/validate/simplecheck': [
    ['a right OTP', get('/validate/simplecheck', { ...ANNA, pass: RIGHT }), done(WELCOME, ONE)],
    [
      'a wrong OTP',
      get('/validate/simplecheck', { ...ANNA, pass: 'pin000000' }),
      failed('wrong otp value', ONE),
    ],
  ],
  '/validate/check_yubikey': [
    [
      'an unknown one',
      post('/validate/check_yubikey', { pass: `${'ebecedeeefegehei'}${'c'.repeat(32)}` }),
      failed('The serial UBAM10234567 could not be found!'),
    ],
    ['none', post('/validate/check_yubikey', { pass: 'x' }), failed('the password names no serial')],
    ['no pass', post('/validate/check_yubikey'), wrongly(`ERR905: Missing parameter: 'pass'`)],
  ],
  '/validate/check_t': [
    [
      'an unknown one',
      post('/validate/check_t', { transactionid: '1', pass: 'x' }),
      failed('no challenge found for the transaction'),
    ],
    [
      'no transaction',
      post('/validate/check_t', { pass: 'x' }),
      wrongly('missing parameter: state or transactionid!'),
    ],
  ],
  '/validate/check_status': [
    [
      'an unknown one',
      get('/validate/check_status', { ...ANNA, pass: 'pin', transactionid: '1' }),
      failed('', ANNA),
    ],
    [
      'no transaction',
      get('/validate/check_status', { ...ANNA, pass: 'pin' }),
      wrongly('Missing required parameter "state" or "transactionid"!', ANNA),
    ],
    [
      'no pass',
      get('/validate/check_status', { ...ANNA, transactionid: '1' }),
      wrongly('Missing required parameter "pass"!', ANNA),
    ],
  ],
  '/validate/smspin': [
    [
      'without such a token',
      post('/validate/smspin', { ...BERT, pass: 'pin' }),
      failed('wrong otp pin -1', { ...BERT, serial: 'TWO', tokenType: 'HMAC' }),
    ],
  ],
  '/validate/samlcheck': [
    ['a right OTP', post('/validate/samlcheck', { ...ANNA, pass: RIGHT }), done(WELCOME, ONE)],
    [
      'a wrong OTP',
      post('/validate/samlcheck', { ...ANNA, pass: 'pin000000' }),
      failed('wrong otp value', ONE),
    ],
  ],
  '/validate/accept_transaction': [
    ['without a signature', post('/validate/accept_transaction', { transactionid: '1' }), wrongly(UNSIGNED)],
  ],
  '/validate/reject_transaction': [
    ['without a signature', post('/validate/reject_transaction', { transactionid: '1' }), wrongly(UNSIGNED)],
  ],
  '/validate/pair': [
    [
      'with what is no answer',
      post('/validate/pair', { pairing_response: 'x' }),
      wrongly('ERR905: Malformed pairing response'),
    ],
  ],
  '/validate/ok': [['always', get('/validate/ok'), done('')]],
  '/validate/fail': [['never', get('/validate/fail'), failed('')]],
  '/admin/login': [
    ['with the password', (_admin, server) => server.login(), LOGGED_IN],
    [
      'with a wrong password',
      post('/admin/login', { username: 'admin', password: 'wrong' }),
      failed('', { user: 'admin', realm: 'linotp_admins' }),
    ],
    [
      'as nobody known',
      post('/admin/login', { username: 'ghost', password: 'wrong' }),
      failed('', { user: 'ghost', realm: 'linotp_admins' }),
    ],
  ],
  '/admin/logout': [
    [
      'of a session',
      async (_admin, server) => (await server.login()).post('/admin/logout'),
      [
        { ...LOGGED_IN, action: 'admin/login' },
        { ...LOGGED_IN, action: 'admin/logout' },
      ],
    ],
  ],
};
