import { Unavailable } from '@app/kernel';

import {
  AdminRealm,
  AdministratorsInMemory,
  LOCAL_RESOLVER,
  OneDirectory,
  STAFF_RESOLVER,
} from '../../../../test/support/domain/administrators-in-memory.js';
import { EMPTY_PROFILE } from './administrator.js';
import { FindAdministrator } from './find-administrator.js';

const NOW = new Date('2026-11-22T14:54:38Z');

async function given() {
  const administrators = new AdministratorsInMemory();
  await administrators.add('admin', 'plain:Test123!', EMPTY_PROFILE);
  await administrators.add('retired', 'plain:Test123!', EMPTY_PROFILE);
  await administrators.setEnabled('retired', false);
  const directory = new OneDirectory({ anna: 'annapw', admin: 'directorypw' });
  const snapshot = new AdminRealm(STAFF_RESOLVER, LOCAL_RESOLVER).current();
  const finder = new FindAdministrator(administrators, directory);
  const find = (username: string, resolver: string | null = null) =>
    finder.execute({ username, resolver }, snapshot, NOW);
  return { find, directory };
}

describe('finding an administrator by name', () => {
  it('takes the first resolver of the admin realm that knows the name', async () => {
    const { find } = await given();
    await expect(find('admin')).resolves.toMatchObject({ username: 'admin', resolver: STAFF_RESOLVER });
  });

  it('has the name that the directory has', async () => {
    const { find } = await given();
    await expect(find('Anna')).resolves.toMatchObject({ username: 'anna' });
  });

  it('asks one resolver only where it is told to', async () => {
    const { find } = await given();
    await expect(find('admin', LOCAL_RESOLVER.name)).resolves.toMatchObject({ resolver: LOCAL_RESOLVER });
    await expect(find('anna', LOCAL_RESOLVER.name)).resolves.toBeNull();
    await expect(find('admin', 'elsewhere')).resolves.toBeNull();
  });

  it.each(['nobody', 'retired', 'ad\0min'])('finds nobody for %j', async (username) => {
    const { find } = await given();
    await expect(find(username)).resolves.toBeNull();
  });

  it('does not take a directory that is away for an answer', async () => {
    const { find, directory } = await given();
    directory.isAway = true;
    await expect(find('anna')).rejects.toThrow(Unavailable);
    await expect(find('admin')).resolves.toMatchObject({ resolver: LOCAL_RESOLVER });
  });
});
