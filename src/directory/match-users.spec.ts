import type { UserRecord } from '@app/realms';

import { userMatcher } from './match-users.js';

const user = (username: string, more: Partial<UserRecord> = {}): UserRecord => ({
  userId: '1',
  username,
  description: '',
  email: '',
  givenName: '',
  surname: '',
  phone: '',
  mobile: '',
  ...more,
});

const USERS = [
  user('anna', {
    userId: '2001',
    surname: 'Arndt',
    givenName: 'Anna',
    email: 'anna@example.test',
    description: 'Room 1',
  }),
  user('bernd', { userId: '2002', surname: 'Braun', phone: '+49 102', mobile: '+49 002' }),
  user('Carla', { userId: '300', surname: 'ÄRNDT' }),
];

const found = (fields: Record<string, string>, anyField: string | null = null) =>
  USERS.filter(userMatcher({ fields, anyField })).map(({ username }) => username);

describe('userMatcher', () => {
  it.each([
    [{ username: '*' }, ['anna', 'bernd', 'Carla']],
    [{ username: 'ANNA' }, ['anna']],
    [{ username: 'ann' }, []],
    [{ username: '*r*' }, ['bernd', 'Carla']],
    [{ username: 'a*a' }, ['anna']],
    [{ username: 'an*na*na' }, []],
    [{ username: 'a*na' }, ['anna']],
    [{ username: '' }, []],
    [{ surname: 'ärn*' }, ['Carla']],
    [{ email: '*@example.test' }, ['anna']],
    [{ description: 'room*' }, ['anna']],
    [{ givenname: 'anna' }, ['anna']],
    [{ phone: '*102' }, ['bernd']],
    [{ mobile: '+49*' }, ['bernd']],
    [{ userid: '2001' }, ['anna']],
    [{ userid: '200*' }, ['anna', 'bernd']],
    [{ userid: '<=2001' }, ['anna', 'Carla']],
    [{ userid: 'between 301,2001' }, ['anna']],
    [{ username: '<=z' }, []],
    [{ surname: '*rndt', userid: '> 1000' }, ['anna']],
  ])('%j finds %j', (fields, expected) => {
    expect(found(fields as Record<string, string>)).toEqual(expected);
  });

  it('passes over fields that it does not know', () => {
    expect(found({ username: 'anna', constructor: 'x', shoesize: '43' })).toEqual(['anna']);
  });

  it('looks for one pattern in any field, within what else is asked', () => {
    expect(found({}, '*room*')).toEqual(['anna']);
    expect(found({}, '2002')).toEqual(['bernd']);
    expect(found({ username: 'b*' }, '*rn*')).toEqual(['bernd']);
    expect(found({ username: 'C*' }, '2002')).toEqual([]);
  });
});
