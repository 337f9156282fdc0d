import type { Secret } from '@app/kernel';
import type { SettingEntry } from '@app/realms';
import type { TokenTypeId } from '@app/tokens';

import { Parameters } from '../../../envelope/parameters/parameters.js';

/** Of any type. What is not named here or below is not the user's to say (spec/validate-api §6, 3), and is passed over. */
const COMMON = ['type', 'serial', 'prefix', 'description', 'pin'];

/**
 * What users may say about a new token beside that, by its type: names of `/admin/init`, or `[theirs, that of /admin/init]`;
 * `null`: users cannot enrol it. Of tokens whose OTPs are sent nobody knows the seed.
 */
const OF_TYPE: Readonly<Record<TokenTypeId, readonly (string | readonly [string, string])[] | null>> = {
  hotp: ['otpkey', 'genkey', 'otplen', 'hashlib'],
  // Of `otplen` and `hashlib` LinOTP takes no notice here (spec/token-types §3.6).
  totp: ['otpkey', 'genkey', 'timeStep', ['totp_otplen', 'otplen'], ['totp_hashlib', 'hashlib']],
  motp: ['otpkey', 'genkey', 'otppin'],
  password: ['otpkey', 'onetime'],
  'day-password': ['otpkey', 'otplen'],
  'simple-pass': ['onetime'],
  sms: ['phone', 'otplen'],
  email: ['email_address', 'otplen'],
  qr: ['otplen', 'callback.id'],
  push: ['callback.id'],
  fido2: ['attestationResponse'],
  // Whoever may enrol them is told that nobody does any more.
  u2f: [],
  voice: null,
  yubikey: null,
  remote: ['remote.user', 'remote.serial', 'otplen'],
  radius: ['radius.user', 'otplen'],
  forward: ['forward.serial'],
  yubico: ['yubico.tokenid', 'otplen'],
  ocra2: [
    'otpkey',
    'genkey',
    'ocrasuite',
    'ocrapin',
    'sharedsecret',
    'callback.id',
    'callback.user',
    'callback.password',
    'no_callback',
  ],
};

/**
 * Which server decides is not the user's to say, who could name one that says yes to anything, or have this one call any other:
 * settings do, by the names of the parameters.
 */
const SET_FOR_ALL: Readonly<Partial<Record<TokenTypeId, readonly string[]>>> = {
  remote: ['remote.server', 'remote.realm', 'remote.resConf'],
  radius: ['radius.server', 'radius.secret', 'radius.local_checkpin'],
};

/** The seeds of these are made unless one is given. */
const GENERATED: readonly TokenTypeId[] = ['hotp', 'totp', 'motp'];

/** As policies number hashes (spec/policies §8.3). */
const HASH_NUMBERS: ReadonlyMap<string, string> = new Map([
  ['1', 'sha1'],
  ['2', 'sha256'],
  ['3', 'sha512'],
]);

/** What is left of the request, as `/admin/init` would have it; `null`: users cannot enrol this type. */
export function ownEnrolmentParameters(
  sent: Parameters,
  type: TokenTypeId,
  settings: ReadonlyMap<string, Pick<SettingEntry, 'value'>> = new Map(),
): Parameters | null {
  const allowed = OF_TYPE[type];
  if (allowed === null) return null;
  const values = new Map<string, unknown>();
  for (const name of [...COMMON, ...allowed]) {
    const [theirs, ours] = typeof name === 'string' ? [name, name] : name;
    if (sent.has(theirs)) values.set(ours, sent.raw(theirs));
  }
  for (const name of SET_FOR_ALL[type] ?? []) {
    const value = settings.get(name)?.value;
    if (value !== undefined) values.set(name, typeof value === 'string' ? value : clear(value));
  }
  const isGiven = sent.text('otpkey') || sent.text('genkey');
  if (GENERATED.includes(type) && !isGiven) values.set('genkey', '1');
  const hash = HASH_NUMBERS.get(new Parameters(values).text('hashlib') ?? '');
  if (hash !== undefined) values.set('hashlib', hash);
  return new Parameters(values);
}

function clear(secret: Secret): string {
  return secret.use((bytes) => Buffer.from(bytes).toString('utf8'));
}
