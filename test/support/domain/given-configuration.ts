import { type StoredPolicy, compilePolicies } from '@app/policies';
import { type ConfigurationSnapshot, type RealmUser, settingsOf } from '@app/realms';

/** A user of realm staff. */
export const ANNA: RealmUser = {
  login: 'anna',
  realm: 'staff',
  references: [{ resolver: 'first', userId: '1' }],
  record: {
    userId: '1',
    username: 'anna',
    description: '',
    email: '',
    givenName: '',
    surname: '',
    phone: '',
    mobile: '',
  },
};

/** The action of a policy for everybody, of the scope that is meant; or one with conditions of its own. */
export type GivenPolicy = string | Partial<StoredPolicy>;

/** Of realms staff and ext, which have anna's resolver, and lab, which has another. */
export function configurationOf(...given: readonly GivenPolicy[]): ConfigurationSnapshot {
  return configurationIn('enrollment', given);
}

/** The same with policies of any scope. */
export function configurationIn(
  scope: string,
  given: readonly GivenPolicy[],
  entries: ConfigurationSnapshot['entries'] = new Map(),
): ConfigurationSnapshot {
  const stored = given.map((policy, place): StoredPolicy => ({
    name: `p${place}`,
    scope,
    action: '',
    realm: '*',
    user: '*',
    client: '*',
    time: null,
    active: 'True',
    ...(typeof policy === 'string' ? { action: policy } : policy),
  }));
  const resolver = (name: string) =>
    ({ name, type: 'passwd', parameters: {}, secrets: {}, readonly: false, revision: '1' }) as const;
  return {
    version: 1,
    changedAt: new Date('2026-01-02T03:04:05Z'),
    settings: { ...settingsOf(new Map()), defaultRealm: 'staff' },
    entries,
    realms: new Map([
      ['staff', { name: 'staff', resolvers: ['first'] }],
      ['ext', { name: 'ext', resolvers: ['first', 'second'] }],
      ['lab', { name: 'lab', resolvers: ['second'] }],
    ]),
    resolvers: new Map([['first', resolver('first')]]),
    providers: [],
    policies: compilePolicies(stored),
    adminRealm: 'linotp_admins',
  };
}
