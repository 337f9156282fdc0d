import { isSameText } from '@app/otp';

import { MalformedYubicoId, NotResynchronised } from '../../token.errors.js';
import type { ServerOtps } from '../server-check.js';
import { nothingIsSpent } from '../after-restore.js';
import type { TokenType } from '../token-type.js';

const USUAL_LENGTH = 44;
const PUBLIC_ID_LENGTH = 12;
/** Modhex: a public id and 32 letters behind it. */
const OTP = /^[cbdefghijklnrtuv]{32,64}$/;

const server: ServerOtps = {
  checksPin: () => false,

  check({ info }, { text: otp }) {
    const publicId = String(info['yubico.tokenid'] ?? '');
    const isOurs = publicId !== '' && isSameText(publicId, otp.slice(0, PUBLIC_ID_LENGTH));
    return isOurs && OTP.test(otp) ? { kind: 'yubico', otp } : null;
  },

  /** Servers agree with each other a little later: which values are spent is known here, too. */
  spends(token, { counter }) {
    if (counter === undefined) return { nextCounter: 2, once: false };
    return counter < token.counter ? null : { nextCounter: counter + 1, once: true };
  },
};

/** Yubikeys whose AES key only Yubico's validation servers know (spec/token-types §12). */
export const yubicoToken: TokenType = {
  id: 'yubico',
  label: 'yubico',
  serialPrefix: 'UBCM',
  hasOtp: true,
  seedForm: 'bytes',
  challenge: { prompt: 'Otp:', needsText: true },
  server,

  plan({ digits, info = {} }) {
    const publicId = String(info['yubico.tokenid'] ?? '').slice(0, PUBLIC_ID_LENGTH);
    if (publicId.length < PUBLIC_ID_LENGTH) throw new MalformedYubicoId();
    return {
      // Another device is another secret: then its counter begins anew.
      secret: { kind: 'given', bytes: Buffer.from(publicId, 'utf8') },
      digits: digits ?? USUAL_LENGTH,
      hash: null,
      time: null,
      info: { 'yubico.tokenid': publicId },
    };
  },

  verify: () => ({ kind: 'mismatched' }),
  resync: () => {
    throw new NotResynchronised();
  },
  // The validation servers keep the counters that count.
  afterRestore: nothingIsSpent,
};
