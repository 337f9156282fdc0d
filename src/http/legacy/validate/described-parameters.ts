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
