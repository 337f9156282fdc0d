import type { Rows } from './row.js';

/** The self-service: its users have sessions of their own, and their rights are asked for in `test/e2e/userservice`. */
export const USER_ROWS: Rows = {
  '/userservice/pre_context': 'public',
  '/userservice/login': 'public',
  '/userservice/auth': 'public',
  '/userservice/logout': 'public',
  '/userservice/context': 'users',
  '/userservice/userinfo': 'users',
  '/userservice/usertokenlist': 'users',
  '/userservice/enable': 'users',
  '/userservice/disable': 'users',
  '/userservice/delete': 'users',
  '/userservice/reset': 'users',
  '/userservice/unassign': 'users',
  '/userservice/setpin': 'users',
  '/userservice/setmpin': 'users',
  '/userservice/resync': 'users',
  '/userservice/setdescription': 'users',
  '/userservice/assign': 'users',
  '/userservice/getSerialByOtp': 'users',
  '/userservice/history': 'users',
  '/userservice/activateocratoken': 'users',
  '/userservice/finishocra2token': 'users',
};
