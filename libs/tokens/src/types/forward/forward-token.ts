import type { Token } from '../../token.js';
import { UnknownTarget } from '../../token.errors.js';
import { nothingIsSpent } from '../after-restore.js';
import type { TokenType } from '../token-type.js';

/** Takes the OTPs of another token, behind a PIN of its own (spec/token-types §15). */
export const forwardToken: TokenType = {
  id: 'forward',
  label: 'forward',
  serialPrefix: 'LSFW',
  hasOtp: true,
  seedForm: 'bytes',
  // Asked as its target is.
  challenge: null,

  plan({ info = {} }) {
    const target = targetSerial({ type: 'forward', info });
    if (target === null) throw new UnknownTarget('');
    return {
      secret: { kind: 'given', bytes: new Uint8Array(0) },
      digits: null,
      hash: null,
      time: null,
      info,
      target,
    };
  },

  verify: () => ({ kind: 'mismatched' }),
  resync: () => null,
  afterRestore: nothingIsSpent,
};

/**
 * An entry of its info that is ours: whoever enrolled it for themselves may take OTPs of their own tokens alone, now and later.
 * Absent: an administrator chose the target, whosever it is.
 */
export const FORWARDS_TO_OWN = 'forward.own';

/** The serial of the token whose OTPs it takes; `null`: it is no forward token, or names none. */
export function targetSerial({ type, info }: Pick<Token, 'type' | 'info'>): string | null {
  const serial = info['forward.serial'];
  return type === 'forward' && typeof serial === 'string' && serial !== '' ? serial : null;
}
