import type { Fields } from '../../../support/admin-agent.js';
import { type Call, PASSWORD, type Rows, type Told, done as doneBy, failed as failedBy } from './row.js';

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

/** The self-service (spec/validate-api §4). */
export const USER_ROWS: Rows = {
  '/userservice/pre_context': 'unrecorded',
  '/userservice/context': 'unrecorded',
  '/userservice/userinfo': 'unrecorded',
  '/userservice/usertokenlist': [['one’s own', post('/userservice/usertokenlist'), done()]],
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
};
