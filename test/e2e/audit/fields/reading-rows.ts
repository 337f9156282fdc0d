import { done, failed, get, post, type Rows } from './row.js';

const FROM_TO = { from: '2026-01-01', to: '2026-02-01' };

const NO_NUMBER = `invalid literal for int() with base 10: 'x'`;
const NO_DAY = `time data 'x' does not match format '%Y-%m-%d'`;
const NOT_SEEN = `ERR410: You do not have the rights to see these realms: ['nosuch']. Check the policies!`;
const SEEN = { serial: 'ONE', tokenType: 'HMAC', realm: 'one' } as const;

/** What is only looked at: v2, the portal's data, OTP values, numbers and the trail itself (spec/admin-api §4, §5). */
export const READING_ROWS: Rows = {
  '/api/v2/tokens/': [
    ['a page', get('/api/v2/tokens/'), done()],
    ['a bad page', get('/api/v2/tokens/', { page: 'x' }), failed(NO_NUMBER)],
  ],
  '/api/v2/tokens/:serial': [
    ['one', get('/api/v2/tokens/ONE'), done({ serial: 'ONE', tokenType: 'HMAC' })],
    ['an unknown one', get('/api/v2/tokens/NONE'), done()],
  ],
  '/api/v2/realms/': [['all', get('/api/v2/realms/'), done()]],
  '/api/v2/realms/:realm/users': [
    ['of one', get('/api/v2/realms/one/users'), done({ info: 'realm: one' })],
    ['of an unknown one', get('/api/v2/realms/nosuch/users'), done({ info: 'realm: nosuch' })],
  ],
  '/api/v2/resolvers/': [['all', get('/api/v2/resolvers/'), done()]],
  '/api/v2/resolvers/:name/users': [
    ['of one', get('/api/v2/resolvers/first/users'), done({ info: 'resolver: first' })],
    [
      'of an unknown one',
      get('/api/v2/resolvers/nosuch/users'),
      failed('Could not find a resolver with this name: nosuch'),
    ],
  ],
  '/api/v2/resolvers/:name/users/:userId': [
    ['one', get('/api/v2/resolvers/first/users/1'), done({ info: 'resolver: first' })],
    [
      'an unknown one',
      get('/api/v2/resolvers/first/users/9'),
      failed('Could not find a user with ID 9 in resolver first.'),
    ],
  ],
  '/api/v2/policies/explain': [
    [
      'of a scope',
      get('/api/v2/policies/explain', { scope: 'admin', action: 'enable', user: 'anna' }),
      done({ user: 'anna', realm: 'one', info: 'scope = admin, action = enable' }),
    ],
    ['of none', get('/api/v2/policies/explain'), failed(`ERR905: Missing parameter: 'scope'`)],
  ],
  '/api/v2/auditlog/': [
    ['a page', get('/api/v2/auditlog/', { pageSize: '1' }), done()],
    [
      'by an unknown column',
      get('/api/v2/auditlog/', { sortBy: 'nosuch' }),
      failed(expect.stringContaining('sortBy: ')),
    ],
  ],
  '/audit/search': [
    ['a page', get('/audit/search', { rp: '1' }), done()],
    ['as a file', get('/audit/search', { rp: '1', outform: 'csv' }), done()],
    ['by a user', get('/audit/search', { user: 'anna', realm: 'one' }), done({ user: 'anna', realm: 'one' })],
  ],
  '/manage/context': 'unrecorded',
  '/manage/custom_style': 'unrecorded',
  '/manage/tokeninfo': 'unrecorded',
  '/manage/tokenview_flexi': [['a page', get('/manage/tokenview_flexi'), done()]],
  '/manage/userview_flexi': [
    [
      'of a realm',
      get('/manage/userview_flexi', { realm: 'one', sortname: 'username' }),
      done({ realm: 'one', info: 'realm: one' }),
    ],
    [
      'of an unknown one',
      get('/manage/userview_flexi', { realm: 'nosuch', sortname: 'username' }),
      done({ realm: 'nosuch', info: 'realm: ' }),
    ],
  ],
  '/gettoken/getotp': [
    ['a value', get('/gettoken/getotp', { serial: 'ONE' }), done(SEEN)],
    [
      'an unknown one',
      get('/gettoken/getotp', { serial: 'NONE' }),
      failed('gettoken/getotp failed: ERR1102: No token with serial NONE found'),
    ],
    ['of nothing', get('/gettoken/getotp'), failed('')],
  ],
  '/gettoken/getmultiotp': [
    ['values', get('/gettoken/getmultiotp', { serial: 'ONE', count: '2' }), done(SEEN)],
    [
      'of nothing',
      get('/gettoken/getmultiotp'),
      failed(
        `gettoken/getmultiotp failed: ParameterError(description="Missing parameter: 'serial'", id=905)`,
      ),
    ],
  ],
  '/monitoring/tokens': [
    ['in realms', get('/monitoring/tokens', { realms: 'one' }), done()],
    ['in an unknown one', get('/monitoring/tokens', { realms: 'nosuch' }), failed(NOT_SEEN)],
  ],
  '/monitoring/userinfo': [['of realms', get('/monitoring/userinfo', { realms: 'one' }), done()]],
  '/monitoring/activeUsers': [['of realms', get('/monitoring/activeUsers', { realms: 'one' }), done()]],
  '/monitoring/config': [['all', get('/monitoring/config'), done()]],
  '/monitoring/license': [['none', get('/monitoring/license'), done()]],
  '/monitoring/storageEncryption': [['it is', get('/monitoring/storageEncryption'), done()]],
  '/reporting/maximum': [
    ['of realms', get('/reporting/maximum', { realms: 'one', status: 'total' }), done()],
    ['of an unknown one', get('/reporting/maximum', { realms: 'nosuch' }), failed(NOT_SEEN)],
  ],
  '/reporting/period': [
    ['of realms', get('/reporting/period', { realms: 'one', status: 'total', ...FROM_TO }), done()],
    [
      'of no time',
      get('/reporting/period', { from: 'x' }),
      failed(`Failed to convert start time paramter to timestamp: from: ${NO_DAY}`),
    ],
  ],
  '/reporting/show': [
    ['all', get('/reporting/show'), done()],
    ['by a bad page', get('/reporting/show', { page: 'x' }), failed(`page: ${NO_NUMBER}`)],
  ],
  '/reporting/delete_all': [
    ['of a realm', post('/reporting/delete_all', { realms: 'one' }), done({ info: 'reports removed: 0' })],
  ],
  '/reporting/delete_before': [
    ['a day', post('/reporting/delete_before', { date: '2026-01-01' }), done({ info: 'reports removed: 0' })],
    ['no day', post('/reporting/delete_before', { date: 'x' }), failed(NO_DAY)],
  ],
  '/system/getReportedStatuses': [
    ['of realms', get('/system/getReportedStatuses', { realms: 'one' }), done()],
    ['of an unknown one', get('/system/getReportedStatuses', { realms: 'nosuch' }), failed(NOT_SEEN)],
  ],
};
