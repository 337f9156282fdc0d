import type { StoredPolicy } from '../policy.js';
import type { AdministratorAtWork } from '../rights/admin-rights.js';
import { refuseLockout } from './lock-out.js';
import { PotentialLockout } from './validation.errors.js';

function policy(name: string, parts: Partial<StoredPolicy> = {}): StoredPolicy {
  return {
    name,
    scope: 'system',
    action: 'read, write',
    realm: '*',
    user: 'admin',
    client: '',
    time: '',
    active: 'True',
    ...parts,
  };
}

const ADMIN: AdministratorAtWork = {
  subject: { login: 'admin', realm: 'linotp_admins', resolvers: ['LinOTP_local_admins'], attributes: null },
  client: '127.0.0.1',
  time: new Date(2024, 5, 2, 15, 30),
};

function reason(before: readonly StoredPolicy[], after: readonly StoredPolicy[], who = ADMIN): string | null {
  try {
    refuseLockout(before, after, who);
    return null;
  } catch (error) {
    if (error instanceof PotentialLockout) return error.message;
    throw error;
  }
}
const refused = (text: string) => `Warning: potential lockout due to policy defintion: ${text}`;
const NO_WRITE = refused("no active system policy with 'write' permission defined!");
const NOT_MINE = refused("no active system policy with 'write' permission matches admin@linotp_admins!");

describe('refuseLockout', () => {
  it.each([
    ['the first one gives write', [], [policy('a')]],
    ['it gives all', [], [policy('a', { action: '*' })]],
    ['another one gives write', [policy('a')], [policy('a'), policy('b', { action: 'read' })]],
    ['it names the realm of administrators', [], [policy('a', { user: '*@linotp_admins' })]],
    ['it names the resolver of administrators', [], [policy('a', { user: 'LinOTP_local_admins:' })]],
    ['the last one goes', [policy('a')], []],
    ['the last one is switched off', [policy('a')], [policy('a', { active: 'False' })]],
    [
      'no system policy changes',
      [policy('a', { user: 'other' })],
      [policy('a', { user: 'other' }), policy('b', { scope: 'audit' })],
    ],
  ])('lets a change pass when %s', (_, before, after) => {
    expect(reason(before, after)).toBeNull();
  });

  it.each([
    ['nobody may write', [], [policy('a', { action: 'read' })], NO_WRITE],
    ['writing is taken back', [], [policy('a', { action: 'read, !write' })], NO_WRITE],
    [
      'the only one with write goes',
      [policy('a'), policy('b', { action: 'read' })],
      [policy('b', { action: 'read' })],
      NO_WRITE,
    ],
    [
      'it moves to another scope',
      [policy('a'), policy('b', { action: 'read' })],
      [policy('a', { scope: 'admin' }), policy('b', { action: 'read' })],
      NO_WRITE,
    ],
    ['it cannot be read', [], [policy('a', { user: 'h[' })], NO_WRITE],
    [
      'it has no realm',
      [],
      [policy('a', { realm: '' }), policy('b')],
      refused('no realm defined for system policy a!'),
    ],
    [
      'it has no user',
      [],
      [policy('a', { user: null }), policy('b')],
      refused('no user defined for system policy a!'),
    ],
    ['it is for somebody else', [], [policy('a', { user: 'someoneelse' })], NOT_MINE],
    ['it is for elsewhere', [], [policy('a', { client: '10.0.0.0/8' })], NOT_MINE],
    ['it is for another time', [], [policy('a', { time: '* 0-6 * * * *' })], NOT_MINE],
    [
      'my own policy hides it',
      [policy('a', { user: '*' })],
      [policy('a', { user: '*' }), policy('b', { action: '!write, read' })],
      NOT_MINE,
    ],
  ])('refuses a change when %s', (_, before, after, message) => {
    expect(reason(before, after)).toBe(message);
  });

  it('asks for nobody’s right in particular where nobody is at work', () => {
    expect(() => refuseLockout([], [policy('a', { user: 'someoneelse' })], null)).not.toThrow();
  });
});
