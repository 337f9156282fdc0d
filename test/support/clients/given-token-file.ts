import { type RandomSource, Secret } from '@app/kernel';
import {
  type FileToken,
  type LineNote,
  readTokenFile,
  TokenFileRefused,
  tokenFileFormat,
  type TokenFileOptions,
} from '@app/tokens';

import { PredictableRandom } from '../domain/given-token.js';

const RANDOM: RandomSource = new PredictableRandom();

export const PLAIN_FILE: TokenFileOptions = {
  protection: { kind: 'plain' },
  hash: null,
  startDate: new Date('2000-01-01T00:00:00Z'),
  checksSerials: false,
  random: RANDOM,
};

export const withKey = (hex: string): Partial<TokenFileOptions> => ({
  protection: { kind: 'key', key: Secret.of(Buffer.from(hex, 'hex')) },
});
export const withPassword = (password: string): Partial<TokenFileOptions> => ({
  protection: { kind: 'password', password: Secret.fromText(password) },
});

/** A token with its secrets readable. */
export type ReadableToken = Omit<FileToken, 'seed' | 'pin'> & {
  readonly seed: string;
  readonly pin: string | null;
};

export interface ReadFile {
  readonly tokens: readonly ReadableToken[];
  readonly skipped: readonly LineNote[];
  readonly problems: readonly LineNote[];
}

/** What a file holds, or what is wrong with it. */
export async function readFile(
  format: string,
  text: string,
  options: Partial<TokenFileOptions> = {},
  mostTokens = 1_000,
): Promise<ReadFile> {
  const known = tokenFileFormat(format);
  if (!known) throw new Error(`no format ${format}`);
  try {
    const { tokens, skipped } = await readTokenFile(known, text, { ...PLAIN_FILE, ...options }, mostTokens);
    return { tokens: tokens.map(readable), skipped: skipped.notes, problems: [] };
  } catch (error) {
    if (!(error instanceof TokenFileRefused)) throw error;
    return { tokens: [], skipped: [], problems: error.problems };
  }
}

function readable({ seed, pin, ...token }: FileToken): ReadableToken {
  return {
    ...token,
    seed: seed.use((bytes) => Buffer.from(bytes).toString('hex')),
    pin: pin && pin.use((bytes) => Buffer.from(bytes).toString('utf8')),
  };
}
