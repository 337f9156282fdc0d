import { Secret } from '@app/kernel';

import { RFC_OTPS, givenHotpToken } from '../../../../test/support/given-token.js';
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
});
