import { known, listed } from './catalogued-setting.js';
import { DURATION, FLAG, TEXT, URL_SCHEME, whole } from './setting-kinds.js';

const NOW = 'this release';
const INT32 = 2_147_483_647;
const SECONDS = whole(0, INT32);

/** Those of challenges, of how they are sent, and of the devices that answer them. */
export const CHALLENGES = {
  transactionIdLength: known(
    'TransactionIdLength',
    whole(12, 17),
    '17',
    NOW,
    'Digits of the transaction id of a challenge.',
  ),
  challengeSeconds: listed(
    'DefaultChallengeValidityTime',
    whole(1, INT32),
    '120',
    NOW,
    'Seconds that a challenge is open.',
  ),
  challengeSecondsOf: {
    ...known('<Type>ChallengeValidityTime', whole(1, INT32), null, NOW, 'The same for another type.'),
    family: /^[A-Za-z0-9]+ChallengeValidityTime$/,
    fallbackText: '`DefaultChallengeValidityTime`',
  },
  challengePrompt: {
    ...known('<TYPE>_CHALLENGE_PROMPT', TEXT, null, NOW, 'What a challenge of this type says.'),
    family: /^[A-Z0-9]+_CHALLENGE_PROMPT$/,
    fallbackText: 'the type’s own',
  },
  challengesPerToken: known(
    'ChallengesPerToken',
    whole(1, 100),
    '5',
    NOW,
    'Challenges that may be made for one token within `ChallengesPerTokenTime`; a right PIN makes no more.',
  ),
  challengesPerTokenTime: known(
    'ChallengesPerTokenTime',
    DURATION,
    '600',
    NOW,
    'Of this time: seconds, `1h30m` or ISO 8601 (`PT90M`).',
  ),
  emailChallengeSeconds: listed(
    'EmailChallengeValidityTime',
    whole(1, INT32),
    '600',
    NOW,
    'Seconds that a challenge by e-mail is open.',
  ),
  smsQuietSeconds: listed(
    'SMSBlockingTimeout',
    SECONDS,
    '30',
    NOW,
    'Seconds after an SMS in which no other is sent to the token, as long as the first one is not answered.',
  ),
  emailQuietSeconds: listed('EmailBlockingTimeout', SECONDS, '120', NOW, 'The same for e-mails.'),
  voiceQuietSeconds: known('VoiceBlockingTimeout', SECONDS, '60', NOW, 'The same for calls.'),
  smsSeconds: listed(
    'SMSProviderTimeout',
    whole(1, INT32),
    '300',
    NOW,
    'Seconds that the OTP of an SMS is good; also the timeout of the SMS provider `imported_default`.',
  ),
  qrChallengeSeconds: listed(
    'QRChallengeValidityTime',
    whole(1, INT32),
    '150',
    NOW,
    'The same for QR tokens.',
  ),
  pushChallengeSeconds: listed(
    'PushChallengeValidityTime',
    whole(1, INT32),
    '150',
    NOW,
    'The same for push tokens.',
  ),
  qrMisses: listed(
    'QRMaxChallenges',
    whole(1, 1_000),
    '4',
    NOW,
    'Wrong answers that a challenge of a QR token takes.',
  ),
  pushMisses: listed('PushMaxChallenges', whole(1, 1_000), '4', NOW, 'The same of a push token.'),
  tanDigits: listed('QRTokenOtpLen', whole(6, 12), '8', NOW, 'Digits of the TANs of new QR tokens.'),
  pairingSeconds: known(
    'PairingUrlValidityTime',
    DURATION,
    '86400',
    NOW,
    'How long an app can be paired with a new QR or push token: seconds, `1h30m` or ISO 8601 (`PT90M`).',
  ),
  appScheme: known(
    'mobile_app_protocol_id',
    URL_SCHEME,
    'lseqr',
    NOW,
    'Scheme of the URLs that the app of QR and push tokens opens.',
  ),
  sendsSmsByPin: known('sms.sendByPin', FLAG, 'True', NOW, 'The PIN alone triggers an SMS.'),
} as const;
