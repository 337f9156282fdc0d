import { subjectKey } from './login-keys.js';

const nobody = (login: string, realm = 'staff') =>
  subjectKey({ kind: 'nobody', login, realm, isUnknown: true });

describe('subjectKey', () => {
  it.each([
    ['Anna', 'anna'],
    [' anna ', 'anna'],
    ['anna  b', 'anna\tb'],
    // Composed or not, full width or not.
    ['zo\u00eb', 'zoe\u0308'],
    ['\uff41nna', 'anna'],
    ['a'.repeat(1_000_000), 'a'.repeat(300)],
  ])('is the same for %s and %s', (one, other) => {
    expect(nobody(one)).toBe(nobody(other));
  });

  it('is the same in all spellings of a realm, and another in another one', () => {
    expect(nobody('anna', 'STAFF')).toBe(nobody('anna'));
    expect(nobody('anna', 'ext')).not.toBe(nobody('anna'));
  });

  it('is that of the account for users, however they are called', () => {
    const user = (login: string) =>
      subjectKey({
        kind: 'user',
        login,
        realm: 'staff',
        owner: { references: [{ resolver: 'first', userId: '1' }], realm: 'staff' },
        serial: null,
        onlyToken: false,
      });
    expect(user('ANNA')).toBe(user('anna'));
  });
});
