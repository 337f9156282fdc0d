import { policySubject } from './policy-subject.js';
import type { RealmUser } from './user.js';

const ANNA: RealmUser = {
  login: 'ANNA',
  realm: 'staff',
  references: [
    { resolver: 'first', userId: '1' },
    { resolver: 'second', userId: '1' },
  ],
  record: {
    userId: '1',
    username: 'anna',
    description: '',
    email: 'anna@example.test',
    givenName: 'Anna',
    surname: '',
    phone: '',
    mobile: '',
    attributes: { department: 'sales', badge: 7, groups: ['a'], room: null, email: 'other' },
  },
};

describe('policySubject', () => {
  it('has the login as the directory writes it, the resolvers, and the fields that are known', () => {
    const { login, realm, resolvers, attributes } = policySubject(ANNA);
    expect({ login, realm, resolvers, attributes }).toEqual({
      login: 'anna',
      realm: 'staff',
      resolvers: ['first', 'second'],
      attributes: {
        username: 'anna',
        userid: '1',
        email: 'anna@example.test',
        givenname: 'Anna',
        department: 'sales',
        badge: '7',
      },
    });
  });

  it.each(['Anna', 'ánna', 'anna ', ' an na', 'ANNÁ', 'ａｎｎａ', 'a\u0301nna', 'anna\u00a0'])(
    'has the name of the directory for "%s", which it takes for the same',
    (login) => {
      expect(policySubject({ ...ANNA, login }).login).toBe('anna');
    },
  );

  it('keeps a login that is no other spelling of the name', () => {
    expect(policySubject({ ...ANNA, login: 'a.arndt' }).login).toBe('a.arndt');
  });
});
