import { EMPTY_PROFILE } from '@app/realms';

import {
  AdministratorsInMemory,
  LOCAL_RESOLVER,
  PlainPasswords,
} from '../../test/support/domain/administrators-in-memory.js';
import { LocalAdministratorsResolver } from './local-administrators-resolver.js';

async function given() {
  const administrators = new AdministratorsInMemory();
  await administrators.add('admin', 'plain:secret', { ...EMPTY_PROFILE, surname: 'Arndt' });
  await administrators.add('new', null, EMPTY_PROFILE);
  await administrators.add('disabled', 'plain:secret', EMPTY_PROFILE);
  await administrators.setEnabled('disabled', false);
  const passwords = new PlainPasswords();
  const resolver = new LocalAdministratorsResolver(administrators, passwords, LOCAL_RESOLVER.name);
  const none = { description: '', email: '', givenName: '', surname: '', phone: '', mobile: '' };
  const hasPassword = (username: string, password: string) =>
    resolver.hasPassword(LOCAL_RESOLVER, { userId: username, username, ...none }, password);
  return { resolver, passwords, hasPassword };
}

describe('LocalAdministratorsResolver', () => {
  it.each([
    ['admin', 'secret', true],
    ['admin', 'wrong', false],
    ['admin', '', false],
    // Typed on a Mac or pasted from elsewhere, it is the same password.
    ['admin', 'ｓecret', true],
    ['disabled', 'secret', false],
    ['new', '', false],
    ['nobody', 'secret', false],
  ])('of %j, %j is the password: %j, after the work of one check', async (username, password, expected) => {
    const { hasPassword, passwords } = await given();
    await expect(hasPassword(username, password)).resolves.toBe(expected);
    expect(passwords.checks).toBe(1);
  });

  it('knows its administrators as users whose login is their user id', async () => {
    const { resolver } = await given();
    const admin = { userId: 'admin', username: 'admin', surname: 'Arndt' };
    await expect(resolver.byLogin(LOCAL_RESOLVER, 'admin')).resolves.toMatchObject(admin);
    await expect(resolver.byId(LOCAL_RESOLVER, 'admin')).resolves.toMatchObject(admin);
    await expect(resolver.byLogin(LOCAL_RESOLVER, 'nobody')).resolves.toBeNull();
    const pages = resolver.search(LOCAL_RESOLVER, { fields: { surname: 'a*' }, anyField: null });
    await expect(pages.next()).resolves.toMatchObject({ value: [admin] });
  });

  it('is shown as LinOTP shows it', async () => {
    const { parameters } = (await given()).resolver.description;
    const shown = Object.fromEntries(parameters.map(({ name, fallback }) => [name, fallback]));
    // Recording getConfig.
    expect(shown).toMatchObject({
      Table: 'imported_user',
      Where: "groupid = 'LinOTP_local_admins'",
      Limit: '1000',
      Encoding: 'utf-8',
      Server: '',
    });
  });
});
