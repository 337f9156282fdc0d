import { isPushAnswer, pushChallenge } from '@app/otp';

import {
  type DeviceChallenge,
  NO_ADDRESSEE,
  contentTypeOf,
  ephemeralSecret,
  unfitText,
} from '../paired/device-challenge.js';
import { type Pairing, deviceOf, stageIn } from '../paired/pairing.js';
import { withoutPairingInCourse } from '../paired/void-pairing.js';
import type { TokenType } from '../token-type.js';

const SIGN_REQUEST = 0;
const PAIRING = 1;
/** In bytes. */
const LONGEST = { text: 511, serial: 63, login: 127, host: 255, url: 511 };

const pairing: Pairing = {
  type: 'push',
  states: {
    invited: 'unpaired',
    paired: 'pairing_response_received',
    asked: 'pairing_challenge_sent',
    complete: 'active',
  },
  keyName: 'user_dsa_public_key',
  hasTans: false,
  isRepaired: true,
  isUnpaired: false,
};

const device: DeviceChallenge = {
  isPushed: true,
  keepsOlder: true,

  question(token, asked, { url }) {
    const stage = stageIn(pairing, token);
    if (!deviceOf(pairing, token) || stage === null || stage === 'invited') {
      return { refusal: `no app is paired with the token: its state is ${token.info['state']}` };
    }
    if (url === '') return { refusal: 'Policy pushtoken_challenge_callback_url must have a value' };
    const given = contentTypeOf(asked);
    const contentType = stage === 'complete' ? given : PAIRING;
    if (contentType === null) return { refusal: `Unrecognized content type: ${asked.contentType}` };
    const limits = limitsOf(contentType, token.serial, asked.text);
    if (!limits) return { refusal: NO_ADDRESSEE };
    const texts = [...limits.map(([, text]) => text), url];
    const unfit = unfitText([...limits, ['the callback URL', url, LONGEST.url]]);
    return unfit ?? { contentType, texts, url, sms: '', isPairing: contentType === PAIRING };
  },

  seal(token, { contentType, texts }, made, key) {
    const found = deviceOf(pairing, token);
    if (!found) throw new Error('no app is paired with the token');
    const time = Math.floor(made.at.getTime() / 1000);
    const question = { contentType, texts, time };
    return pushChallenge(question, made.transaction, found, ephemeralSecret(token, made), key);
  },

  url: (scheme, payload) => `${scheme}://push/${payload}`,

  isAnswered(token, asked, answer) {
    const found = deviceOf(pairing, token);
    if (answer.kind === 'text' || !found) return false;
    const secret = ephemeralSecret(token, asked);
    return isPushAnswer(asked.payload, secret, found.publicKey, answer.kind, answer.signature);
  },

  misfit: ({ kind }) =>
    kind === 'text' ? 'Pushtoken version 2 requires "accept" or "reject" as parameter' : null,
};

/** An app that is told by itself what its user is to accept or reject (spec/token-types §19). */
export const pushToken: TokenType = {
  id: 'push',
  label: 'push',
  serialPrefix: 'KIPT',
  hasOtp: false,
  seedForm: 'bytes',
  challenge: { prompt: '', needsText: true, device },
  pairing,
  isPending: (token) => stageIn(pairing, token) !== 'complete',

  plan: () => ({ secret: { kind: 'generate', length: 32 }, digits: null, hash: null, time: null }),

  // Nothing is right that answers no challenge.
  verify: () => ({ kind: 'mismatched' }),
  resync: () => null,
  afterRestore: withoutPairingInCourse(pairing),
};

/** What is shown, with the bytes that there is room for; `null`: it names no login at a host. */
function limitsOf(
  contentType: 0 | 1 | 2,
  serial: string,
  text: string,
): readonly (readonly [name: string, text: string, most: number])[] | null {
  if (contentType === SIGN_REQUEST) return [['the message', text, LONGEST.text]];
  if (contentType === PAIRING) return [['the serial', serial, LONGEST.serial]];
  const cut = text.indexOf('@');
  if (cut < 0) return null;
  return [
    ['the login', text.slice(0, cut), LONGEST.login],
    ['the host', text.slice(cut + 1), LONGEST.host],
  ];
}
