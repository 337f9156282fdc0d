import { Secret, Unavailable } from '@app/kernel';
import { type StoredPolicy, compilePolicies, RealmRights } from '@app/policies';
import { type ConfigurationSnapshot, FindUser, settingsOf, UserDirectory } from '@app/realms';

import { PLAIN_FILE } from '../../../../test/support/clients/given-token-file.js';
import {
  PredictableRandom,
  RFC_KEY,
  givenHotpToken,
  givenTotpToken,
} from '../../../../test/support/domain/given-token.js';
import { TokensInMemory } from '../../../../test/support/domain/tokens-in-memory.js';
import { matchesPin } from '../pin.js';
import type { Token } from '../token.js';
import { EnrolmentDenied, RealmTokensExceeded, TokenDenied, UserTokensExceeded } from '../token.errors.js';
import { ImportRights } from './import-rights.js';
import { ImportTokens, type TokenImport } from './import-tokens.js';
import { ImportDenied, NoTargetRealm, TokenFileRefused } from './import.errors.js';
import { tokenFileFormat } from './formats.js';

const NOW = new Date('2026-01-02T03:04:05Z');
const CONTEXT = {
  action: 'admin/loadtokens',
  client: '192.0.2.1',
  administrator: 'admin',
  user: '',
  realm: '',
};
const SEED = '3132333435363738393031323334353637383930';
const OTHER = '0102030405060708091011121314151617181920';

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

