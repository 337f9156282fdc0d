import {
  get,
  holds,
  lacks,
  NO_RIGHT,
  NOT_SHOWN,
  reads,
  REALM_USERS,
  RESOLVER_USERS,
  type Rows,
  SHOWN,
  USERS,
} from './row.js';

/** `/api/v2`. */
export const V2_ROWS: Rows = {
  '/api/v2/auditlog/': [
    {
      right: { scope: 'audit', action: 'view' },
      call: get('/api/v2/auditlog/', { pageSize: '1000' }),
      refusal: `${NO_RIGHT} view the audit trail. You are missing a policy scope=audit, action=view`,
      status: 403,
      elsewhere: lacks('"realm": "one"'),
      done: holds('"realm": "one"'),
    },
  ],
  '/api/v2/tokens/': [
    {
      right: SHOWN,
      call: get('/api/v2/tokens/'),
      refusal: NOT_SHOWN,
      status: 403,
      elsewhere: lacks('"ONE"'),
      done: holds('"ONE"'),
    },
    {
      right: SHOWN,
      call: get('/api/v2/tokens/', { realm: 'one' }),
      refusal: NOT_SHOWN,
      status: 403,
      elsewhere: 'ERR410: You dont have permissions on any of your requested realms.',
      done: holds('"ONE"'),
    },
    {
      right: SHOWN,
      call: get('/api/v2/tokens/', { username: 'anna@one', realm: 'one,two' }),
      refusal: NOT_SHOWN,
      status: 403,
      elsewhere: lacks('"ONE"'),
      done: holds('"ONE"'),
    },
  ],
  '/api/v2/tokens/:serial': [
    {
      right: SHOWN,
      call: get('/api/v2/tokens/ONE'),
      refusal: NOT_SHOWN,
      status: 403,
      elsewhere: lacks('"ONE"'),
      done: holds('"ONE"'),
    },
  ],
  '/api/v2/realms/': [
    {
      ...reads(get('/api/v2/realms/')),
      refusal: 'Policy check failed. You are not allowed to read system config.',
      status: 403,
    },
  ],
  '/api/v2/realms/:realm/users': [
    {
      right: USERS,
      call: get('/api/v2/realms/One/users', { username: '*' }),
      refusal: REALM_USERS,
      status: 403,
      done: holds('anna'),
    },
  ],
  '/api/v2/resolvers/': [{ ...reads(get('/api/v2/resolvers/')), status: 403 }],
  '/api/v2/resolvers/:name/users': [
    {
      right: USERS,
      call: get('/api/v2/resolvers/first/users'),
      refusal: RESOLVER_USERS,
      status: 403,
      done: holds('anna'),
    },
  ],
  '/api/v2/resolvers/:name/users/:userId': [
    {
      right: USERS,
      call: get('/api/v2/resolvers/first/users/1'),
      refusal: RESOLVER_USERS,
      status: 403,
      done: holds('anna'),
    },
  ],
  '/api/v2/policies/explain': [
    {
      ...reads(get('/api/v2/policies/explain', { scope: 'admin', action: 'enable', user: 'admin' })),
      status: 403,
    },
  ],
};
