import { compilePolicies } from '@app/policies';

import { givenHotpToken } from '../../../../../test/support/domain/given-token.js';
import type { LoginDecision, LoginEffect } from '../../login.js';
import { rejected } from '../verdicts.js';
import { withReports } from './due-reports.js';

const policies = (action: string, realm: string) =>
  compilePolicies([
    { name: 'p', scope: 'reporting', action, realm, user: '*', client: '', time: '', active: 'True' },
  ]);
const deciding = (...effects: LoginEffect[]): LoginDecision => ({
  ...rejected('no-token', '', [], [], ''),
  effects,
});
const STAFF = givenHotpToken({ serial: 'A', realms: ['staff', 'other'] });
const FREE = givenHotpToken({ serial: 'B', realms: [] });

describe('what logins have reported', () => {
  it.each<[string, LoginDecision, readonly string[]]>([
    ['*', deciding({ kind: 'disable', token: STAFF }), ['disable staff', 'disable other']],
    ['staff', deciding({ kind: 'remove', token: STAFF }), ['remove staff']],
    ['*', deciding({ kind: 'remove', token: FREE }), ['remove ']],
    ['staff', deciding({ kind: 'remove', token: FREE }), []],
    ['*', deciding({ kind: 'reset-failures', token: STAFF }), []],
  ])('in %s', (realm, decision, expected) => {
    const { reports = [] } = withReports(decision, policies('token_total', realm));
    expect(reports.map((report) => `${report.event} ${report.realm}`)).toEqual(expected);
    expect(reports.every(({ status }) => status === 'total')).toBe(true);
  });

  it('is nothing without such a policy', () => {
    const decision = deciding({ kind: 'remove', token: STAFF });
    expect(withReports(decision, compilePolicies([]))).toBe(decision);
  });
});