function given({ tokens = [], enrollment = [], rights = ImportRights.ALL }: Given = {}) {
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

const rightsIn = (imports: readonly string[], assigns = imports) =>
  new ImportRights(RealmRights.of(imports), RealmRights.of(assigns));
const line = (serial: string, ...more: readonly string[]) => [serial, SEED, ...more].join(',');
const ownedBy = (serial: string, user: string, realm = '') => line(serial, '', '', '', '', user, realm);

/** The lines that are named, and nothing was changed. */
async function refused({ store }: Pick<ReturnType<typeof given>, 'store'>, work: Promise<unknown>) {
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

describe('ImportTokens', () => {
  it('makes tokens of lines, and one record of all', async () => {
    const { store, run } = given();
    const result = await run(`${line('A')}\n${line('B', 'totp', '8', '60', 'sha256')}\n# nothing\nC`, {
      realm: 'lab',
    });
    expect(result).toEqual({
      created: 2,
      renewed: 0,
      skipped: { notes: [{ line: 4, reason: 'there is no seed' }], count: 1 },
    });
    expect(store.token('A')).toMatchObject({
      type: 'hotp',
      active: true,
      owner: null,
      realms: ['lab'],
      pin: null,
      digits: 6,
      hash: 'sha1',
      counter: 0,
      description: 'imported',
      maxFailures: 10,
      time: null,
    });
    expect(store.token('A').secret.equals(Secret.of(RFC_KEY))).toBe(true);
    expect(store.token('B')).toMatchObject({
      type: 'totp',
      digits: 8,
      hash: 'sha256',
      time: { stepSeconds: 60, shiftSeconds: 0 },
    });
    expect(store.recorded).toEqual([
      {
        succeeded: true,
        serial: 'A, B',
        tokenType: 'HMAC, TOTP',
        user: '',
        realm: 'lab',
        info: 'oathcsv, tokens.csv (imported: 2)',
        each: [
          { serial: 'A', tokenType: 'HMAC', user: '', realm: 'lab' },
          { serial: 'B', tokenType: 'TOTP', user: '', realm: 'lab' },
        ],
        detail: 'tokennum = 2',
      },
    ]);
  });

  it('imports the counters that a file knows', async () => {
    const { store, run } = given();
    const text = `<Tokens><Token serial="A"><Applications><Application><Seed>${SEED}</Seed><MovingFactor>17</MovingFactor></Application></Applications></Token></Tokens>`;
    await run(text, { kind: 'aladdin-xml' });
    expect(store.token('A').counter).toBe(17);
  });

  it.each([
    [null, true],
    [true, true],
    [false, false],
  ])('makes active what is to be: %s', async (active, expected) => {
    const { store, run } = given();
    await run(line('A'), { active });
    expect(store.token('A').active).toBe(expected);
  });

  it('imports nothing of a file with one line that is wrong', async () => {
    const setup = given();
    expect(await refused(setup, setup.run(`${line('A')}\nB,xyz\n${line('A')}`))).toEqual([
      { line: 2, reason: 'The provided token seed contains non-hexadecimal characters' },
      { line: 3, reason: 'the serial A stands in line 1 already' },
    ]);
  });

  it('imports no token whose type needs more than a file tells', async () => {
    const setup = given();
    const problems = await refused(setup, setup.run(`${line('A')}\n${line('B', 'pw')}`));
    expect(problems.map(({ line: place }) => place)).toEqual([2]);
  });

  it('takes everything back in a dry run', async () => {
    const setup = given({ tokens: [givenHotpToken({ serial: 'A', counter: 3 })] });
    const before = setup.store.tokens;
    const result = await setup.run(`${line('A')}\n${line('B')}`, { isDryRun: true, overwrites: true });
    expect(result).toMatchObject({ created: 1, renewed: 1 });
    expect(setup.store.tokens).toEqual(before);
    expect(setup.store.recorded).toEqual([]);
  });

  it('tells how far it is, and ends when it is told to', async () => {
    const setup = given();
    const told: string[] = [];
    const text = Array.from({ length: 600 }, (_, place) => line(`A${place}`)).join('\n');
    const stop = new AbortController();
    const onProgress = (done: number, total: number) => {
      told.push(`${done}/${total}`);
      stop.abort(new Error('enough'));
    };
    await expect(refused(setup, setup.run(text, { onProgress, signal: stop.signal }))).rejects.toThrow(
      'enough',
    );
    expect(told).toEqual(['500/600']);
  });

  describe('with tokens that there are already', () => {
    const EXISTING = givenHotpToken({
      serial: 'A',
      counter: 7,
      failures: 4,
      description: 'mine',
      realms: ['lab'],
      active: false,
    });

    it('leaves them alone unless overwriting is asked for, and names each', async () => {
      const setup = given({ tokens: [EXISTING, givenHotpToken({ serial: 'C' })] });
      expect(await refused(setup, setup.run(`${line('A')}\n${line('B')}\n${line('C')}`))).toEqual([
        { line: 1, reason: 'token A exists already, and overwriting was not asked for' },
        { line: 3, reason: 'token C exists already, and overwriting was not asked for' },
      ]);
    });

    it.each([
      ['the same seed keeps its counter', SEED, 7],
      ['another seed begins anew', OTHER, 0],
    ])('enrols them anew: %s', async (_what, seed, counter) => {
      const { store, run } = given({ tokens: [EXISTING] });
      const result = await run(`A,${seed},,8`, { overwrites: true });
      expect(result).toMatchObject({ created: 0, renewed: 1 });
      expect(store.token('A')).toMatchObject({
        id: 1,
        counter,
        failures: 0,
        digits: 8,
        // What the file does not speak of.
        description: 'mine',
        realms: ['lab'],
        active: false,
      });
      expect(store.token('A').secret.equals(Secret.of(Buffer.from(seed, 'hex')))).toBe(true);
    });

    it.each([
      ['raises the counter that the file knows to be higher', SEED, 9, 9],
      ['never lowers it', SEED, 3, 7],
      ['takes the lower one with another seed', OTHER, 3, 3],
    ])('%s', async (_what, seed, counter, expected) => {
      const { store, run } = given({ tokens: [EXISTING] });
      await run(`serial,seed,counter\nA,${seed},${counter}`, { overwrites: true });
      expect(store.token('A').counter).toBe(expected);
    });

    it('converts the counter to another time step, rounded up', async () => {
      const { store, run } = given({ tokens: [givenTotpToken({ serial: 'A', counter: 101 })] });
      await run(line('A', 'totp', '6', '60'), { overwrites: true });
      expect(store.token('A').counter).toBe(51);
    });

    it('gives them the owner, realm, PIN, description and state that are said', async () => {
      const { store, run } = given({ tokens: [EXISTING] });
      await run(`serial,seed,user,pin,description\nA,${SEED},anna,1234,new`, {
        overwrites: true,
        active: true,
      });
      const token = store.token('A');
      expect(token).toMatchObject({
        owner: { resolver: 'first', userId: '1' },
        realms: ['staff'],
        description: 'new',
        active: true,
      });
      expect(matchesPin(token.pin, '1234')).toBe(true);
    });

    it('does not change a type', async () => {
      const setup = given({ tokens: [EXISTING] });
      expect(
        await refused(setup, setup.run(`${line('B')}\n${line('A', 'totp')}`, { overwrites: true })),
      ).toEqual([
        { line: 2, reason: 'token A exists already with type HMAC, and cannot become one of type TOTP' },
      ]);
    });
  });

  describe('with owners', () => {
    it('finds them, each once, and puts their tokens into their realms', async () => {
      const { store, run, asked } = given();
      const lines = [
        ownedBy('A', 'anna'),
        ownedBy('B', 'anna'),
        ownedBy('C', 'dora@lab'),
        ownedBy('D', 'dora', 'LAB'),
        line('E'),
      ];
      await run(lines.join('\n'), { realm: 'ext' });
      expect(
        store.tokens.map(({ serial, owner, realms }) => [serial, owner?.userId ?? null, realms]),
      ).toEqual([
        ['A', '1', ['staff', 'ext']],
        ['B', '1', ['staff', 'ext']],
        ['C', '5', ['lab', 'ext']],
        ['D', '5', ['lab', 'ext']],
        ['E', null, ['ext']],
      ]);
      expect(store.token('A').owner).toEqual({ resolver: 'first', userId: '1', resolverType: 'passwd' });
      expect(asked.toSorted()).toEqual(['anna', 'anna', 'dora', 'dora']);
    });

    it('names the lines of those whom nobody knows, or who are several', async () => {
      const setup = given();
      const lines = [
        ownedBy('A', 'nobody'),
        ownedBy('B', 'anna'),
        ownedBy('C', 'carla'),
        ownedBy('D', 'anna', 'lab'),
      ];
      expect(await refused(setup, setup.run(lines.join('\n')))).toEqual([
        { line: 1, reason: "no user >nobody< found in realm 'staff'" },
        { line: 3, reason: "several users >carla< found in realm 'staff'" },
        { line: 4, reason: "no user >anna< found in realm 'lab'" },
      ]);
    });

    it.each([
      ['alone', ownedBy('A', 'anyone', 'ext')],
      ['beside one that knows the user', ownedBy('A', 'dora', 'mixed')],
    ])('imports nothing while a directory is away: %s', async (_what, text) => {
      const setup = given();
      await expect(refused(setup, setup.run(text))).rejects.toThrow(Unavailable);
    });

    it('demands that named realms exist', async () => {
      const setup = given();
      expect(await refused(setup, setup.run(line('A', '', '', '', '', '', 'nosuch')))).toEqual([
        { line: 1, reason: "there is no realm 'nosuch'" },
      ]);
    });
  });

  describe('with policies', () => {
    const ANNA = ownedBy('A', 'anna');

    it.each<[string, readonly string[], string | null, readonly string[]]>([
      ['the first of the realms that are granted', ['staff', 'lab', 'gone'], null, ['lab']],
      ['the realm that is named', ['staff', 'lab'], 'staff', ['staff']],
    ])('puts tokens into %s', async (_what, granted, realm, expected) => {
      const { store, run } = given({ rights: rightsIn(granted) });
      await run(line('A'), { realm });
      expect(store.token('A').realms).toEqual(expected);
    });

    it.each<[string, ImportRights, string, Partial<TokenImport>, new (...parts: never[]) => Error]>([
      ['without the right', rightsIn([]), line('A'), {}, ImportDenied],
      ['into another realm', rightsIn(['lab']), line('A'), { realm: 'staff' }, ImportDenied],
      ['into a realm that there is not', ImportRights.ALL, line('A'), { realm: 'nosuch' }, NoTargetRealm],
      ['into realms that there are not', rightsIn(['nosuch']), line('A'), {}, NoTargetRealm],
      ['for somebody of another realm', rightsIn(['lab']), ANNA, {}, ImportDenied],
      [
        'for somebody of another realm, who is not there',
        rightsIn(['lab']),
        ownedBy('A', 'nobody'),
        {},
        ImportDenied,
      ],
      ['for somebody to whom nothing may be given', rightsIn(['staff'], ['lab']), ANNA, {}, TokenDenied],
      [
        'into another realm of a line',
        rightsIn(['lab']),
        line('A', '', '', '', '', '', 'staff'),
        {},
        ImportDenied,
      ],
      ['over a token of other realms', rightsIn(['lab']), line('OLD'), { overwrites: true }, EnrolmentDenied],
      ['over a token of no realm', rightsIn(['lab']), line('NONE'), { overwrites: true }, EnrolmentDenied],
    ])('imports nothing %s', async (_what, rights, text, wish, error) => {
      const tokens = [
        givenHotpToken({ serial: 'OLD', realms: ['lab', 'staff'] }),
        givenHotpToken({ serial: 'NONE' }),
      ];
      const setup = given({ rights, tokens });
      await expect(refused(setup, setup.run(text, wish))).rejects.toThrow(error);
    });

    it('asks for no user in realms that are not granted', async () => {
      const { run, asked } = given({ rights: rightsIn(['lab']) });
      await expect(run(ANNA)).rejects.toThrow(ImportDenied);
      expect(asked).toEqual([]);
    });

    it('makes PINs up where a policy says so, instead of any in the file', async () => {
      const { store, run } = given({ enrollment: ['otp_pin_random=6'] });
      await run(`serial,seed,pin\nA,${SEED},1234\nB,${SEED},`);
      expect(matchesPin(store.token('A').pin, '1234')).toBe(false);
      expect(matchesPin(store.token('B').pin, '')).toBe(false);
    });

    const three = [line('A'), line('B'), line('C')].join('\n');

    it.each<[string, string, Partial<TokenImport>, readonly Token[], boolean]>([
      ['more than a realm takes', 'tokencount=2', { realm: 'lab' }, [], false],
      [
        'more than are left',
        'tokencount=3',
        { realm: 'lab' },
        [givenHotpToken({ serial: 'OLD', realms: ['lab'] })],
        false,
      ],
      ['as many as it takes', 'tokencount=3', { realm: 'lab' }, [], true],
      ['more that are not active', 'tokencount=2', { realm: 'lab', active: false }, [], true],
      ['more, into no realm', 'tokencount=2', {}, [], true],
      [
        'a token that was there before',
        'tokencount=3',
        { realm: 'lab', overwrites: true },
        [givenHotpToken({ serial: 'A', realms: ['lab'] })],
        true,
      ],
      [
        'a token from elsewhere',
        'tokencount=2',
        { realm: 'lab', overwrites: true },
        [givenHotpToken({ serial: 'A', realms: ['staff'] })],
        false,
      ],
    ])('knows the limits of realms: %s', async (_what, policy, wish, tokens, isDone) => {
      const setup = given({ enrollment: [policy], tokens });
      if (isDone) await setup.run(three, wish);
      else await expect(refused(setup, setup.run(three, wish))).rejects.toThrow(RealmTokensExceeded);
      expect(setup.store.recorded).toHaveLength(isDone ? 1 : 0);
    });

    const OWNED = givenHotpToken({
      serial: 'OLD',
      owner: { resolver: 'first', userId: '1', resolverType: 'passwd' },
    });

    it.each<[string, string, readonly string[], readonly Token[], boolean]>([
      ['more than a user may have', 'maxtoken=1', [ANNA, ownedBy('B', 'anna')], [], false],
      ['more than are left', 'maxtoken=1', [ANNA], [OWNED], false],
      ['one for each', 'maxtoken=1', [ANNA, ownedBy('B', 'bert')], [], true],
      ['nobody’s', 'maxtoken=1', [line('A'), line('B')], [], true],
      ['too many of a type', 'maxtokenHMAC=1', [ANNA, ownedBy('B', 'anna')], [], false],
      ['one of each type', 'maxtokenHMAC=1', [ANNA, line('B', 'totp', '', '', '', 'anna')], [], true],
    ])('knows the limits of users: %s', async (_what, policy, lines, tokens, isDone) => {
      const setup = given({ enrollment: [policy], tokens });
      const text = lines.join('\n');
      if (isDone) await setup.run(text);
      else await expect(refused(setup, setup.run(text))).rejects.toThrow(UserTokensExceeded);
      expect(setup.store.recorded).toHaveLength(isDone ? 1 : 0);
    });
  });

  it('names few serials of many in its record', async () => {
    const { store, run } = given();
    await run(Array.from({ length: 200 }, (_, place) => line(`A${place}`)).join('\n'));
    const [record] = store.recorded;
    expect(record?.serial?.split(', ')).toHaveLength(50);
    expect(record?.info).toContain('(imported: 200)');
  });
});
