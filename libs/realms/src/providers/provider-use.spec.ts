import { compilePolicies, type StoredPolicy } from '@app/policies';

import { policiesUsing } from './provider-use.js';

function policy(name: string, scope: string, action: string, active = 'True'): StoredPolicy {
  return { name, scope, action, realm: '*', user: '*', client: '*', time: '', active };
}

describe('policies that use a provider', () => {
  it.each<[string, StoredPolicy, readonly string[]]>([
    ['name it', policy('p', 'authentication', 'sms_provider=main'), ['p']],
    ['name it among others', policy('p', 'authentication', 'sms_provider="first main"'), ['p']],
    ['name it while they are inactive', policy('p', 'authentication', 'sms_provider=main', 'False'), ['p']],
    ['name a longer one', policy('p', 'authentication', 'sms_provider=main2'), []],
    ['name one of another type', policy('p', 'authentication', 'email_provider=main'), []],
    ['do so in a scope where that means nothing', policy('p', 'selfservice', 'sms_provider=main'), []],
    ['notify by one of another type', policy('p', 'notification', 'autoenrollment=email::main'), []],
  ])('%s', (_case, stored, expected) => {
    expect(policiesUsing(compilePolicies([stored]), 'sms', 'main')).toEqual(expected);
  });

  it('notify by it', () => {
    const policies = compilePolicies([policy('n', 'notification', 'autoenrollment=email::main')]);
    expect(policiesUsing(policies, 'email', 'main')).toEqual(['n']);
  });

  it('name it with its blanks', () => {
    const policies = compilePolicies([policy('p', 'authentication', 'voice_provider="my own"')]);
    expect(policiesUsing(policies, 'voice', 'my own')).toEqual(['p']);
  });
});
