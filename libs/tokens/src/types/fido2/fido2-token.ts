import { MalformedResponse, isSameText, readAssertion } from '@app/otp';

import type { Token } from '../../token.js';
import { NotResynchronised } from '../../token.errors.js';
import { type KeyChallenge, type KeyUse, REQUIREMENTS } from '../security-key/key-challenge.js';
import type { TokenType } from '../token-type.js';
import {
  COUNTER,
  KEY,
  NOTHING_ASKED,
  PHASE,
  USER_HANDLE,
  isoTime,
  keyText,
  storedKey,
} from './stored-key.js';

const CHALLENGE = 'challenge';
const VERIFICATION = 'user_verification';
const NOT_REGISTERED = { refusal: 'no key is registered with the token' } as const;

const key: KeyChallenge = {
  failure: 'Fido2 authentication failed',

  ask(token, { challenge, seconds, userVerification }) {
    const stored = storedKey(token);
    if (!stored) return NOT_REGISTERED;
    const { credential_id: id, rp_id: rpId, transports } = stored;
    const credential = { type: 'public-key', id, ...(transports && { transports }) };
    return {
      request: { challenge, timeout: seconds * 1000, rpId, allowCredentials: [credential], userVerification },
      kept: { [CHALLENGE]: challenge, [VERIFICATION]: userVerification },
    };
  },

  model: (token) => storedKey(token)?.aaguid ?? null,
  isAnswer: (text) => text.startsWith('{'),

  check(token, kept, text, requiresUserVerification) {
    const stored = storedKey(token);
    if (!stored) return NOT_REGISTERED;
    try {
      const response = readAssertion(text);
      if (!isSameText(stored.credential_id, response.id)) return { refusal: 'Another key was used.' };
      const handle = token.info[USER_HANDLE];
      if (typeof handle === 'string' && response.userHandle !== null && response.userHandle !== handle) {
        return { refusal: 'The key was registered for somebody else.' };
      }
      // What cannot be read asks for more, not for less.
      const asked = REQUIREMENTS.find((one) => one === kept[VERIFICATION]) ?? 'required';
      return {
        type: 'webauthn.get',
        response,
        challenge: String(kept[CHALLENGE] ?? ''),
        rpIds: [stored.rp_id],
        at: { rpId: stored.rp_id },
        publicKey: stored.public_key,
        requiresUserVerification: requiresUserVerification || asked === 'required',
      };
    } catch (error) {
      if (error instanceof MalformedResponse) return { refusal: `Malformed answer (${error.message}).` };
      throw error;
    }
  },

  use(token, { signCount, isUserVerified, isBackedUp }, now): KeyUse {
    const stored = storedKey(token);
    const written = token.info[COUNTER];
    const before = Number(written ?? stored?.sign_count ?? 0);
    // WebAuthn Level 3 §7.2, step 22: two zeroes are of a key that does not count.
    if (!stored || !Number.isInteger(before) || (signCount <= before && (signCount > 0 || before > 0))) {
      const counts = `${signCount} after ${before}`;
      return {
        kind: 'cloned',
        reason: `The signature counter did not increase (${counts}): is there a copy of the key?`,
      };
    }
    return {
      kind: 'used',
      info: {
        [COUNTER]: String(signCount),
        [KEY]: keyText({ ...stored, sign_count: signCount, backed_up: isBackedUp }),
        last_auth_at: isoTime(now),
        last_auth_uv: isUserVerified ? 'True' : 'False',
      },
      recalled: written === undefined ? { [KEY]: String(token.info[KEY]) } : { [COUNTER]: written },
    };
  },

  offline(token) {
    const stored = storedKey(token);
    return stored && { public_key: stored.public_key, credential_id: stored.credential_id };
  },
};

/** A security key or passkey that answers by WebAuthn, through the user's browser (spec/token-types §20). */
export const fido2Token: TokenType = {
  id: 'fido2',
  label: 'fido2',
  serialPrefix: 'FIDO2',
  hasOtp: false,
  seedForm: 'bytes',
  challenge: { prompt: 'FIDO2 authentication challenge', needsText: false, key },
  registersKey: true,

  isPending: (token) => isRegistering(token),
  enrolmentState: ({ info }) => ({ status: info[PHASE] === 'authentication' ? 'completed' : 'unpaired' }),

  plan: () => ({
    // It has none: keys keep theirs to themselves.
    secret: { kind: 'generate', length: 20 },
    digits: 32,
    hash: null,
    time: null,
  }),

  // Nothing is right that answers no challenge.
  verify: () => ({ kind: 'mismatched' }),
  resync: () => {
    throw new NotResynchronised('A FIDO2 token has nothing to be resynchronised by');
  },
  // What it signs answers a challenge, all of which a restore removes; so is what was asked of a key that is yet to come.
  afterRestore: (token) => (isRegistering(token) ? { info: NOTHING_ASKED } : {}),
};

/** Whether a key is yet to be registered with it. */
export function isRegistering({ info }: Pick<Token, 'info'>): boolean {
  return info[PHASE] === 'registration';
}
