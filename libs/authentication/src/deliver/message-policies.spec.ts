import { policySetOf } from '../../../../test/support/domain/policy-decisions.js';
import { MessagePolicies } from './message-policies.js';

describe('whether the owner of a token is to be known for what is sent', () => {
  it.each([
    ['authentication: autosms', true],
    ['authentication: trigger_sms', true],
    ['authentication: smstext=<otp>', true],
    ['authentication: sms_provider=one', true],
    ['authentication: dynamic_email_address', true],
    ['authentication: qrtanurl=https://there.test', false],
    ['enrollment: autosms', false],
  ])('by %s: %s', (policy, isConcerned) => {
    expect(MessagePolicies.concern(policySetOf([policy]))).toBe(isConcerned);
  });
});
