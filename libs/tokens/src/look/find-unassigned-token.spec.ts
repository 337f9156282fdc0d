import { Secret } from '@app/kernel';

import {
  RFC_OTPS,
  givenHotpToken,
  givenTotpToken,
  givenYubikeyToken,
} from '../../../../test/support/domain/given-token.js';
import type { Token } from '../token.js';
import { TokenStore } from '../token-store.js';
import { FindUnassignedToken } from './find-unassigned-token.js';

const NOW = new Date('2026-01-02T03:04:05Z');
const OTP = RFC_OTPS[0] ?? '';
const OTHER = Secret.of(Buffer.alloc(20, 7));

class StoreInMemory extends TokenStore {
  constructor(private readonly tokens: readonly Token[]) {
    super();
  }

  async find(): Promise<null> {
    return null;
  }

  async *batches(): AsyncGenerator<readonly Token[]> {
    yield this.tokens;
  }

  async taken(): Promise<ReadonlySet<string>> {
    return new Set();
  }
}

/** Searches for a value, and tells for which tokens a seal was opened. */
async function openedBy(otp: string, tokens: readonly Token[]): Promise<readonly string[]> {
  const opened: string[] = [];
  const watched = tokens.map((token) => ({
    ...token,
    secret: Secret.sealed(() => {
      opened.push(token.serial);
      return token.secret.use((bytes) => bytes);
    }),
  }));
  const meant = { realm: 'staff', typeLabel: null, serial: null, hasPin: false };
  await new FindUnassignedToken(new StoreInMemory(watched)).execute(meant, () => otp, NOW);
  return opened;
}

/** The last of so many tokens shows the OTP. */
async function searched(tokens: number, hasPin: boolean): Promise<string> {
  const others = Array.from({ length: tokens - 1 }, () => givenHotpToken({ secret: OTHER, lookAhead: 1 }));
  const finding = new FindUnassignedToken(new StoreInMemory([...others, givenHotpToken({})]));
  const meant = { realm: 'staff', typeLabel: null, serial: null, hasPin };
  return (await finding.execute(meant, () => OTP, NOW)).kind;
}

describe('FindUnassignedToken', () => {
  it.each([
    ['500 tokens by the OTP alone', 500, false, 'found'],
    ['no more than those', 501, false, 'too-many'],
    ['more behind a password', 501, true, 'found'],
    ['5000 at most', 5_001, true, 'too-many'],
  ])('looks at %s', async (_title, tokens, hasPin, kind) => {
    await expect(searched(tokens, hasPin)).resolves.toBe(kind);
  });

  it.each([
    ['123456', ['HOTP6', 'TOTP6']],
    ['12345678', ['HOTP8']],
    ['1234567', []],
    ['', []],
    ['c'.repeat(32), ['YUBI']],
    ['c'.repeat(44), ['YUBI']],
  ])('opens for "%s" the seals of tokens whose values are as long: %j', async (otp, serials) => {
    const tokens = [
      givenHotpToken({ serial: 'HOTP6' }),
      givenHotpToken({ serial: 'HOTP8', digits: 8 }),
      givenTotpToken({ serial: 'TOTP6' }),
      givenYubikeyToken({ serial: 'YUBI' }),
    ];
    await expect(openedBy(otp, tokens)).resolves.toEqual(serials);
  });
});
