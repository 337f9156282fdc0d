import { Secret, Unavailable } from '@app/kernel';
import type { ConfigurationSnapshot, UserDirectory } from '@app/realms';

import { RFC_OTPS, givenHotpToken, givenTotpToken } from '../../../../test/support/domain/given-token.js';
import { TokensInMemory } from '../../../../test/support/domain/tokens-in-memory.js';
import { TokenRights } from '../administer/token-rights.js';
import type { Token } from '../token.js';
import { TokenStore } from '../token-store.js';
import { AmbiguousOtp } from '../token.errors.js';
import { FindTokenByOtp } from './find-token-by-otp.js';
import { FindTokenOwner } from './find-token-owner.js';
import { FindFreeSerial } from './find-free-serial.js';

const CONTEXT = { action: 'admin/any', client: '192.0.2.1', administrator: 'admin', user: '', realm: '' };
const CONFIGURATION = {
  resolvers: new Map(),
  realms: new Map(),
} as Partial<ConfigurationSnapshot> as ConfigurationSnapshot;
const NOW = new Date('2026-01-02T03:04:05Z');
const OTHER = Secret.of(Buffer.alloc(20, 7));

/** Batches of one token; `paused` is waited for before the first. */
class StoreInMemory extends TokenStore {
  constructor(
    private readonly tokens: () => readonly Token[],
    private readonly paused: Promise<void> = Promise.resolve(),
  ) {
    super();
  }

  async find(serial: string): Promise<Token | null> {
    return this.tokens().find((token) => token.serial === serial) ?? null;
  }

  async *batches(): AsyncGenerator<readonly Token[]> {
    await this.paused;
    for (const token of this.tokens()) yield [token];
  }

  async taken(serials: readonly string[]): Promise<ReadonlySet<string>> {
    return new Set(serials.filter((serial) => this.tokens().some((token) => token.serial === serial)));
  }
}

function given(tokens: readonly Token[], paused?: Promise<void>, seen?: readonly Token[]) {
  const administration = new TokensInMemory(tokens, NOW);
  const store = new StoreInMemory(() => seen ?? administration.tokens, paused);
  const owners = new FindTokenOwner({} as UserDirectory);
  const find = new FindTokenByOtp(store, administration, owners);
  const search = (otp: string | undefined) =>
    find.execute({ otp: otp ?? '' }, NOW, CONFIGURATION, TokenRights.ALL, CONTEXT);
  return { administration, search };
}

describe('FindTokenByOtp', () => {
  it('moves the counter of the token that made it, and of no other', async () => {
    const { administration, search } = given([
      givenHotpToken({ serial: 'A', secret: OTHER }),
      givenHotpToken({ serial: 'B', counter: 2 }),
    ]);
    await expect(search(RFC_OTPS[11])).resolves.toMatchObject({ serial: 'B' });
    expect(administration.tokens.map(({ counter }) => counter)).toEqual([0, 12]);
    await expect(search(RFC_OTPS[1])).resolves.toBeNull();
  });

  it('finds nothing in a value that a login has spent meanwhile', async () => {
    const seen = [{ ...givenHotpToken({ serial: 'A' }), id: 1 }];
    const { administration, search } = given([givenHotpToken({ serial: 'A', counter: 5 })], undefined, seen);
    await expect(search(RFC_OTPS[4])).resolves.toEqual({ serial: '', owner: null, login: '' });
    expect(administration.token()).toMatchObject({ counter: 5, revision: 1 });
    expect(administration.recorded).toMatchObject([{ succeeded: false, serial: 'A' }]);
  });

  it('keeps the time settings of a time-based token, but for its drift', async () => {
    const step = Math.floor(NOW.getTime() / 30_000);
    const { hotp } = await import('@app/otp');
    const { administration, search } = given([givenTotpToken({ serial: 'T' })]);
    const value = administration.token().secret.use((seed) => hotp(seed, step + 1, 6));
    await expect(search(value)).resolves.toMatchObject({ serial: 'T' });
    expect(administration.token()).toMatchObject({
      counter: step + 2,
      time: { stepSeconds: 30, windowSeconds: 300, shiftSeconds: 30 },
    });
  });

  it('passes over a token whose seal does not open', async () => {
    const broken = Secret.sealed(() => {
      throw new Error('no such key');
    });
    const { search } = given([
      givenHotpToken({ serial: 'A', secret: broken }),
      givenHotpToken({ serial: 'B' }),
    ]);
    await expect(search(RFC_OTPS[0])).resolves.toMatchObject({ serial: 'B' });
  });

  it('refuses two tokens with one value', async () => {
    const { search } = given([givenHotpToken({ serial: 'A' }), givenHotpToken({ serial: 'B' })]);
    await expect(search(RFC_OTPS[0])).rejects.toThrow(AmbiguousOtp);
  });

  it('runs a few at once, and is free again when they are over', async () => {
    let resolve = () => undefined as void;
    const promise = new Promise<void>((done) => {
      resolve = done;
    });
    const { search } = given([givenHotpToken({ serial: 'A' })], promise);
    const running = [search(RFC_OTPS[0]), search(RFC_OTPS[1])];
    await expect(search(RFC_OTPS[2])).rejects.toThrow(Unavailable);
    resolve();
    await Promise.all(running);
    await expect(search(RFC_OTPS[3])).resolves.toMatchObject({ serial: 'A' });
  });
});

describe('FindFreeSerial', () => {
  const free = (taken: readonly string[], wanted: string) =>
    new FindFreeSerial(new StoreInMemory(() => taken.map((serial) => givenHotpToken({ serial })))).execute(
      wanted,
    );
  const numbered = (count: number) =>
    Array.from({ length: count }, (_, n) => `X_${String(n + 1).padStart(2, '0')}`);

  it.each([
    [[], 'X', 'X'],
    [['X'], 'X', 'X_01'],
    [['X', 'X_01', 'X_03'], 'X', 'X_02'],
    [['X', ...numbered(99)], 'X', 'X_100'],
    [['X', ...numbered(250)], 'X', 'X_251'],
    [['x'.repeat(40)], 'x'.repeat(40), `${'x'.repeat(37)}_01`],
    [[`${'x'.repeat(36)}😀yz`], `${'x'.repeat(36)}😀yz`, `${'x'.repeat(36)}_01`],
  ])('beside %j gives for %s the serial %s', async (taken, wanted, serial) => {
    await expect(free(taken, wanted)).resolves.toBe(serial);
  });
});
