import { Unavailable } from '@app/kernel';
import { type StoredPolicy, compilePolicies, RealmRights } from '@app/policies';
import { type ConfigurationSnapshot, FindUser, settingsOf, UserDirectory } from '@app/realms';

import { PLAIN_FILE } from '../clients/given-token-file.js';
import { PredictableRandom } from './given-token.js';
import { TokensInMemory } from './tokens-in-memory.js';
import type { Token } from '../../../libs/tokens/src/token.js';
import { ImportRights } from '../../../libs/tokens/src/import/import-rights.js';
import { ImportTokens, type TokenImport } from '../../../libs/tokens/src/import/import-tokens.js';
import { TokenFileRefused } from '../../../libs/tokens/src/import/import.errors.js';
import { tokenFileFormat } from '../../../libs/tokens/src/import/formats.js';

const NOW = new Date('2026-01-02T03:04:05Z');
const CONTEXT = {
  action: 'admin/loadtokens',
  client: '192.0.2.1',
  administrator: 'admin',
  user: '',
  realm: '',
};
export const SEED = '3132333435363738393031323334353637383930';
export const OTHER = '0102030405060708091011121314151617181920';

/** Realms staff (anna, bert; carla is two people), lab (dora) and ext, whose resolver is away. */
function configurationOf(enrollment: readonly string[]): ConfigurationSnapshot {
  const stored = enrollment.map((action, place): StoredPolicy => ({
    name: `p${place}`,
    scope: 'enrollment',
    action,
    realm: '*',
    user: '*',
    client: '*',
    time: null,
    active: 'True',
  }));
  const realm = (name: string, ...resolvers: string[]) => [name, { name, resolvers }] as const;
  const resolver = (name: string) =>
    [name, { name, type: 'passwd', parameters: {}, secrets: {}, readonly: false, revision: '1' }] as const;
  return {
    version: 1,
    changedAt: NOW,
    settings: { ...settingsOf(new Map()), defaultRealm: 'staff' },
    entries: new Map(),
    realms: new Map([
      realm('staff', 'first', 'second'),
      realm('lab', 'third'),
      realm('ext', 'away'),
      realm('mixed', 'third', 'away'),
    ]),
    resolvers: new Map(['first', 'second', 'third', 'away'].map(resolver)),
    providers: [],
    policies: compilePolicies(stored),
    adminRealm: 'linotp_admins',
  };
}

const USERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  first: { anna: '1', carla: '3' },
  second: { bert: '2', carla: '4' },
  third: { dora: '5' },
};

interface Given {
  readonly tokens?: readonly Token[];
  readonly enrollment?: readonly string[];
  readonly rights?: ImportRights;
}

export function given({ tokens = [], enrollment = [], rights = ImportRights.ALL }: Given = {}) {
  const store = new TokensInMemory(tokens, NOW);
  const asked: string[] = [];
  const directory = {
    async byLogin({ name }: { name: string }, login: string) {
      asked.push(login);
      if (name === 'away') throw new Unavailable('the resolver does not answer');
      const userId = USERS[name]?.[login];
      const none = { description: '', email: '', givenName: '', surname: '', phone: '', mobile: '' };
      return userId === undefined ? null : { userId, username: login, ...none };
    },
  } as unknown as UserDirectory;
  const useCase = new ImportTokens(store, new FindUser(directory), new PredictableRandom());
  const run = (text: string, wish: Partial<TokenImport> & { readonly kind?: string } = {}) => {
    const format = tokenFileFormat(wish.kind ?? 'oathcsv');
    if (!format) throw new Error('no such format');
    return useCase.execute(
      {
        format,
        text,
        options: PLAIN_FILE,
        mostTokens: 1_000,
        fileName: 'tokens.csv',
        realm: null,
        active: null,
        overwrites: false,
        isDryRun: false,
        ...wish,
      },
      configurationOf(enrollment),
      rights,
      CONTEXT,
    );
  };
  return { store, run, asked };
}

export const rightsIn = (imports: readonly string[], assigns = imports) =>
  new ImportRights(RealmRights.of(imports), RealmRights.of(assigns));
export const line = (serial: string, ...more: readonly string[]) => [serial, SEED, ...more].join(',');
export const ownedBy = (serial: string, user: string, realm = '') =>
  line(serial, '', '', '', '', user, realm);

/** The lines that are named, and nothing was changed. */
export async function refused({ store }: Pick<ReturnType<typeof given>, 'store'>, work: Promise<unknown>) {
  const before = store.tokens;
  const error: unknown = await work.then(
    () => new Error('it was done'),
    (reason: unknown) => reason,
  );
  expect(store.tokens).toEqual(before);
  expect(store.recorded).toEqual([]);
  if (!(error instanceof TokenFileRefused)) throw error;
  return error.problems;
}
