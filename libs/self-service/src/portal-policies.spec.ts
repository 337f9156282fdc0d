import { NOW } from '../../../test/support/domain/login-decisions.js';
import { type Given, policySetOf } from '../../../test/support/domain/policy-decisions.js';
import { PortalPolicies } from './portal-policies.js';

const mfa = (more: object): Given => ({ scope: 'selfservice', action: 'mfa_login', ...more });
const portal = (given: readonly Given[], client = '192.0.2.1') =>
  new PortalPolicies(policySetOf(given), { client, time: NOW });

describe('what the portal is told before a login (spec/validate-api §4.2)', () => {
  it.each<[string, readonly Given[], boolean]>([
    ['no policy', [], false],
    ['another action', ['selfservice: delete'], false],
    ['the action', ['selfservice: mfa_login'], true],
    ['the action, denied', ['selfservice: !mfa_login'], false],
    ['a word that means no', ['selfservice: mfa_login=no'], false],
    ['another scope', ['authentication: mfa_login'], false],
    ['a policy of some users: nobody is known yet', [mfa({ user: 'bert' })], true],
    ['a policy of some realm', [mfa({ realm: 'guests' })], true],
    ['a policy of this client', [mfa({ client: '192.0.2.0/24' })], true],
    ['a policy of other clients', [mfa({ client: '198.51.100.0/24' })], false],
    ['a policy of other times', [mfa({ time: '* * * * * 1999' })], false],
    ['an inactive policy', [mfa({ active: 'False' })], false],
    [
      'one that denies it beside one that does not',
      [mfa({ action: '!mfa_login', user: 'bert' }), mfa({})],
      true,
    ],
    ['all actions: nothing is said about this one', ['selfservice: *'], false],
    ['a policy that cannot be read', [mfa({ client: 'nowhere' })], true],
  ])('a second factor, by %s: %#', (_what, given, needed) => {
    expect(portal(given).needsSecondFactor()).toBe(needed);
  });

  it('holds texts, and whether there is a field for the OTP', () => {
    const given = [
      'selfservice: mfa_3_fields, footer_text="ours, theirs", imprint_url=https://example.net/i',
    ];
    const { footer, imprint, privacyNotice } = {
      footer: portal(given).footer(),
      imprint: portal(given).imprint(),
      privacyNotice: portal(given).privacyNotice(),
    };
    expect([footer, imprint, privacyNotice]).toEqual(['ours, theirs', 'https://example.net/i', null]);
    expect([portal(given).hasOtpField(), portal([]).hasOtpField()]).toEqual([true, false]);
    expect([portal(given).assignsTokens(), portal(given).enrolsTokens()]).toEqual([false, false]);
  });
});
