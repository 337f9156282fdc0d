import type { Secret } from '@app/kernel';
import type { AdministratorAtWork, StoredPolicy } from '@app/policies';

import { ConfigurationInMemory, CONTEXT } from '../../../../test/support/domain/configuration-in-memory.js';
import type { GivenPolicy } from './complete-policy.js';
import { ImportPolicies } from './import-policies.js';
import { PolicySecrets } from './policy-secrets.js';
import { RemovePolicies } from './remove-policies.js';
import { SavePolicy } from './save-policy.js';

class OneSeal extends PolicySecrets {
  seal(): string {
    return 'sealed';
  }

  open(): Secret | null {
    return null;
  }
}

const ADMIN: AdministratorAtWork = {
  subject: { login: 'admin', realm: 'linotp_admins', resolvers: ['local'], attributes: null },
  client: '192.0.2.1',
  time: new Date('2026-11-22T12:00:00Z'),
};

const NOTHING: GivenPolicy = {
  name: 'p',
  scope: 'authentication',
  action: 'otppin=1',
  realm: '*',
  user: null,
  client: null,
  time: null,
  active: null,
};

function stored(name: string, scope: string, action: string, user = '*'): StoredPolicy {
  return { name, scope, action, realm: '*', user, client: '', time: '', active: 'True' };
}

function given(policies: readonly StoredPolicy[] = []) {
  const configuration = new ConfigurationInMemory({ policies });
  const secrets = new OneSeal();
  const saving = new SavePolicy(configuration, secrets);
  const importing = new ImportPolicies(configuration, secrets);
  const removing = new RemovePolicies(configuration);
  return {
    configuration,
    save: (wish: Partial<GivenPolicy>, lockout: AdministratorAtWork | 'enforced' = ADMIN) =>
      saving.execute({ given: { ...NOTHING, ...wish }, lockout, detail: 'what was sent' }, CONTEXT),
    load: (file: string) => importing.execute(file, 'from a file', CONTEXT),
    remove: (names: readonly string[], lockout: AdministratorAtWork | 'enforced' = ADMIN) =>
      removing.execute(names, lockout, CONTEXT),
    names: () => configuration.current().policies.all.map(({ name }) => name),
    find: (name: string) => configuration.current().policies.all.find((policy) => policy.name === name),
  };
}

describe('SavePolicy', () => {
  it('stores a policy, which is in force at once', async () => {
    const { save, configuration } = given();
    await save({ user: 'hans' });
    const subject = { login: 'hans', realm: '', resolvers: [], attributes: null };
    const query = { scope: 'authentication', action: 'otppin', subject };
    expect(configuration.current().policies.value(query)).toBe('1');
    expect(configuration.records).toEqual([{ succeeded: true, detail: 'what was sent', info: '' }]);
  });

  it('replaces one of the same name', async () => {
    const { save, names, find } = given([stored('p', 'authentication', 'passthru')]);
    await save({ scope: 'authorization', action: 'authorize' });
    expect(names()).toEqual(['p']);
    expect(find('p')).toMatchObject({ scope: 'authorization', action: 'authorize' });
  });

  it('makes it active unless something else is said', async () => {
    const { save, find } = given();
    await save({});
    expect(find('p')).toMatchObject({ active: 'True', isActive: true });
    await save({ active: 'false' });
    expect(find('p')).toMatchObject({ active: 'false', isActive: false });
    for (const active of ['', 'TRUE', 'None']) {
      await save({ active });
      expect(find('p')).toMatchObject({ isActive: true });
    }
  });

  it('records what the administrator should know', async () => {
    const { save, configuration } = given();
    await save({ realm: '*, -a' });
    expect(configuration.records[0]?.info).toBe('realm: * matches all, so -a beside it changes nothing');
  });

  it.each<[string, Partial<GivenPolicy>, string]>([
    ['no name', { name: null, action: null }, 'missing required parameter: name'],
    ['an empty name', { name: '', action: null }, 'The name of the policy must not be empty'],
    ['no action', { action: null, scope: null }, 'missing required parameter: action'],
    ['no scope', { scope: null, realm: null }, 'missing required parameter: scope'],
    ['no realm', { realm: null, name: 'a b' }, 'missing required parameter: realm'],
    ['an empty action', { action: '', name: 'a b' }, 'setPolicy failed: name and action required!'],
    [
      'odd characters in its name',
      { name: 'a b', scope: '' },
      'may only contain the characters  a-zA-Z0-9_.',
    ],
    ['an empty scope', { scope: '', realm: '' }, 'Missing attribute scope in policy p'],
    ['an empty realm', { realm: '' }, 'Missing attribute realm in policy p'],
    ['no user in scope system', { scope: 'system', action: 'read' }, 'Missing attribute user in policy p'],
    ['an unknown action', { action: 'foo' }, "unsupported policy action 'foo' in policy 'p' "],
    ['an unknown scope', { scope: 'nosuch' }, "unsupported policy action 'otppin' in policy 'p' "],
    ['a state that is none', { active: 'yes' }, "Parameter active of policy 'p': is neither True nor False"],
    ['a state with blanks', { active: ' True' }, "Parameter active of policy 'p'"],
    [
      'a scope in another case',
      { scope: 'Admin' },
      "Parameter scope of policy 'p': there is no 'Admin', but admin",
    ],
    ['a scope with blanks', { scope: 'authentication ' }, "Parameter scope of policy 'p'"],
    ['a user expression that is none', { user: 'h[' }, "Parameter user of policy 'p'"],
    ['a name that is too long', { name: 'p'.repeat(256) }, 'at most 255 characters'],
    [
      'a text that is too long',
      { user: 'u'.repeat(20_001) },
      'Attribute user of policy p has more than 20000',
    ],
  ])('refuses a policy with %s', async (_case, wish, message) => {
    const { save, names } = given();
    await expect(save(wish)).rejects.toThrow(message);
    expect(names()).toEqual([]);
  });

  it('accepts any action where they are not validated', async () => {
    const { save, configuration, names } = given();
    configuration.elsewhere(({ entries }) =>
      entries.set('policy_action_validation', { value: 'False', type: '', description: '' }),
    );
    await save({ action: 'foo' });
    expect(names()).toEqual(['p']);
    await save({ scope: 'ours', name: 'q' });
    await expect(save({ scope: 'ADMIN', name: 'r' })).rejects.toThrow("there is no 'ADMIN', but admin");
    expect(names()).toEqual(['p', 'q']);
  });

  it('refuses what would shut the administrator out, unless that is enforced', async () => {
    const { save, names } = given();
    const wish = { scope: 'system', action: 'read, write', user: 'someoneelse' };
    await expect(save(wish)).rejects.toThrow('potential lockout due to policy defintion: ');
    await expect(save({ ...wish, user: 'admin', action: 'read' })).rejects.toThrow(
      "Warning: potential lockout due to policy defintion: no active system policy with 'write' permission defined!",
    );
    expect(names()).toEqual([]);
    await save(wish, 'enforced');
    expect(names()).toEqual(['p']);
  });

  it('lets administrators through whom the policy names', async () => {
    const { save, names } = given();
    await save({ scope: 'system', action: 'read, write', user: 'admin', client: '' });
    expect(names()).toEqual(['p']);
  });

  it('seals secrets of servers before it says anything about them', async () => {
    const { save, find } = given();
    await save({ action: 'forward_server=radius://h/?secret=MarkedSecret' });
    expect(find('p')?.action).toBe('forward_server=radius://h/?encsecret=sealed');
    const failure = await save({ action: `otppin='1, forward_server=radius://h/?secret=MarkedSecret` }).catch(
      String,
    );
    expect(failure).toMatch(/non terminated .*secret=\*\*\*/);
  });
});

