import { settingsOf } from '@app/realms';

import { loginNames } from './login-names.js';

const entries = (defaultRealm: string) =>
  new Map(defaultRealm === '' ? [] : [['DefaultRealm', { value: defaultRealm, type: '', description: '' }]]);
const configuration = (defaultRealm: string) => ({
  realms: new Map(['staff', 'guests'].map((name) => [name, { name, resolvers: [] }])),
  settings: settingsOf(entries(defaultRealm)),
});

describe('whom a login may mean (spec/validate-api §4.4)', () => {
  it.each([
    ['anna', null, ['anna@staff']],
    ['anna', ' Guests ', ['anna@guests']],
    ['anna', 'nosuch', ['anna@staff']],
    ['anna', '', ['anna@staff']],
    ['anna@guests', null, ['anna@guests@staff', 'anna@guests']],
    ['anna@Guests', 'staff', ['anna@Guests@staff', 'anna@guests']],
    ['anna@nosuch', null, ['anna@nosuch@staff']],
    ['guests\\anna', null, ['guests\\anna@staff', 'anna@guests']],
    ['a@b\\anna@guests', null, ['a@b\\anna@guests@staff', 'a@b\\anna@guests']],
    ['@guests', null, ['@guests@staff']],
  ])('%s, realm %j', (login, realm, names) => {
    const found = loginNames(login, realm, configuration('staff'));
    expect(found.map((name) => `${name.login}@${name.realm}`)).toEqual(names);
  });

  it('is nobody without a realm', () => {
    expect(loginNames('anna', null, configuration(''))).toEqual([]);
    expect(loginNames('anna', null, configuration('nosuch'))).toEqual([]);
  });
});
