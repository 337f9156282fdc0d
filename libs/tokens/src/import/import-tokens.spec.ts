import { Secret, Unavailable } from '@app/kernel';

import { RFC_KEY, givenHotpToken, givenTotpToken } from '../../../../test/support/domain/given-token.js';
import { matchesPin } from '../pin.js';
import {
  SEED,
  OTHER,
  given,
  line,
  ownedBy,
  refused,
} from '../../../../test/support/domain/given-token-import.js';

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

  it('names few serials of many in its record', async () => {
    const { store, run } = given();
    await run(Array.from({ length: 200 }, (_, place) => line(`A${place}`)).join('\n'));
    const [record] = store.recorded;
    expect(record?.serial?.split(', ')).toHaveLength(50);
    expect(record?.info).toContain('(imported: 200)');
  });
});
