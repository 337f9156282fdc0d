import { flag, ofScope, set, text } from '../catalogued-action.js';

const SENT = 'validate/check, validate/check_s';
const PAIRED = 'admin/init, userservice/enroll';
const OFFLINE = 'validate/check, validate/check_s, validate/check_t, validate/check_status';

export const AUTHENTICATION_ACTIONS = ofScope('authentication', [
  flag('delete_on_authentication_exceed', 'validate/check', 'A token that has no login left is removed.', {
    desc: 'should the token be deleted if maximum authentication count was reached',
  }),
  flag('disable_on_authentication_exceed', 'validate/check', 'A token that has no login left is disabled.', {
    desc: 'should the token be disabled if maximum authentication count was reached',
  }),
  text('voice_provider', SENT, 'The provider of calls.', {
    fallbackText: 'the default provider',
    desc: 'The voice provider that should be used to send voice notifications',
  }),
  text('push_provider', SENT, 'The provider of push messages.', {
    fallbackText: 'the default provider',
    desc: 'The push provider that should be used to send push notifications',
  }),
  text('email_provider', SENT, 'The provider of mails.', {
    fallbackText: 'the default provider',
    desc: 'The email provider that should be used to send emails',
  }),
  text('sms_provider', SENT, 'The providers of SMS, tried in order.', {
    fallbackText: 'the default provider',
    desc: 'The sms provider that should be used to submit sms',
  }),
  flag('trigger_sms', 'validate/check_s', 'An SMS can be asked for with `challenge` and without a PIN.', {
    desc: 'should it be possible to trigger a sms challengeby check_s',
  }),
  text('smstext', SENT, 'The text of an SMS, with `<otp>` and `<serial>`.', {
    fallback: '<otp>',
    desc: 'The text that will be send via SMS for an SMS token. Use <otp> and <serial> as parameters.',
  }),
  flag('enforce_smstext', SENT, 'The text that a client gives is not used.', {
    desc: 'if swith enforce_smstext, the challenge "data" is ignored ignored if smstext is set',
  }),
  set(
    'otppin',
    'validate/check',
    'What the PIN is: the token’s, the password of the user store, nothing, or anything.',
    {
      fallback: 0,
      allowed: [0, 1, 2, 3, 'token_pin', 'password', 'only_otp', 'ignore_pin'],
      desc: 'either use the Token PIN (0=token_pin), use the Userstore Password (1=password),use no fixed password component (2=only_otp) orignore the pin/password (3=ignore_pin).',
    },
  ),
  flag(
    'autosms',
    'validate/check, validate/check_s, validate/check_t',
    'After a login with an SMS the next one is sent.',
    {
      desc: 'if set, a new SMS OTP will be sent after successful authentication with one SMS OTP',
    },
  ),
  flag('passthru', 'validate/check', 'Users without a token log in with the password of the user store.', {
    desc: 'If set, the user in this realm will be authenticated against the UserIdResolver, if the user has no tokens assigned.',
  }),
  text('forward_server', 'validate/check', 'Logins are decided by another server, of RADIUS or HTTP.', {
    desc: 'If set, the users authentication request will be forwarded to another linotp or radius server.',
  }),
  flag('forward_on_no_token', 'validate/check', 'Only logins of users without a token are forwarded.', {
    desc: 'the authentication request of the user will beforwarded, if the user has no token',
  }),
  flag(
    'passOnNoToken',
    'validate/check',
    'Users without a token log in with anything, unless `passthru` holds.',
    {
      desc: 'if the user has no token, the authentication request for this user will always be true.',
    },
  ),
  text('qrtanurl', SENT, 'Where the app of ocra2 tokens is to answer a challenge.', {
    fallback: '',
    hasSubKeys: true,
    desc: 'The URL for the half automatic mode that should be used in a QR Token',
  }),
  text('qrtanurl_init', 'admin/init', 'The same, as the app is told at their roll-out.', {
    fallback: '',
    hasSubKeys: true,
    desc: 'The URL for rollout in the half automatic mode that should be used in a QR Token rollout.',
  }),
  text(
    'challenge_response',
    'validate/check, validate/check_s, validate/check_t',
    'Token types whose PIN alone triggers a challenge, or `*`.',
    {
      fallback: '',
      desc: 'A list of tokentypes for which challenge response should be used.',
    },
  ),
  text('qrtoken_pairing_callback_url', PAIRED, 'Where a QR token’s pairing is sent.', { hasSubKeys: true }),
  text('qrtoken_pairing_callback_sms', PAIRED, 'The number to which a QR token’s pairing is sent.', {
    hasSubKeys: true,
  }),
  text('qrtoken_challenge_callback_url', SENT, 'Where a QR token’s answer is sent.', { hasSubKeys: true }),
  text('qrtoken_challenge_callback_sms', SENT, 'The number to which a QR token’s answer is sent.', {
    hasSubKeys: true,
  }),
  text('qrtoken_pairing_cert', { never: 'LinOTP 4.0 reads it nowhere either' }, 'Nothing: declared only.', {
    desc: 'Signifies the certificate id that should be used during pairing. If it is not set, the system will assume that pairing should be done without a certificate.',
  }),
  set('support_offline', OFFLINE, 'Token types whose logins carry what clients need offline.', {
    range: ['qr', 'u2f', 'forward', 'fido2'],
    desc: 'The token types that should support offline authentication',
  }),
  text('voice_language', SENT, 'The language of calls.', {
    fallback: '',
    desc: 'Define the language which should be usedto render the voice message.',
  }),
  text('voice_message', SENT, 'The text of calls, with `{otp}`.', {
    fallback: '{otp}',
    desc: 'Define the message which will be sendto the voice service for the phonecall.',
  }),
  flag('voice_dynamic_mobile_number', SENT, 'Calls go to the number in the user store.', {
    desc: 'If set, a new mobile number will be retrieved from the user info instead of the token',
  }),
  flag('sms_dynamic_mobile_number', SENT, 'SMS go to the number in the user store.', {
    desc: 'if set, a new mobile number will be retrieved from the user info instead of the token',
  }),
  text('pushtoken_pairing_callback_url', PAIRED, 'Where a push token’s pairing is sent.', {
    hasSubKeys: true,
  }),
  text('pushtoken_challenge_callback_url', SENT, 'Where a push token’s answer is sent.', {
    hasSubKeys: true,
  }),
  text('emailtext', SENT, 'The text of mails, with `<otp>` and `<serial>`.', {
    fallbackText: 'the token type’s',
    desc: 'The text that will be send via email for an email token. Use <otp> and <serial> as parameters.',
  }),
  text('emailsubject', SENT, 'The subject of mails, with `<otp>` and `<serial>`.', {
    fallbackText: 'the token type’s',
    desc: 'The subject that will be send via email for an email token. Use <otp> and <serial> as parameters.',
  }),
  flag('dynamic_email_address', SENT, 'Mails go to the address in the user store.', {
    desc: 'if set, a new email address will be retrieved from the user info instead of the token',
  }),
  flag(
    'forwardtoken:no_failcounter_forwarding',
    'validate/*',
    'A forward token leaves its target’s failure counter alone.',
    {
      desc: 'Specify if the target token fail counter should be incremented / resets or not',
    },
  ),
  set(
    'fido2_user_verification_requirement',
    'validate/check',
    'Whether the authenticator verifies its user at login.',
    {
      fallback: 'preferred',
      allowed: ['required', 'preferred', 'discouraged'],
      since: '4.0',
    },
  ),
]);