describe('RemovePolicies', () => {
  it('removes those that are there', async () => {
    const { remove, names, configuration } = given([stored('a', 'admin', '*'), stored('b', 'admin', '*')]);
    await expect(remove(['nosuch', 'a', 'a', ''])).resolves.toEqual(['a']);
    expect(names()).toEqual(['b']);
    expect(configuration.records).toEqual([{ succeeded: true, info: '' }]);
  });

  it('finds nothing wrong with names that no policy has', async () => {
    const { remove, configuration } = given();
    await expect(remove(['nosuch'])).resolves.toEqual([]);
    expect(configuration.records).toEqual([{ succeeded: false, info: 'nosuch' }]);
  });

  it('refuses names that no policy can have', async () => {
    const { remove } = given([stored('a', 'admin', '*')]);
    await expect(remove(['a', ' b'])).rejects.toThrow(
      'policy name may only contain the characters a-zA-Z0-9_',
    );
  });

  it('keeps the last right to change policies while others are restricted, unless that is enforced', async () => {
    const { remove, names } = given([
      stored('r', 'system', 'read', 'eve'),
      stored('w', 'system', 'write', 'admin'),
    ]);
    await expect(remove(['w'])).rejects.toThrow("no active system policy with 'write' permission defined!");
    expect(names()).toEqual(['r', 'w']);
    await remove(['w'], 'enforced');
    expect(names()).toEqual(['r']);
  });
});

describe('ImportPolicies', () => {
  it('stores what the file has, and keeps the others', async () => {
    const { load, names, find, configuration } = given([
      stored('kept', 'admin', '*'),
      stored('a', 'admin', '*'),
    ]);
    const file =
      '[a]\nscope = system\naction = read\nuser = eve\n[b]\nscope = authorization\naction = authorize\nclient = ""\n';
    await expect(load(file)).resolves.toBe(2);
    expect(names()).toEqual(['a', 'b', 'kept']);
    expect(find('a')).toMatchObject({ scope: 'system', user: 'eve', realm: '*', isActive: true });
    expect(find('b')).toMatchObject({ client: '*', user: '*', time: '*' });
    expect(configuration.records).toEqual([{ succeeded: true, info: 'from a file', detail: '' }]);
  });

  it.each([
    ['nothing', ' \n', 'Error loading policy. File is empty!'],
    ['a policy without an action', '[a]\nscope = admin\n', "'action'"],
    ['a policy without a scope', '[a]\naction = show\n', "'scope'"],
    ['a name that no policy can have', '[a b]\nscope = admin\naction = show\n', 'may only contain'],
    ['an action that no scope has', '[a]\nscope = admin\naction = foo\n', "unsupported policy action 'foo'"],
    ['a state that is none', '[a]\nscope = admin\naction = show\nactive = 1\n', "active of policy 'a'"],
    ['a scope in another case', '[a]\nscope = Admin\naction = show\n', "scope of policy 'a'"],
    [
      'a secret of another installation',
      '[a]\nscope = authentication\naction = forward_server=radius://h?encsecret=ab%3Acd\n',
      'give its secret',
    ],
  ])('refuses a file with %s, whole', async (_case, file, message) => {
    const { load, names } = given();
    await expect(
      load(`[fine]\nscope = admin\naction = show\n${file}`.slice(file.trim() === '' ? 42 : 0)),
    ).rejects.toThrow(message);
    expect(names()).toEqual([]);
  });
});
