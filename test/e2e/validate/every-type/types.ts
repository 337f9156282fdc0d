import type { Fields } from '../../../support/clients/admin-agent.js';
import { dayPasswordAt, hotpAt, motpAt, totpAt, yubikeyOtp } from '../../../support/clients/otp.js';
import { ocraAt } from '../../../support/clients/ocra-device.js';
import { CODES, DEVICES, SHARED_SECRET } from './elsewhere.js';
import { newestQuestion } from './newest-question.js';
import { KEY, U2F } from './key-types.js';
import { newestTan } from './phones.js';
import { newestOtp } from './sent-otps.js';
import { BARE_ANSWER, NO_WINDOW, type TypeRow, WITH_PIN, never } from './type-row.js';

export type { Missing, Otherwise, TypeRow } from './type-row.js';

const DAY_MS = 86_400_000;
const KEYS = ['3132333435363738393031323334353637383930', '5a'.repeat(20)] as const;
const MOTP = [
  { seed: '1234567890abcdef', pin: '4711' },
  { seed: 'fedcba0987654321', pin: '0815' },
] as const;
const AES = ['00112233445566778899aabbccddeeff', 'ffeeddccbbaa99887766554433221100'] as const;
const DAYS = ['1234567890abcdef', 'another seed'] as const;
const PASSWORDS = ['a password', 'his secret'] as const;

const REUSED = { why: 'it is not used up', isAccepted: true } as const;
const NEVER_ASKED = never('it has nothing to be asked for');

const ANSWER = { why: 'the answer to a challenge is its OTP', isAccepted: true } as const;
/** All of a login that answers is checked at once: the record does not tell the PIN from the OTP. */
const WRONG_ANSWER = {
  why: 'all of it answers a challenge',
  isAccepted: false,
  detail: 'wrong otp pin -1',
} as const;

/** Types that are asked by challenges alone. */
const SENT: readonly TypeRow[] = ['sms', 'email', 'voice'].map((type) => ({
  type,
  label: type,
  isSent: true,
  isOneTime: false,
  form: (): Fields => (type === 'email' ? { email_address: 'anna@example.test' } : { phone: '+49 170 1' }),
  right: newestOtp,
  wrong: '00000x',
  edge: never('an OTP is that of its message'),
  beyond: never('an OTP is that of its message'),
  behind: never('an OTP is that of its message'),
  otherwise: {
    'wrong OTP': WRONG_ANSWER,
    replayed: { ...WRONG_ANSWER, why: 'its challenge is closed' },
    'OTP alone': ANSWER,
    'PIN with the answer': WITH_PIN,
  },
}));

const OCRA_KEYS = ['31323334353637383930'.repeat(3) + '3132', '5a'.repeat(32)] as const;
const ocraAhead = (counter: number) => ocraAt(newestQuestion(), { keyHex: OCRA_KEYS[0], counter });

/** What it is asked goes into its OTP. */
const OCRA: TypeRow = {
  type: 'ocra2',
  label: 'ocra2',
  isSent: true,
  isOneTime: true,
  form: (owner) => ({ otpkey: OCRA_KEYS[owner] }),
  right: (owner) => ocraAt(newestQuestion(), { keyHex: OCRA_KEYS[owner] }),
  wrong: '0000000x',
  edge: () => ocraAhead(9),
  beyond: () => ocraAhead(10),
  behind: never('what is behind the counter is spent: it is replayed'),
  asking: { data: 'Pay 100 to Bernd' },
  otherwise: {
    'wrong OTP': WRONG_ANSWER,
    replayed: { ...WRONG_ANSWER, why: 'its challenge is closed' },
    'OTP alone': ANSWER,
    'PIN with the answer': WITH_PIN,
    'beyond the window': WRONG_ANSWER,
  },
};

