import { Unavailable } from '@app/kernel';

import type { ConfigurationTransaction } from '../configuration-administration.js';
import type { Configuration } from '../configuration.js';

const ROUNDS = 3;

/** Thrown out of a change, which then leaves no trace: what it was prepared from is no longer so. */
export class Outdated extends Error {
  readonly version: number;
  constructor({ before }: ConfigurationTransaction) {
    super('the configuration has changed meanwhile');
    this.version = before.version;
  }
}

/**
 * For changes that ask a directory before they take locks: prepares and commits anew, with the newest configuration, when
 * the commit finds that somebody was faster.
 * @throws Unavailable when that goes on; what `attempt` throws
 */
export async function startingOver<T>(configuration: Configuration, attempt: () => Promise<T>): Promise<T> {
  for (let round = 0; round < ROUNDS; round++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Outdated)) throw error;
      await configuration.atLeast(error.version);
    }
  }
  throw new Unavailable('others keep changing the same');
}
