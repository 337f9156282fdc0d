import { MissingPassword } from '../../token.errors.js';
import { nothingIsSpent } from '../after-restore.js';
import { ASKS_FOR_OTP, type TokenType } from '../token-type.js';

/** A static password behind a PIN (spec/token-types §7, `pw`). Stored as a slow hash; no replay protection by nature. */
export const passwordToken: TokenType = {
  id: 'password',
  label: 'pw',
  serialPrefix: 'KIPW',
  hasOtp: true,
  seedForm: 'text',
  challenge: ASKS_FOR_OTP,

  plan(request) {
    if (request.password === null) throw new MissingPassword();
    // Characters as a user counts them: the password part of a login is cut off by this length.
    const digits = [...request.password].length;
    return { secret: { kind: 'password', text: request.password }, digits, hash: null, time: null };
  },

  verify(token, otp) {
    // The length is public (it is shown to administrators): a candidate that cannot match costs no slow hash.
    if ([...otp].length !== token.digits) return { kind: 'mismatched' };
    const hash = token.secret.use((bytes) => Buffer.from(bytes).toString('utf8'));
    return { kind: 'hash-needed', hash, candidate: otp };
  },

  resync: () => null,
  afterRestore: nothingIsSpent,
};