const KEPT: readonly TypeRow[] = [
  {
    type: 'hmac',
    label: 'HMAC',
    isOneTime: true,
    form: (owner) => ({ otpkey: KEYS[owner] }),
    right: (owner) => hotpAt(0, { keyHex: KEYS[owner] }),
    wrong: '000000',
    // The window of a counter is half-open: ten values, the next one among them.
    edge: () => hotpAt(9),
    beyond: () => hotpAt(10),
    behind: never('what is behind the counter is spent: it is replayed'),
    otherwise: {},
  },
  {
    type: 'totp',
    label: 'TOTP',
    isOneTime: true,
    form: (owner) => ({ otpkey: KEYS[owner] }),
    right: (owner) => totpAt(new Date(), { keyHex: KEYS[owner] }),
    wrong: '00000x',
    // Ten steps to each side; two are left for the time that the request takes.
    edge: () => totpAt(new Date(), { steps: 8 }),
    beyond: () => totpAt(new Date(), { steps: 12 }),
    behind: () => totpAt(new Date(), { steps: -13 }),
    otherwise: {},
  },
  {
    type: 'motp',
    label: 'mOTP',
    isOneTime: true,
    form: (owner) => ({ otpkey: MOTP[owner].seed, otppin: MOTP[owner].pin }),
    right: (owner) => motpAt(new Date(), MOTP[owner]),
    wrong: 'zzzzzz',
    // Twenty slots of ten seconds to each side.
    edge: () => motpAt(new Date(), { ...MOTP[0], slots: 16 }),
    beyond: () => motpAt(new Date(), { ...MOTP[0], slots: 24 }),
    behind: () => motpAt(new Date(), { ...MOTP[0], slots: -25 }),
    otherwise: {},
  },
  {
    type: 'yubikey',
    label: 'yubikey',
    isOneTime: true,
    form: (owner) => ({ otpkey: AES[owner], otplen: '44' }),
    right: (owner) => yubikeyOtp({ keyHex: AES[owner], usage: 2 }),
    wrong: 'c'.repeat(44),
    edge: () => yubikeyOtp({ keyHex: AES[0], usage: 65_535, session: 255 }),
    beyond: never('its counter only grows: any number of presses ahead is taken'),
    behind: never('what is behind the counter is spent: it is replayed'),
    otherwise: {
      'PIN with the answer': {
        why: 'it is not told its public id, which may be anything before the last 32 letters',
        isAccepted: true,
      },
    },
  },
  {
    type: 'dpw',
    label: 'DPW',
    isOneTime: false,
    form: (owner) => ({ otpkey: DAYS[owner] }),
    right: (owner) => dayPasswordAt(new Date(), { seed: DAYS[owner] }),
    wrong: '00000x',
    edge: never('a day has one value'),
    beyond: () => dayPasswordAt(new Date(Date.now() + DAY_MS)),
    behind: () => dayPasswordAt(new Date(Date.now() - DAY_MS)),
    asking: { data: 'a text' },
    otherwise: { replayed: { ...REUSED, why: 'it is good all day' } },
  },
  {
    type: 'pw',
    label: 'pw',
    isOneTime: false,
    form: (owner) => ({ otpkey: PASSWORDS[owner] }),
    right: (owner) => PASSWORDS[owner],
    wrong: 'b password',
    edge: never('there is one value'),
    beyond: never('there is one value'),
    behind: never('there is one value'),
    otherwise: { replayed: REUSED },
  },
  {
    type: 'spass',
    label: 'spass',
    isOneTime: false,
    form: () => ({ genkey: '1' }),
    right: () => '',
    wrong: 'more',
    edge: never('there is no value beside the PIN'),
    beyond: never('there is no value beside the PIN'),
    behind: never('there is no value beside the PIN'),
    otherwise: {
      'wrong OTP': { why: 'all of it is its PIN', isAccepted: false, detail: 'wrong otp pin -1' },
      replayed: { ...REUSED, why: 'a PIN is not used up' },
      'PIN alone': { why: 'that is all it asks for', isAccepted: true },
      'OTP before the PIN': never('it has no OTP'),
      'more behind the OTP': { why: 'all of it is its PIN', isAccepted: false, detail: 'wrong otp pin -1' },
      'answer to its challenge': NEVER_ASKED,
      'wrong answer': NEVER_ASKED,
      'PIN with the answer': NEVER_ASKED,
      'answer given twice': NEVER_ASKED,
      'answer to an expired challenge': NEVER_ASKED,
      'answer while it is locked': NEVER_ASKED,
      'answer while it is disabled': NEVER_ASKED,
      'foreign transaction': never('a transaction says nothing to it: its PIN alone is asked for'),
      'made-up transaction': never('a transaction says nothing to it: its PIN alone is asked for'),
    },
  },
];

