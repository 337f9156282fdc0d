import type { AuditContext, AuditFacts, Audited } from '@app/audit';
import { Invalid } from '@app/kernel';
import { AdministratorChanges, type AdministratorStore, EMPTY_PROFILE } from '@app/realms';

import { AdministratorsInMemory } from '../../../test/support/domain/administrators-in-memory.js';
import { AdministratorAccounts, LastAdministrator } from './administrator-accounts.js';

class ChangesInMemory extends AdministratorChanges {
  readonly store = new AdministratorsInMemory();
  readonly records: (AuditContext & AuditFacts)[] = [];

  async change<T>(
    context: AuditContext,
    work: (administrators: AdministratorStore) => Promise<Audited<T>>,
  ): Promise<T> {
    const { result, facts } = await work(this.store);
    this.records.push({ ...context, ...facts });
    return result;
  }
}

/** @param names of enabled accounts with a password */
async function given(...names: string[]) {
  const changes = new ChangesInMemory();
  for (const name of names) await changes.store.add(name, 'plain:x', EMPTY_PROFILE);
  const context = { client: '', administrator: 'root@console', realm: 'admins' };
  const accounts = new AdministratorAccounts(changes, context);
  const state = async () =>
    (await changes.store.list()).map(({ username, isEnabled }) => `${username} ${isEnabled}`);
  return { changes, store: changes.store, accounts, state };
}

describe('changes of administrators by an operator', () => {
  it('add an account without a password', async () => {
    const { accounts, store } = await given();
    await accounts.add('anna@home', { phone: '123' });
    await expect(store.list()).resolves.toMatchObject([
      { username: 'anna@home', phone: '123', hasPassword: false, isEnabled: true },
    ]);
  });

  it.each(['', ' anna', 'an\nna', 'x'.repeat(256)])('add no account named %j', async (name) => {
    const { accounts, store } = await given();
    await expect(accounts.add(name, {})).rejects.toThrow(Invalid);
    await expect(store.list()).resolves.toEqual([]);
  });

  it('are recorded with who, what and whom, and without values', async () => {
    const { accounts, changes } = await given('admin', 'anna');
    await accounts.add('eva', { phone: '123', email: 'eva@example.test' });
    await accounts.modify('eva', { surname: 'Eve' });
    await accounts.setPassword('eva', 'plain:geheim1');
    await accounts.disable('anna', false);
    await accounts.enable('anna');
    await accounts.remove('anna', false);
    const by = { administrator: 'root@console', client: '', realm: 'admins', succeeded: true };
    expect(changes.records).toEqual([
      { ...by, action: 'local-admins/add', user: 'eva', info: 'phone, email' },
      { ...by, action: 'local-admins/modify', user: 'eva', info: 'surname' },
      { ...by, action: 'local-admins/password', user: 'eva', info: '' },
      { ...by, action: 'local-admins/disable', user: 'anna', info: '' },
      { ...by, action: 'local-admins/enable', user: 'anna', info: '' },
      { ...by, action: 'local-admins/remove', user: 'anna', info: '' },
    ]);
  });
});

describe.each(['disable', 'remove'] as const)('to %s an administrator', (change) => {
  it('is refused for the last one', async () => {
    const { accounts, state, changes } = await given('admin');
    await expect(accounts[change]('admin', false)).rejects.toThrow(LastAdministrator);
    await expect(state()).resolves.toEqual(['admin true']);
    expect(changes.records).toEqual([]);
  });

  it('is refused when the others have no password, or are disabled', async () => {
    const { accounts, store } = await given('admin', 'disabled');
    await store.setEnabled('disabled', false);
    await store.add('no password', null, EMPTY_PROFILE);
    await expect(accounts[change]('admin', false)).rejects.toThrow(LastAdministrator);
  });

  it('is done for the last one when it is forced', async () => {
    const { accounts, state } = await given('admin');
    await accounts[change]('admin', true);
    await expect(state()).resolves.toEqual(change === 'remove' ? [] : ['admin false']);
  });

  it('is done while somebody else can log in', async () => {
    const { accounts, state } = await given('admin', 'anna');
    await accounts[change]('admin', false);
    await expect(state()).resolves.toEqual(
      change === 'remove' ? ['anna true'] : ['admin false', 'anna true'],
    );
  });

  it('is done for those who could not log in anyway', async () => {
    const { accounts, store, state } = await given('admin', 'disabled');
    await store.setEnabled('disabled', false);
    await accounts[change]('disabled', false);
    await expect(state()).resolves.toContain('admin true');
  });
});
