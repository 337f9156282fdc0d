import {
  type AssertionResponse,
  MalformedResponse,
  coseKeyOfPoint,
  isSameText,
  readAssertion,
  readSignResponse,
} from '@app/otp';

import { matchesPin } from '../../pin.js';
import type { Token } from '../../token.js';
import { EnrolmentClosed } from '../../token.errors.js';
import { nothingIsSpent } from '../after-restore.js';
import type { KeyChallenge, KeyUse } from '../security-key/key-challenge.js';
import type { TokenType } from '../token-type.js';
import { COUNTER, LARGEST_COUNTER, padded, u2fKey } from './u2f-key.js';

const CHALLENGE = 'challenge';
/** A counter of 32 bits begins anew behind its end: this near to it, and no farther behind. */
const AROUND_THE_END = 1_000;

const key: KeyChallenge = {
  failure: 'U2F authentication failed',
  // LinOTP lets nobody try again (spec/token-types §20.3).
  takesOneAnswer: true,

  ask(token, { challenge }) {
    const stored = u2fKey(token);
    if ('problem' in stored) return { refusal: stored.problem };
    const { keyHandle, appId } = stored;
    return {
      request: { challenge: padded(challenge), version: 'U2F_V2', keyHandle, appId },
      kept: { [CHALLENGE]: challenge },
    };
  },

  isAnswer: (text) => /\{\s*"/.test(text),

  check(token, kept, text, _requiresUserVerification, facets) {
    const stored = u2fKey(token);
    if ('problem' in stored) return { refusal: stored.problem };
    const { appId, publicKey } = stored;
    try {
      const { response, type } = responseIn(token, text, appId);
      if (!isSameText(stored.keyHandle, response.id)) return { refusal: 'Another key was used.' };
      return {
        type,
        response,
        challenge: String(kept[CHALLENGE] ?? ''),
        // WebAuthn Level 3 §10.1.1: the extension appid has the authenticator sign for it as for a relying party.
        rpIds: [appId],
        at: { origins: facets.length > 0 ? facets : originsOf(appId) },
        publicKey: coseKeyOfPoint(publicKey).toString('base64url'),
        // Keys of this kind have no way to do that.
        requiresUserVerification: false,
      };
    } catch (error) {
      if (error instanceof MalformedResponse) return { refusal: `Malformed answer (${error.message}).` };
      throw error;
    }
  },

  use(token, { signCount }): KeyUse {
    const stored = u2fKey(token);
    if ('problem' in stored || !isNext(stored.counter, signCount)) {
      return { kind: 'cloned', reason: 'Counter not increased! Possible device cloning!' };
    }
    return {
      kind: 'used',
      info: { [COUNTER]: signCount },
      recalled: { [COUNTER]: token.info[COUNTER] ?? '' },
    };
  },

  offline(token) {
    const stored = u2fKey(token);
    if ('problem' in stored) return null;
    const { appId, keyHandle, publicKey, counter } = stored;
    return { public_key: publicKey.toString('base64url'), key_handle: keyHandle, counter, app_id: appId };
  },
};

/**
 * A security key that was registered by U2F, on another server once: it goes on working, through browsers that know nothing but
 * WebAuthn (extension appid) as well. New ones are not registered: no browser does that any more, and FIDO2 is for the same keys.
 */
export const u2fToken: TokenType = {
  id: 'u2f',
  label: 'u2f',
  serialPrefix: 'U2F',
  hasOtp: false,
  seedForm: 'bytes',
  challenge: { prompt: 'U2F challenge', needsText: false, key },

  plan({ info = {} }) {
    const stored = u2fKey({ info });
    if ('problem' in stored) throw new EnrolmentClosed('u2f', 'fido2');
    return {
      // It has none: keys keep theirs to themselves.
      secret: { kind: 'given', bytes: new Uint8Array(0) },
      digits: 32,
      hash: null,
      time: null,
      info,
    };
  },

  // Nothing is right that answers no challenge.
  verify: () => ({ kind: 'mismatched' }),
  hindersResync: () => 'a u2f token has nothing to be resynchronised by',
  resync: () => null,
  afterRestore: nothingIsSpent,
};

/**
 * The answer as WebAuthn has it, whichever way it came. A PIN may stand before it, as some clients send it.
 * @throws MalformedResponse
 */
function responseIn(
  { pin }: Pick<Token, 'pin'>,
  text: string,
  appId: string,
): { readonly response: AssertionResponse; readonly type: 'u2f.sign' | 'webauthn.get' } {
  const cut = text.lastIndexOf('{');
  const hasPin = cut > 0 && !text.startsWith('{') && matchesPin(pin, text.slice(0, cut));
  const json = hasPin ? text.slice(cut) : text;
  const old = readSignResponse(json, appId);
  if (old) return { response: old, type: 'u2f.sign' };
  return { response: readAssertion(json), type: 'webauthn.get' };
}

/** The pages that the application id names by itself, and no others. */
function originsOf(appId: string): readonly string[] {
  if (!URL.canParse(appId)) return [appId];
  const { origin, protocol } = new URL(appId);
  return protocol === 'https:' ? [appId, origin] : [appId];
}

function isNext(before: number, now: number): boolean {
  return now > before || (before >= LARGEST_COUNTER + 1 - AROUND_THE_END && now <= AROUND_THE_END);
}
