import { EMPTY_PROFILE, type LocalAdministrator } from '@app/realms';

import { LONG_TEMPLATE, SHORT_TEMPLATE, accountFormat } from './account-template.js';

const ANNA: LocalAdministrator = {
  username: 'anna',
  surname: 'Ångström',
  givenName: 'Anna',
  email: 'anna@example.test',
  phone: '123',
  mobile: '456',
  isEnabled: true,
  hasPassword: true,
};

describe('the line of an account', () => {
  it.each([
    { template: SHORT_TEMPLATE, line: 'anna' },
    { template: LONG_TEMPLATE, line: 'anna:Anna Ångström:anna@example.test:123:456' },
    { template: '{userid} {givenname} {surname}', line: 'anna Anna Ångström' },
    { template: '{username}{username}', line: 'annaanna' },
    { template: 'nothing', line: 'nothing' },
    { template: '', line: '' },
    { template: '{{{username}}} {{username}}', line: '{anna} {username}' },
  ])('of $template is $line', ({ template, line }) => {
    expect(accountFormat(template)(ANNA)).toBe(line);
  });

  it('takes what is in a field as it is', () => {
    expect(accountFormat('{surname}')({ ...ANNA, surname: '{phone} $& }}' })).toBe('{phone} $& }}');
  });

  it.each([
    { profile: { surname: '' }, name: 'Anna' },
    { profile: { givenName: '' }, name: 'Ångström' },
    { profile: EMPTY_PROFILE, name: '' },
  ])('has the name $name of the parts that there are', ({ profile, name }) => {
    expect(accountFormat('{name}')({ ...ANNA, ...profile })).toBe(name);
  });

  it.each([
    { isEnabled: true, hasPassword: true, state: 'enabled' },
    { isEnabled: true, hasPassword: false, state: 'no password' },
    { isEnabled: false, hasPassword: true, state: 'disabled' },
    { isEnabled: false, hasPassword: false, state: 'disabled' },
  ])('tells the state $state', ({ state, ...account }) => {
    expect(accountFormat('{state}')({ ...ANNA, ...account })).toBe(state);
  });

  it.each([
    { template: '{x}', problem: "invalid key 'x' in template" },
    { template: '{}', problem: "invalid key '' in template" },
    { template: '{Username}', problem: "invalid key 'Username' in template" },
    { template: '{password}', problem: "invalid key 'password' in template" },
    { template: '{constructor}', problem: "invalid key 'constructor' in template" },
    { template: '{username', problem: "single '{' in template" },
    { template: 'username}', problem: "single '}' in template" },
  ])('of $template is refused before any account is there', ({ template, problem }) => {
    expect(() => accountFormat(template)).toThrow(problem);
  });
});
