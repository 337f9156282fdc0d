import { type QrQuestion, isSameText, qrChallenge, qrSignature, tanOf } from '@app/otp';

import {
  type DeviceChallenge,
  type DeviceQuestion,
  NO_ADDRESSEE,
  contentTypeOf,
  ephemeralSecret,
  unfitText,
} from '../paired/device-challenge.js';
import { type Pairing, deviceOf, stageIn } from '../paired/pairing.js';
import { withoutPairingInCourse } from '../paired/void-pairing.js';
import type { TokenType } from '../token-type.js';

const FREE = 0;
const PAIRING = 1;
const LOGIN = 2;
/** In bytes. */
const LONGEST = { text: 511, serial: 63, url: 511, sms: 31 };

const pairing: Pairing = {
  type: 'qr',
  states: {
    invited: 'pairing_url_sent',
    paired: 'pairing_response_received',
    asked: 'pairing_challenge_sent',
    complete: 'pairing_complete',
  },
  keyName: 'user_public_key',
  hasTans: true,
  isRepaired: false,
  isUnpaired: true,
};

const device: DeviceChallenge = {
  isPushed: false,
  keepsOlder: false,

  question(token, asked, places) {
    const stage = stageIn(pairing, token);
    if (!deviceOf(pairing, token) || stage === null || stage === 'invited') {
      return { refusal: `no app is paired with the token: its state is ${token.info['state']}` };
    }
    if (places.url === '' && places.sms === '') {
      const name = 'qrtoken_challenge_callback';
      return { refusal: `Policy ${name}_url or ${name}_sms must have a value` };
    }
    const { text } = asked;
    const given = contentTypeOf(asked);
    const contentType = stage === 'complete' ? given : PAIRING;
    if (contentType === null) return { refusal: `Unrecognized content type: ${asked.contentType}` };
    const isPairing = contentType === PAIRING;
    if (isPairing && text !== token.serial) {
      return { refusal: 'message must be equal to serial in pairing mode' };
    }
    if (contentType === LOGIN && !text.includes('@')) return { refusal: NO_ADDRESSEE };
    const unfit = unfitText([
      ['the message', text, isPairing ? LONGEST.serial : LONGEST.text],
      ['the callback URL', places.url, LONGEST.url],
      ['the number for SMS', places.sms, LONGEST.sms],
    ]);
    return unfit ?? { ...places, contentType, texts: [text], isPairing };
  },

  seal(token, question, made, key) {
    const found = deviceOf(pairing, token);
    if (!found) throw new Error('no app is paired with the token');
    return qrChallenge(asQr(question), made.transaction, found, ephemeralSecret(token, made), key);
  },

  url: (scheme, payload) => `${scheme}://chal/${payload}`,

  isAnswered(token, asked, answer) {
    const found = deviceOf(pairing, token);
    if (answer.kind !== 'text' || !found) return false;
    const signed = qrSignature(asked.payload, ephemeralSecret(token, asked), found.publicKey);
    if (!signed) return false;
    const isTan = isSameText(tanOf(signed, token.digits), answer.text);
    return isSameText(signed.toString('base64url'), answer.text.replace(/=+$/, '')) || isTan;
  },

  misfit: ({ kind }) => (kind === 'text' ? null : 'a qr token is answered by a TAN or its signature'),

  offline: ({ info }) => ({
    public_key: String(info[pairing.keyName] ?? ''),
    user_token_id: Number(info['user_token_id'] ?? 0),
  }),
};

/** An app that scans what it is to confirm, and answers by itself or with a TAN (spec/token-types §18). */
export const qrToken: TokenType = {
  id: 'qr',
  label: 'qr',
  serialPrefix: 'LSQR',
  hasOtp: false,
  seedForm: 'bytes',
  challenge: { prompt: '', needsText: true, device },
  pairing,
  isPending: (token) => stageIn(pairing, token) !== 'complete',

  plan: ({ digits }) => ({
    secret: { kind: 'generate', length: 32 },
    digits,
    hash: null,
    time: null,
  }),

  // Nothing is right that answers no challenge.
  verify: () => ({ kind: 'mismatched' }),
  resync: () => null,
  afterRestore: withoutPairingInCourse(pairing),
};

function asQr({ contentType, texts, url, sms, isPairing }: DeviceQuestion): QrQuestion {
  const [text = ''] = texts;
  return { contentType: contentType || FREE, text, callbackUrl: url, callbackSms: sms, isPairing };
}
