import { body, type Check, get, isDone, NO_RIGHT, post, type Row, type Rows } from './row.js';

/** Realm `one` is left out of what somebody with a right in `two` alone sees. */
const seesTwoAlone: Check = (answer) => {
  isDone(answer);
  expect(answer.text).toContain('"two"');
  expect(answer.text).not.toMatch(/"one"|no realm/);
};

const of = (scope: string, name: string, { call = 'get', elsewhere = seesTwoAlone, form = {} } = {}): Row => {
  const path = scope === 'monitoring' ? `/monitoring/${name}` : `/reporting/${name}`;
  return {
    right: { scope, action: name },
    call: call === 'get' ? get(path, form) : post(path, form),
    refusal: `${NO_RIGHT} do this. You are missing a policy scope=${scope}, action=${name}`,
    elsewhere,
  };
};
const global = (name: string): Row => ({ ...of('monitoring', name), isGlobal: true });
const isNumber: Check = (answer) => {
  isDone(answer);
  expect(body(answer).result.value).toEqual(expect.any(Number));
};
const isEmpty: Check = (answer) => expect(body(answer).result.value).toEqual([]);

/** Numbers of tokens and users: `/monitoring` and `/reporting`. */
export const REPORT_ROWS: Rows = {
  '/monitoring/tokens': [of('monitoring', 'tokens')],
  '/monitoring/userinfo': [of('monitoring', 'userinfo')],
  '/monitoring/activeUsers': [of('monitoring', 'activeUsers')],
  '/monitoring/config': [global('config')],
  '/monitoring/license': [global('license')],
  '/monitoring/storageEncryption': [global('storageEncryption')],
  '/reporting/maximum': [of('reporting.access', 'maximum')],
  '/reporting/period': [of('reporting.access', 'period')],
  '/reporting/show': [of('reporting.access', 'show', { elsewhere: isEmpty })],
  '/reporting/delete_all': [of('reporting.access', 'delete_all', { call: 'post', elsewhere: isNumber })],
  '/reporting/delete_before': [
    of('reporting.access', 'delete_before', {
      call: 'post',
      elsewhere: isNumber,
      form: { date: '2026-01-01' },
    }),
  ],
  '/system/getReportedStatuses': [
    {
      right: { scope: 'system', action: 'read' },
      call: get('/system/getReportedStatuses'),
      refusal: 'ERR410: Policy check failed. You are not allowed to read system config.',
      elsewhere: seesTwoAlone,
    },
  ],
};
