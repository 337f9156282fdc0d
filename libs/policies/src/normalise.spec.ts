import { normalisePolicy } from './normalise.js';
import type { StoredPolicy } from './policy.js';

const STORED: StoredPolicy = {
  name: 'p',
  scope: 'authentication',
  action: 'otppin=1',
  realm: 'MyDom, Other',
  user: 'Hans',
  client: '10.0.0.0/8',
  time: '* 7-17 * * * *;',
  active: 'True',
};

const normalised = (stored: Partial<StoredPolicy>) => normalisePolicy({ ...STORED, ...stored });

describe('a stored policy', () => {
  it('keeps its texts, but for the case of its realms', () => {
    expect(normalised({})).toEqual({ ...STORED, realm: 'mydom, other', isActive: true });
  });

  it.each(['selfservice', 'admin', 'enrollment', 'authorization', 'authentication'])(
    'of scope %s is for every user and client where none is named',
    (scope) => {
      for (const none of [null, '', 'None', ' None ']) {
        expect(normalised({ scope, user: none, client: none })).toMatchObject({ user: '*', client: '*' });
      }
    },
  );

  it.each([
    'system',
    'audit',
    'gettoken',
    'tools',
    'monitoring',
    'reporting',
    'reporting.access',
    'notification',
    'ocra',
  ])('of scope %s is for no user and no client where none is named', (scope) => {
    expect(normalised({ scope, user: null, client: 'None' })).toMatchObject({ user: '', client: '' });
  });

  it.each([null, '', 'None'])('holds at any time where its time is %j', (time) => {
    expect(normalised({ time }).time).toBe('* * * * * *;');
  });

  it('keeps an empty realm empty', () => {
    expect(normalised({ realm: 'None' }).realm).toBe('');
  });

  it.each([
    [null, true],
    ['', true],
    ['None', true],
    ['True', true],
    ['tRuE', true],
    ['False', false],
    ['1', false],
    ['yes', false],
  ])('with active %j is active: %p', (active, isActive) => {
    expect(normalised({ active }).isActive).toBe(isActive);
  });
});
