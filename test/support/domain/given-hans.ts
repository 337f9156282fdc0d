import { NO_POLICIES } from '@app/policies';
import { type ConfigurationSnapshot, type RealmUser, settingsOf } from '@app/realms';

/** A realm of one user store, as a change of tokens sees it. */
export const STAFF = {
  resolvers: new Map([
    ['first', { name: 'first', type: 'passwd', parameters: {}, secrets: {}, readonly: false, revision: '1' }],
  ]),
  realms: new Map([['staff', { name: 'staff', resolvers: ['first'] }]]),
  settings: settingsOf(new Map()),
  policies: NO_POLICIES,
} as Pick<ConfigurationSnapshot, 'resolvers' | 'realms' | 'settings' | 'policies'> as ConfigurationSnapshot;

/** One of its users. */
export const HANS = {
  login: 'hans',
  realm: 'staff',
  references: [{ resolver: 'first', userId: '1' }],
  record: {
    userId: '1',
    username: 'hans',
    description: '',
    email: '',
    givenName: '',
    surname: '',
    phone: '',
    mobile: '',
  },
} satisfies RealmUser;
