import { newestSignature, newestU2fSignature } from './keys.js';
import { BARE_ANSWER, NO_WINDOW, type TypeRow, WITH_PIN, never } from './type-row.js';

const failedByU2f = (reason: string) => () => `U2F authentication failed: ${reason}`;
const failed = (reason: string) => () => `Fido2 authentication failed: ${reason}`;
const malformed = failed('Malformed answer (no JSON).');
const notKey = failed('Malformed answer (response).');
const unasked = failed('no open challenge');

/** A key signs what its browser is asked, and nothing that is typed is right. */
export const KEY: TypeRow = {
  type: 'fido2',
  label: 'fido2',
  isSent: true,
  isOneTime: false,
  form: () => ({}),
  right: newestSignature,
  wrong: '{"id":"AAAA"}',
  edge: NO_WINDOW,
  beyond: NO_WINDOW,
  behind: NO_WINDOW,
  otherwise: {
    right: { ...BARE_ANSWER, why: 'the answer of the key comes without a PIN', info: malformed },
    'wrong OTP': { ...BARE_ANSWER, why: 'the answer of the key comes without a PIN', info: malformed },
    'wrong PIN': { ...BARE_ANSWER, why: 'no PIN stands before it', info: malformed },
    'PIN of nobody': { ...BARE_ANSWER, why: 'no PIN stands before it', info: malformed },
    'PIN alone': { ...BARE_ANSWER, why: 'it is no answer', info: malformed },
    'OTP alone': { why: 'it is the answer to a challenge', isAccepted: true },
    'OTP before the PIN': { ...BARE_ANSWER, why: 'nothing stands behind it', info: malformed },
    'more behind the OTP': { ...BARE_ANSWER, why: 'nothing stands behind it', info: malformed },
    'empty pass': { ...BARE_ANSWER, why: 'it is no answer', info: malformed },
    replayed: never('it is given twice as the answer that it is'),
    'for another path': never('it is enrolled for all of them'),
    'wrong answer': { ...BARE_ANSWER, why: 'it is none of a key', info: notKey },
    'PIN with the answer': { ...BARE_ANSWER, why: 'no PIN stands before it', info: malformed },
    'answer given twice': { ...BARE_ANSWER, why: 'its challenge is closed', info: unasked },
    'answer to an expired challenge': { ...BARE_ANSWER, why: 'it is over', info: unasked },
    'foreign transaction': { ...BARE_ANSWER, why: 'nobody asked this key', info: unasked },
    'made-up transaction': { ...BARE_ANSWER, why: 'nobody asked this key', info: unasked },
  },
};

const NO_JSON = { ...BARE_ANSWER, info: failedByU2f('Malformed answer (no JSON).') } as const;
const NO_KEY = {
  ...BARE_ANSWER,
  why: 'it is none of a key',
  info: failedByU2f('Malformed answer (response).'),
} as const;
const NOT_ASKED = { ...BARE_ANSWER, info: failedByU2f('no open challenge') } as const;

/** The same by U2F: the PIN may stand before what the key signs. */
export const U2F: TypeRow = {
  type: 'u2f',
  label: 'u2f',
  isSent: true,
  isOneTime: false,
  isImported: true,
  form: () => ({}),
  right: newestU2fSignature,
  wrong: '{"id":"AAAA"}',
  edge: NO_WINDOW,
  beyond: NO_WINDOW,
  behind: NO_WINDOW,
  otherwise: {
    'wrong OTP': NO_KEY,
    'wrong PIN': { ...NO_JSON, why: 'no other PIN stands before it' },
    'PIN of nobody': { ...NO_JSON, why: 'no other PIN stands before it' },
    'PIN alone': { ...NO_JSON, why: 'it is no answer' },
    'OTP alone': { why: 'it is the answer to a challenge', isAccepted: true },
    'OTP before the PIN': { ...NO_JSON, why: 'nothing stands behind it' },
    'more behind the OTP': { ...NO_JSON, why: 'nothing stands behind it' },
    'empty pass': { ...NO_JSON, why: 'it is no answer' },
    replayed: never('it is given twice as the answer that it is'),
    'for another path': never('it is imported for all of them'),
    'wrong answer': NO_KEY,
    'PIN with the answer': WITH_PIN,
    'answer given twice': { ...NOT_ASKED, why: 'its challenge is closed' },
    'answer to an expired challenge': { ...NOT_ASKED, why: 'it is over' },
    'foreign transaction': { ...NOT_ASKED, why: 'nobody asked this key' },
    'made-up transaction': { ...NOT_ASKED, why: 'nobody asked this key' },
  },
};
