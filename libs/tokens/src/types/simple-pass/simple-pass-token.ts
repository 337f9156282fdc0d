import { nothingIsSpent } from '../after-restore.js';
import type { TokenType } from '../token-type.js';

const UNUSED_SEED_BYTES = 20;

/** Logs in with the PIN alone (spec/token-types §7, `spass`). */
export const simplePassToken: TokenType = {
  id: 'simple-pass',
  label: 'spass',
  serialPrefix: 'LSSP',
  hasOtp: false,
  seedForm: 'bytes',
  challenge: null,

  plan(request) {
    const secret = request.seed
      ? ({ kind: 'given', bytes: request.seed } as const)
      : ({ kind: 'generate', length: UNUSED_SEED_BYTES } as const);
    return { secret, digits: request.digits, hash: null, time: null };
  },

  verify: () => ({ kind: 'matched', spends: { nextCounter: 1, once: false } }),

  resync: () => null,
  afterRestore: nothingIsSpent,
};
