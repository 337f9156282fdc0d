import { get, holds, lacks, NO_RIGHT, NOT_SHOWN, type Rows, SHOWN, USERS } from './row.js';

/** The data of portals, below `/manage`. */
export const MANAGE_ROWS: Rows = {
  '/manage/context': 'login',
  '/manage/custom_style': 'login',
  '/manage/tokeninfo': [
    {
      right: SHOWN,
      call: get('/manage/tokeninfo', { serial: 'ONE' }),
      refusal: NOT_SHOWN,
      elsewhere: 'ERR1102: No token with serial ONE found',
      done: holds('<td>ONE</td>'),
    },
  ],
  '/manage/tokenview_flexi': [
    {
      right: SHOWN,
      call: get('/manage/tokenview_flexi'),
      refusal: NOT_SHOWN,
      elsewhere: lacks('"ONE"'),
      done: holds('"ONE"'),
    },
    {
      right: SHOWN,
      call: get('/manage/tokenview_flexi', { qtype: 'realm', query: 'one' }),
      refusal: NOT_SHOWN,
      elsewhere: lacks('"ONE"'),
      done: holds('"ONE"'),
    },
    {
      right: SHOWN,
      call: get('/manage/tokenview_flexi', { qtype: 'loginname', query: 'an*' }),
      refusal: NOT_SHOWN,
      elsewhere: lacks('"ONE"'),
      done: holds('"ONE"'),
    },
  ],
  '/manage/userview_flexi': [
    {
      right: USERS,
      call: get('/manage/userview_flexi', { realm: 'One', sortname: 'username' }),
      refusal: `${NO_RIGHT} list users in realm 'one'.`,
      done: holds('anna'),
    },
  ],
};
