import { Occupied, Unavailable } from '@app/kernel';

import { givenPasswordToken, pinOf } from '../../../test/support/domain/given-token.js';
import type { LoginRequest } from './login-request.js';
import {
  NOW,
  OWNER,
  TOKEN,
  configurationOf,
  ConfigurationInMemory,
  given,
  byUser,
  RIGHT,
} from '../../../test/support/domain/given-logins.js';

describe('Authenticate', () => {
  it('has 32 logins of a token wait, whatever names it, and turns the others away at once', async () => {
    const { login, committer } = given();
    let release: () => void = () => undefined;
    committer.opens = new Promise<void>((resolve) => (release = resolve));
    const names = [
      byUser('anna'),
      byUser('anna', { realm: 'STAFF' }),
      { kind: 'serial', serial: 'OATH1' } as const,
    ];
    const refused: unknown[] = [];
    const served: unknown[] = [];
    const answers = Array.from({ length: 40 }, (_, turn) =>
      login(RIGHT, names[turn % names.length]).then(
        (answer) => served.push(answer),
        (error: unknown) => refused.push(error),
      ),
    );
    // Everything but the commits has its turn.
    await new Promise((resolve) => setImmediate(resolve));
    expect(refused).toEqual(Array.from({ length: 8 }, () => expect.any(Occupied)));
    release();
    await Promise.all(answers);
    expect(served).toHaveLength(32);
  });

  describe('a client that met no token too often', () => {
    it.each([
      { what: 'an unknown user', tokens: [TOKEN], by: byUser('nobody') },
      { what: 'an unknown serial', tokens: [], by: { kind: 'serial', serial: 'NONE' } as const },
      { what: 'a user without a token', tokens: [], by: byUser('anna') },
      { what: 'another serial of a user', tokens: [TOKEN], by: { ...byUser('anna'), serial: 'OTHER' } },
    ])('gets the same answer, without a record of its own: $what', async ({ tokens, by }) => {
      const { login, store } = given({ tokens, budget: 1 });
      const answers = [];
      for (let turn = 0; turn < 15; turn++) answers.push(await login(RIGHT, by));
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
      expect(answers[0]?.verdict.kind).toBe('rejected');
      expect(store.commits).toHaveLength(10);
    });

    it('logs in like everybody else', async () => {
      const { login, store } = given({ budget: 1 });
      for (let turn = 0; turn < 15; turn++) await login(RIGHT, byUser('nobody'));
      await expect(login(RIGHT)).resolves.toMatchObject({ verdict: { kind: 'accepted' } });
      await login('wrong');
      expect(store.commits).toHaveLength(12);
    });
  });

  it('accepts what the commit confirms', async () => {
    const { login, store } = given();
    await expect(login(RIGHT)).resolves.toMatchObject({ verdict: { kind: 'accepted' } });
    expect(store.loaded).toEqual([
      {
        owner: {
          references: [
            { resolver: 'first', userId: '1' },
            { resolver: 'second', userId: '1' },
          ],
          realm: 'staff',
        },
      },
    ]);
    expect(store.commits).toMatchObject([{ context: { user: 'anna', realm: 'staff' } }]);
  });

  it('answers what was committed, not what it proposed', async () => {
    const { login, committer } = given();
    committer.found = [{ ...TOKEN, counter: 1 }];
    await expect(login(RIGHT)).resolves.toMatchObject({
      verdict: { kind: 'rejected', reason: 'wrong-otp' },
      detail: 'wrong otp value',
    });
  });

  it('commits refusals too', async () => {
    const { login, store } = given();
    await login('pin1000000');
    expect(store.commits).toMatchObject([
      { decision: { effects: [{ kind: 'count-failure' }, { kind: 'count-use' }] } },
    ]);
  });

  it.each(['nosuch', ''])('loads and commits for an unknown user "%s" as for a known one', async (user) => {
    const { login, store } = given();
    await expect(login(RIGHT, byUser(user))).resolves.toMatchObject({
      verdict: { kind: 'rejected', reason: 'unknown-user' },
    });
    expect(store.loaded).toEqual([{ owner: { references: [], realm: '' } }]);
    expect(store.commits).toMatchObject([{ context: { user } }]);
  });

  it('loads one token where a serial is named without a user', async () => {
    const { login, store } = given();
    await expect(login(RIGHT, { kind: 'serial', serial: 'OATH1' })).resolves.toMatchObject({
      verdict: { kind: 'accepted' },
    });
    expect(store.loaded).toEqual([{ serial: 'OATH1' }]);
  });

  it.each([
    { resolver: 'first', verdict: { kind: 'accepted' } },
    { resolver: 'second', verdict: { kind: 'rejected', reason: 'no-token' } },
    { resolver: 'nosuch', verdict: { kind: 'rejected', reason: 'no-token' } },
  ])('looks only at tokens of owners from the resolver $resolver, which is named', async (row) => {
    const { login } = given();
    await expect(login(RIGHT, byUser('anna', { resolver: row.resolver }))).resolves.toMatchObject({
      verdict: row.verdict,
    });
  });

  it('starts over from the name when the configuration has moved on', async () => {
    const configuration = new ConfigurationInMemory(configurationOf(1), configurationOf(5, 'ext'));
    const { login, store } = given({
      configuration,
      tokens: [{ ...TOKEN, owner: { ...OWNER, resolver: 'second' }, realms: ['ext'] }],
    });
    store.version = 4;
    await expect(login(RIGHT)).resolves.toMatchObject({ verdict: { kind: 'accepted' } });
    expect(configuration.waitedFor).toEqual([4]);
    expect(store.loaded.map((selection) => 'owner' in selection && selection.owner.realm)).toEqual([
      'staff',
      'ext',
    ]);
    expect(store.commits).toHaveLength(1);
  });

  it('gives up, without a verdict, when the configuration never stops moving', async () => {
    const { login, store } = given();
    store.version = 2;
    await expect(login(RIGHT)).rejects.toThrow(Unavailable);
    expect(store.commits).toEqual([]);
  });

  it('gives no verdict when a directory does not answer', async () => {
    const { login, store } = given();
    await expect(login(RIGHT, byUser('away'))).rejects.toThrow(Unavailable);
    expect(store.commits).toEqual([]);
  });

  it('gives no verdict about a user without tokens who may have some where nobody answers', async () => {
    const { login, store } = given({ tokens: [] });
    await expect(login(RIGHT, byUser('half'))).rejects.toThrow(Unavailable);
    expect(store.commits).toEqual([]);
    await expect(given().login(RIGHT, byUser('half'))).resolves.toMatchObject({
      verdict: { kind: 'accepted' },
    });
  });

  it('starts over from the name when the directory that does not answer is one of an old configuration', async () => {
    const configuration = new ConfigurationInMemory(configurationOf(1), configurationOf(4));
    const { login, store } = given({ configuration });
    store.version = 4;
    const by: LoginRequest['by'] = {
      kind: 'user',
      name: ({ version }) => ({ login: version === 1 ? 'away' : 'anna', realm: 'staff', resolver: '' }),
      serial: null,
      onlyToken: false,
    };
    await expect(login(RIGHT, by)).resolves.toMatchObject({ verdict: { kind: 'accepted' } });
    expect(configuration.waitedFor).toEqual([4]);
    expect(store.commits).toHaveLength(1);
  });

  it('gives no verdict when the database does not answer', async () => {
    const { login, store } = given();
    store.failure = new Unavailable('the database does not answer');
    await expect(login(RIGHT)).rejects.toThrow(Unavailable);
    expect(store.commits).toEqual([]);
  });

  describe('with a password token', () => {
    const token = givenPasswordToken('geheim1', { owner: OWNER, realms: ['staff'], pin: pinOf('pin1') });

    it('asks for its slow hash once, also when it decides again', async () => {
      const { login, committer, hashed } = given({ tokens: [token] });
      committer.found = [{ ...token, failures: 1 }];
      await expect(login('pin1geheim1')).resolves.toMatchObject({ verdict: { kind: 'accepted' } });
      expect(hashed).toEqual(['hash of geheim1']);
    });

    it.each([
      { what: 'its PIN is wrong', pass: 'pin2geheim1', changes: {} },
      { what: 'it is locked', pass: 'pin1geheim1', changes: { failures: 10 } },
      {
        what: 'it has to wait',
        pass: 'pin1geheim1',
        changes: { failures: 10, maxFailures: 1000, blockedUntil: { '*': NOW.getTime() / 1000 + 1 } },
      },
      { what: 'it is disabled', pass: 'pin1geheim1', changes: { active: false } },
      { what: 'it is another user’s', pass: 'pin1geheim1', changes: { owner: { ...OWNER, userId: '2' } } },
    ])('does not ask for its slow hash where $what', async ({ pass, changes }) => {
      const { login, hashed } = given({ tokens: [{ ...token, ...changes }] });
      await expect(login(pass)).resolves.toMatchObject({ verdict: { kind: 'rejected' } });
      expect(hashed).toEqual([]);
    });

    it('never answers about another hash than the one that was asked', async () => {
      const { login, committer, hashed, store } = given({ tokens: [token] });
      committer.found = [givenPasswordToken('geheim2', { owner: OWNER, realms: ['staff'], pin: token.pin })];
      await expect(login('pin1geheim1')).rejects.toThrow(Unavailable);
      expect(new Set(hashed)).toEqual(new Set(['hash of geheim1']));
      expect(store.commits.length).toBeGreaterThan(1);
    });
  });
});
