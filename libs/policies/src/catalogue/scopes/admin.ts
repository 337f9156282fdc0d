import { flag, ofScope } from '../catalogued-action.js';
import { NO_NEW_U2F, TOKEN_KINDS, sinceOf } from '../token-kinds.js';

/** Rights over tokens and users of the policy's realms; all is allowed while no admin policy is active. */
export const ADMIN_ACTIONS = ofScope('admin', [
  flag('enable', 'admin/enable', 'Enable tokens.'),
  flag('disable', 'admin/disable', 'Disable tokens.'),
  flag('set', 'admin/set, admin/setValidity', 'Set limits, windows and all else of tokens but their PINs.'),
  flag('setOTPPIN', 'admin/set', 'Set PINs of tokens.'),
  flag('setMOTPPIN', 'admin/setPin', 'Set the mOTP PIN of mOTP tokens.'),
  flag('setSCPIN', { never: 'there are no smart cards' }, 'Nothing.'),
  flag('resync', 'admin/resync', 'Resynchronise tokens.'),
  flag('reset', 'admin/reset', 'Reset failure counters of tokens.'),
  flag('assign', 'admin/assign', 'Assign tokens to users.'),
  flag('unassign', 'admin/unassign', 'Take tokens from their owners.'),
  flag('import', 'admin/loadtokens', 'Import files of tokens into the realms of the policy.'),
  flag('remove', 'admin/remove', 'Remove tokens.'),
  flag('userlist', 'admin/userlist', 'List users.'),
  flag('tokenowner', 'admin/getTokenOwner', 'See who owns a token.'),
  flag('checkstatus', 'admin/checkstatus', 'See the state of challenges.'),
  flag('manageToken', 'admin/init, admin/tokenrealm', 'Put tokens into realms and take them out.'),
  flag('getserial', 'admin/getSerialByOtp', 'Search for the token that made an OTP.'),
  flag('copytokenpin', 'admin/copyTokenPin', 'Copy the PIN of one token to another.'),
  flag('copytokenuser', 'admin/copyTokenUser', 'Copy the owner of one token to another.'),
  flag('losttoken', 'admin/losttoken', 'Replace a lost token by a temporary password.'),
  flag('totp_lookup', 'admin/totp_lookup', 'Find out when a past TOTP value was valid.'),
  flag('getotp', 'gettoken/getotp, gettoken/getmultiotp', 'Have OTP values of tokens computed.', {
    desc: 'allow the administrator to retrieve OTP values for tokens.',
  }),
  flag('show', 'admin/show', 'List tokens; every other right in a realm implies it.'),
  flag('unpair', 'admin/unpair', 'Take a pairing from a token.'),
  ...TOKEN_KINDS.map((kind) =>
    flag(
      `init${kind}`,
      kind === 'U2F' ? NO_NEW_U2F : 'admin/init',
      `Enrol tokens of type ${kind.toLowerCase()}.`,
      sinceOf(kind),
    ),
  ),
  flag('initETNG', 'admin/init', 'Enrol tokens of type hmac, as `initHMAC`: its name of old.', {
    declared: 'silent',
  }),
  flag('setOCRAPIN', 'admin/setPin', 'Set the OCRA PIN of ocra2 tokens.', { since: '4.0' }),
]);
