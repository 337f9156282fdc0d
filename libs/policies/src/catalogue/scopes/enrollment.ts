import { type ActionOfScope, flag, ofScope, set, text, whole } from '../catalogued-action.js';
import { NO_NEW_U2F, TOKEN_KINDS, type TokenKind, sinceOf } from '../token-kinds.js';

const LOST_TOKEN = 'admin/losttoken';
const FIDO2 = 'admin/init, userservice/enroll';
const VERIFICATION = ['required', 'preferred', 'discouraged'];

const maxToken = (kind: TokenKind): ActionOfScope =>
  whole(
    `maxtoken${kind}`,
    kind === 'U2F' ? 'admin/assign, admin/loadtokens' : 'admin/init, admin/assign',
    `The most tokens of type ${kind.toLowerCase()} of a user.`,
    sinceOf(kind),
  );

/** Actions of single types, told after the number of their tokens. */
const OF_KIND: Partial<Record<TokenKind, readonly ActionOfScope[]>> = {
  U2F: [
    text(
      'u2f_valid_facets',
      'validate/check',
      'Origins from which U2F tokens may be used, with `;` between them.',
      {
        fallback: '',
      },
    ),
    text('u2f_app_id', NO_NEW_U2F, 'Nothing: each token has its application id.'),
  ],
};

export const ENROLLMENT_ACTIONS = ofScope('enrollment', [
  whole(
    'tokencount',
    'admin/init, admin/assign, admin/enable, admin/tokenrealm, admin/copyTokenUser',
    'The most tokens of a realm; -1: any number.',
    {
      fallback: -1,
      desc: 'Limit the number of tokens in a realm.',
    },
  ),
  whole(
    'maxtoken',
    'admin/init, admin/assign',
    'The most tokens of a user; of several realms the smallest counts.',
    {
      desc: 'Limit the number of tokens a user in the realm may have assigned.',
    },
  ),
  whole(
    'otp_pin_random',
    'admin/init, admin/assign',
    'The length of a PIN that the server makes up; 0: none.',
    {
      fallback: -1,
      allowed: Array.from({ length: 100 }, (_, value) => value),
    },
  ),
  {
    ...text(
      'otp_pin_random_content',
      'admin/init, admin/assign',
      'The characters of such a PIN: `c`, `C`, `n`, `s`.',
      {
        fallback: '',
        fallbackText: 'letters and digits',
        desc: 'The contents of the temporary password, described by the characters C, c, n, s.',
      },
    ),
    type: 'string',
  },
  whole(
    'otp_pin_encrypt',
    'admin/init, admin/assign, admin/set',
    'PINs are stored sealed (1), or hashed, then sealed (0).',
    {
      fallback: 0,
      allowed: [0, 1],
    },
  ),
  text('tokenlabel', 'admin/init', 'The label in otpauth URLs, with `<u>`, `<r>`, `<s>` and `<d>`.', {
    fallbackText: 'the user, else the serial',
    desc: 'the label for the google authenticator.',
  }),
  text('tokenissuer', 'admin/init', 'The issuer in otpauth URLs.', {
    fallback: 'LinOTP',
    desc: 'the issuer label for the google authenticator.',
  }),
  text(
    'autoenrollment',
    'validate/check',
    'Users without a token get one at login: `sms`, `email`, both in order, or `*`.',
    {
      desc: 'users can enroll a token just by using the pin to authenticate and will an otp for authentication',
    },
  ),
  flag(
    'autoassignment_forward',
    'validate/check',
    'A remote token is tried with the credentials as they came.',
    {
      desc: 'in case of an autoassignement with a remotetoken, the credentials are forwarded',
    },
  ),
  text('autoassignment_from_realm', 'validate/check', 'The realm whose unassigned tokens are tried.', {
    fallback: '',
    fallbackText: 'the user’s own',
    desc: 'define the src realm, where the unassigned tokens should be taken from',
  }),
  flag('autoassignment_without_password', 'validate/check', 'A token is assigned by its OTP alone.', {
    desc: 'users can assign a token just by using the unassigned token to authenticate providing the otp value only.',
  }),
  flag(
    'autoassignment',
    'validate/check',
    'A token is assigned to the user who logs in with password and its OTP.',
    {
      desc: 'users can assign a token just by using the unassigned token to authenticate.',
    },
  ),
  flag(
    'ignore_autoassignment_pin',
    'validate/check',
    'The password does not become the PIN of such a token.',
    {
      desc: 'Do not set password from auto assignment as token pin.',
    },
  ),
  whole('lostTokenPWLen', LOST_TOKEN, 'The length of a temporary password.', {
    fallback: 10,
    desc: 'The length of the password in case of temporary token.',
  }),
  text('lostTokenPWContents', LOST_TOKEN, 'The characters of a temporary password: `c`, `C`, `n`, `s`.', {
    fallback: '',
    fallbackText: 'letters and digits',
    desc: 'The contents of the temporary password, described by the characters C, c, n, s.',
  }),
  {
    ...text('lostTokenValid', LOST_TOKEN, 'How long a temporary password is good: days, or a duration.', {
      fallback: 10,
      desc: 'The length of the validity for the temporary token as days or duration with "d"-days, "h"-hours, "m"-minutes, "s"-seconds.',
    }),
    type: ['int', 'duration'],
  },
  flag(
    'purge_rollout_token',
    'validate/check',
    'The roll-out tokens of a user go when another token was used.',
    {
      desc: 'After a successfull login with a second token, therollout token is removed.',
    },
  ),
  ...TOKEN_KINDS.flatMap((kind) => [maxToken(kind), ...(OF_KIND[kind] ?? [])]),
  text('fido2_rp_id', FIDO2, 'The relying party of FIDO2 tokens; without it none is enrolled.', {
    since: '4.0',
  }),
  text('fido2_rp_name', FIDO2, 'The relying party’s name.', {
    fallbackText: '`tokenissuer`, else `LinOTP`',
    since: '4.0',
  }),
  set('fido2_attestation_conveyance', FIDO2, 'How an authenticator is asked to prove its make.', {
    fallback: 'direct',
    allowed: ['direct', 'indirect', 'none', 'enterprise'],
    since: '4.0',
  }),
  set(
    'fido2_user_verification_requirement',
    FIDO2,
    'Whether the authenticator verifies its user at enrolment.',
    {
      fallback: 'preferred',
      allowed: VERIFICATION,
      since: '4.0',
    },
  ),
  set('fido2_resident_key_requirement', FIDO2, 'Whether the key is kept in the authenticator.', {
    fallback: 'preferred',
    allowed: VERIFICATION,
    since: '4.0',
  }),
  set('fido2_authenticator_types', FIDO2, 'Kinds of authenticators that browsers offer.', {
    range: ['client-device', 'security-key', 'hybrid'],
    since: '4.0',
  }),
  text('fido2_allowed_authenticators', FIDO2, 'AAGUIDs of authenticators that may be enrolled.', {
    fallbackText: 'any',
    since: '4.0',
  }),
  text(
    'partition',
    'admin/init, userservice/enroll',
    'The key pair with which QR and push tokens are paired.',
    {
      fallback: '0',
      declared: 'silent',
    },
  ),
]);
