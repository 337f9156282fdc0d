import { type ActionOfScope, flag, ofScope, text, whole } from '../catalogued-action.js';
import { NO_NEW_U2F, type TokenKind } from '../token-kinds.js';

const ENROLL = 'userservice/enroll';
const LOGIN = 'userservice/login';
const CONTEXT = 'userservice/pre_context and userservice/context';
const PIN_RULES = 'PINs that users set';
const TO_HUNDRED = Array.from({ length: 100 }, (_, value) => value);

const enroll = (kind: TokenKind, takesEffect: ActionOfScope['takesEffect'] = ENROLL): ActionOfScope => {
  const name = kind.toLowerCase();
  return flag(`enroll${kind}`, takesEffect, `Enrol tokens of type ${name}.`, {
    desc: `The user is allowed to enroll a ${name} token.`,
  });
};
/** A server that users name would be sent what others type, and could say yes to anything. */
const NOT_OF_USERS = { never: 'which server decides is not for users to say' } as const;
const since4 = (action: ActionOfScope): ActionOfScope => ({ ...action, since: '4.0' });
const removed = (replacement: string): { readonly never: string } => ({ never: replacement });

/** What users may do to their own tokens: nothing, unless a policy says so. */
export const SELFSERVICE_ACTIONS = ofScope('selfservice', [
  flag('assign', 'userservice/assign', 'Assign an unassigned token by its serial.', {
    desc: 'The user is allowed to assign an existing token using the token serial number.',
  }),
  flag('disable', 'userservice/disable', 'Disable tokens.'),
  flag('enable', 'userservice/enable', 'Enable tokens.'),
  flag('delete', 'userservice/delete', 'Delete tokens.'),
  flag('unassign', 'userservice/unassign', 'Give tokens back.'),
  flag('resync', 'userservice/resync', 'Resynchronise tokens.'),
  flag('verify', 'userservice/verify', 'Try tokens out.'),
  flag('reset', 'userservice/reset', 'Reset failure counters of tokens.', {
    desc: 'Allow to reset the failcounter of a token.',
  }),
  flag(
    'setOTPPIN',
    'userservice/setpin, userservice/enroll',
    'Set PINs of tokens; then a new token needs one, too.',
  ),
  flag('setDescription', 'userservice/setdescription', 'Describe tokens.'),
  flag('setMOTPPIN', 'userservice/setmpin', 'Set the mOTP PIN of mOTP tokens.'),
  flag('getotp', removed('use gettoken'), 'Nothing.'),
  whole(
    'otp_pin_maxlength',
    PIN_RULES,
    'The most characters of a PIN; of several realms the largest counts.',
    {
      fallback: -1,
      allowed: TO_HUNDRED,
    },
  ),
  whole(
    'otp_pin_minlength',
    PIN_RULES,
    'The least characters of a PIN; of several realms the smallest counts.',
    {
      fallback: -1,
      allowed: TO_HUNDRED,
    },
  ),
  text(
    'otp_pin_contents',
    PIN_RULES,
    'The characters of a PIN: `c`, `n`, `s`, `o`, with `+` or `-` before them.',
    {
      fallback: '',
    },
  ),
  flag('webprovisionGOOGLE', removed('use enrollHMAC'), 'Nothing.'),
  flag('webprovisionGOOGLEtime', removed('use enrollTOTP'), 'Nothing.'),
  whole('max_count_dpw', removed('use the scope gettoken'), 'Nothing.'),
  whole('max_count_hotp', removed('use the scope gettoken'), 'Nothing.'),
  whole('max_count_totp', removed('use the scope gettoken'), 'Nothing.'),
  flag('history', 'userservice/history', 'See the history of one’s own tokens.', {
    desc: 'Allow the user to view his own token history',
  }),
  flag('getserial', 'userservice/getSerialByOtp', 'Search for an unassigned token by an OTP of it.', {
    desc: 'Allow to search an unassigned token by OTP value.',
  }),
  flag('mfa_login', LOGIN, 'The portal asks for a second factor.', {
    desc: 'Requires OTP for selfservice authentication',
  }),
  flag('mfa_3_fields', CONTEXT, 'The portal’s login form has a field for the OTP.', {
    desc: 'optional OTP for selfservice authentication',
  }),
  flag('mfa_passOnNoToken', LOGIN, 'With `mfa_login`: users without a token log in with their password.', {
    desc: 'support mfa login if user has no token with password only',
  }),
  flag('show_landing_page', removed('LinOTP 4.0 has no landing page'), 'Nothing.', {
    desc: 'show selfservice landing page as first tab',
  }),
  text('footer_text', CONTEXT, 'The portal’s footer.', {
    desc: 'Text to show on the selfservice page in the footersection. Replaces the LinOTP copyright notice',
  }),
  text('imprint_url', CONTEXT, 'The link to the imprint.', { desc: 'URL to link to an imprint page' }),
  text('privacy_notice_url', CONTEXT, 'The link to the privacy notice.', {
    desc: 'URL to link to a privacy notice page',
  }),
  enroll('SMS'),
  whole('edit_sms', ENROLL, 'Whether users may give another phone number than their record has.', {
    fallback: 1,
    allowed: [0, 1],
    desc: 'define if the user should be allowed to define the sms',
  }),
  enroll('U2F', NO_NEW_U2F),
  enroll('PUSH'),
  flag('activate_PushToken', 'userservice/activate_init', 'Activate a push token.', {
    description: 'activate your PushToken',
  }),
  enroll('TOTP'),
  whole('totp_timestep', ENROLL, 'The seconds of a step of a new totp token.', {
    fallback: 30,
    allowed: [30, 60],
    desc: 'Specify the time step of the timebased OTP token.',
  }),
  ...defaultsOf('totp'),
  enroll('HMAC'),
  ...defaultsOf('hmac'),
  enroll('YUBICO'),
  enroll('PW'),
  enroll('MOTP'),
  enroll('OCRA2'),
  flag('activate_OCRA2', 'userservice/activateocratoken', 'Activate an ocra2 token.'),
  enroll('QR'),
  flag('activate_QRToken', 'userservice/activate_init', 'Activate a QR token.', {
    description: 'activate your QRToken',
  }),
  enroll('EMAIL'),
  whole('edit_email', ENROLL, 'Whether users may give another mail address than their record has.', {
    fallback: 1,
    allowed: [0, 1],
    desc: 'define if the user should be allowed to define the email address',
  }),
  since4(enroll('REMOTE', NOT_OF_USERS)),
  since4(enroll('RADIUS', NOT_OF_USERS)),
  since4(enroll('SPASS')),
  since4(enroll('FORWARD')),
  since4(enroll('DPW')),
  since4(enroll('FIDO2', `${ENROLL}, userservice/fido2_activate_begin, userservice/fido2_activate_finish`)),
  flag(
    'activateQR2',
    'userservice/activateocratoken',
    'Activate an ocra2 token, as `activate_OCRA2`: its name of old.',
    {
      declared: 'silent',
    },
  ),
  flag('autoassignment', CONTEXT, 'Told to the portal before the login.', { declared: 'refused' }),
  flag('autoenrollment', CONTEXT, 'Told to the portal before the login.', { declared: 'refused' }),
]);

function defaultsOf(type: 'hmac' | 'totp'): readonly ActionOfScope[] {
  return [
    whole(`${type}_hashlib`, ENROLL, `The hash of a new ${type} token: 1 SHA-1, 2 SHA-256, 3 SHA-512.`, {
      fallback: 1,
      allowed: [1, 2, 3],
      desc: 'Specify the hashlib to be used. Can be sha1 (1), sha256 (2) or sha512 (3)',
    }),
    whole(`${type}_otplen`, ENROLL, `The digits of a new ${type} token.`, {
      fallback: 6,
      allowed: [6, 8],
      desc: 'Specify the otplen to be used. Can be 6 or 8 digits.',
    }),
  ];
}
