import { QUESTION } from '../question-parameters.js';

/** Parameters of logins, as the API's description tells of them. */
export const PASS = { name: 'pass', description: 'PIN and one-time password' };
export const USER = [
  { name: 'user', description: 'login, login@realm or REALM\\login' },
  { name: 'realm', description: 'realm of the user; the login is then not split' },
  { name: 'resConf', description: 'only tokens of owners from this resolver' },
];
export const ANSWER = [
  {
    name: 'transactionid',
    description: 'id of the transaction that pass answers: the OTP alone; also `state`',
  },
  { name: 'state', description: 'the same; it goes before transactionid' },
];
export const TEXTS = [
  { name: 'data', description: 'a text for a challenge, which some types need' },
  {
    name: 'challenge',
    description: 'the same; serial, token_type, transactionid, state and data then say nothing',
  },
  { name: 'message', description: 'the same, where data and challenge are empty (ocra2); text of a message' },
  {
    name: 'content_type',
    description: 'how a device shows the text: 0, unless it is said otherwise (qr, push)',
  },
  { name: 'use_offline', description: 'true: with what clients need to check answers offline (qr)' },
  { name: 'twinlock_hops', description: 'how many servers have forwarded the login' },
  ...QUESTION,
];
export const NARROWED = [
  { name: 'serial', description: "only this one of the user's tokens" },
  { name: 'token_type', description: 'only tokens of this type' },
  { name: 'auth_info', description: 'true: lengths of PIN and OTP in the detail' },
];

export const PICTURE = {
  name: 'qr',
  description: 'png, img or html: what a challenge says as a QR code; with width in pixels (img, html)',
};