/** Types whose OTPs somebody else knows: the PIN is checked here. */
const ELSEWHERE: readonly TypeRow[] = [
  {
    type: 'remote',
    label: 'remote',
    isOneTime: false,
    form: () => ({ 'remote.user': 'anna', 'remote.local_checkpin': '1' }),
    right: (owner) => CODES[owner],
    wrong: '000000',
    edge: never('the server knows which values there are'),
    beyond: never('the server knows which values there are'),
    behind: never('the server knows which values there are'),
    otherwise: {},
  },
  {
    type: 'radius',
    label: 'radius',
    isOneTime: false,
    form: () => ({ 'radius.user': 'anna', 'radius.secret': SHARED_SECRET, 'radius.local_checkpin': '1' }),
    right: (owner) => CODES[owner],
    wrong: '000000',
    edge: never('the server knows which values there are'),
    beyond: never('the server knows which values there are'),
    behind: never('the server knows which values there are'),
    otherwise: {},
  },
  {
    type: 'yubico',
    label: 'yubico',
    isOneTime: true,
    form: (owner) => ({ 'yubico.tokenid': DEVICES[owner].publicId }),
    right: (owner) => yubikeyOtp({ ...DEVICES[owner], usage: 2 }),
    wrong: 'c'.repeat(44),
    edge: () => yubikeyOtp({ ...DEVICES[0], usage: 65_535, session: 255 }),
    beyond: never('its counter only grows: any number of presses ahead is taken'),
    behind: never('what is behind the counter is spent: it is replayed'),
    asking: { data: 'a text' },
    otherwise: {},
  },
  {
    type: 'forward',
    label: 'forward',
    isOneTime: true,
    form: (owner) => ({ 'forward.serial': `TARGET${owner}` }),
    target: (owner) => ({ type: 'hmac', serial: `TARGET${owner}`, otpkey: KEYS[owner], pin: 'its own' }),
    right: (owner) => hotpAt(0, { keyHex: KEYS[owner] }),
    wrong: '000000',
    edge: () => hotpAt(9),
    beyond: () => hotpAt(10),
    behind: never('what is behind the counter is spent: it is replayed'),
    otherwise: {},
  },
];

const NO_PIN_WITH_IT = { ...BARE_ANSWER, why: 'the answer of the phone comes without a PIN' } as const;
const BY_SIGNATURE = {
  ...BARE_ANSWER,
  why: 'the phone answers by itself, and nobody types anything',
  info: () => 'Pushtoken version 2 requires "accept" or "reject" as parameter',
} as const;
const NOT_TYPED = never('nothing that is typed is right');

/** Types that ask a phone. */
const PAIRED: readonly TypeRow[] = [
  {
    type: 'qr',
    label: 'qr',
    isSent: true,
    isOneTime: false,
    form: () => ({}),
    right: newestTan,
    wrong: '0000000x',
    edge: NO_WINDOW,
    beyond: NO_WINDOW,
    behind: NO_WINDOW,
    asking: { data: 'a text' },
    otherwise: {
      right: NO_PIN_WITH_IT,
      'wrong OTP': NO_PIN_WITH_IT,
      replayed: never('it is given twice as the answer that it is'),
      'OTP alone': { why: 'the answer to a challenge is its TAN', isAccepted: true },
      'for another path': never('it is enrolled for all of them'),
    },
  },
  {
    type: 'push',
    label: 'push',
    isSent: true,
    isOneTime: false,
    form: () => ({}),
    right: newestTan,
    wrong: '0000000x',
    edge: NO_WINDOW,
    beyond: NO_WINDOW,
    behind: NO_WINDOW,
    asking: { data: 'a text' },
    otherwise: {
      right: BY_SIGNATURE,
      'wrong OTP': BY_SIGNATURE,
      'wrong PIN': BY_SIGNATURE,
      'PIN of nobody': BY_SIGNATURE,
      'PIN alone': BY_SIGNATURE,
      'OTP alone': BY_SIGNATURE,
      'OTP before the PIN': BY_SIGNATURE,
      'more behind the OTP': BY_SIGNATURE,
      'empty pass': BY_SIGNATURE,
      replayed: NOT_TYPED,
      'for another path': never('it is enrolled for all of them'),
      'answer to its challenge': BY_SIGNATURE,
      'wrong answer': BY_SIGNATURE,
      'PIN with the answer': BY_SIGNATURE,
      'answer given twice': NOT_TYPED,
      'answer to an expired challenge': BY_SIGNATURE,
      'foreign transaction': BY_SIGNATURE,
      'made-up transaction': BY_SIGNATURE,
    },
  },
];

export const TYPES: readonly TypeRow[] = [...KEPT, ...SENT, ...ELSEWHERE, OCRA, ...PAIRED, KEY, U2F];
