import { flag, ofScope, text } from '../catalogued-action.js';

export const AUTHORIZATION_ACTIONS = ofScope('authorization', [
  flag('authorize', 'validate/check', 'Users may log in; once any policy says so, all others may not.', {
    fallbackText: 'allowed',
    desc: 'The user/realm will be authorized to login to the clients IPs.',
  }),
  text('tokentype', 'validate/check', 'The token types of a good login, or `*`.', {
    fallbackText: 'any',
    desc: 'The user will only be authenticated with this very tokentype.',
  }),
  text('serial', 'validate/check', 'A regular expression that is found in the serial of a good login.', {
    fallbackText: 'any',
    desc: 'The user will only be authenticated if the serial number of the token matches this regexp.',
  }),
  text('setrealm', 'validate/check', 'The realm in which the user of a login is looked up instead.', {
    fallbackText: 'unchanged',
    desc: 'The Realm of the user is set to this very realm. This is important if the user is not contained in the default realm and can not pass his realm.',
  }),
  flag('detail_on_success', 'validate/check', 'A good login tells realm, user, type and serial.', {
    desc: 'In case of successful authentication additional detail information will be returned.',
  }),
  flag('detail_on_fail', 'validate/check', 'A failed login tells why.', {
    desc: 'In case of failed authentication additional detail information will be returned.',
  }),
  text('fido2_allowed_authenticators', 'validate/check', 'AAGUIDs of authenticators that may be used.', {
    fallbackText: 'any',
    since: '4.0',
  }),
]);
