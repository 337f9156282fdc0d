import { OTP_HASHES, type OtpHash } from '@app/otp';
import type { RealmUser } from '@app/realms';

import type { TokenTypeId } from '../../types/token-type.js';
import type { SelfServicePolicies } from '../../self-service/self-service-policies.js';
import type { Enrolment } from '../enrol/enrol-token.js';
import { OwnPinCoupling, OwnRecipientFixed, OwnSerialIsPattern } from './own-enrolment.errors.js';

/** A new token as its user wants it. Whose it is, where, and whether it is active, is not theirs to say. */
export type OwnWish = Omit<Enrolment, 'owner' | 'realms' | 'active' | 'paths'>;

/** What policies say to the user. */
export type OwnRules = Pick<SelfServicePolicies, 'may' | 'whole' | 'mayEdit' | 'demandPin'>;

/**
 * What comes of the wish under the rules: defaults where nothing is said (spec/token-types §3.6).
 * @throws OwnSerialIsPattern, OwnPinCoupling, OwnRecipientFixed, and what the rules say of the PIN
 */
export function decideOwnEnrolment(wish: OwnWish, user: RealmUser, rules: OwnRules): Enrolment {
  if (wish.serial?.includes('*')) throw new OwnSerialIsPattern('serial');
  if (wish.serialPrefix?.includes('*')) throw new OwnSerialIsPattern('prefix');
  const pin = wish.pin || null;
  if (rules.may('setOTPPIN') !== (pin !== null)) {
    throw new OwnPinCoupling(user.login, pin === null ? 'missing' : 'not-allowed');
  }
  if (pin !== null) rules.demandPin(pin);
  demandOwnRecipient(wish, user, rules);
  return { ...wish, ...defaultsFor(wish, rules), pin, owner: user, realms: [], active: null };
}

/** Where users may not say so themselves, messages go to what the directory knows, if to anything. */
function demandOwnRecipient(
  { type, phone, emailAddress }: OwnWish,
  { record: { mobile, phone: telephone, email } }: RealmUser,
  rules: OwnRules,
): void {
  if (type === 'sms' && !rules.mayEdit('edit_sms') && !isSame(phone, mobile || telephone)) {
    throw new OwnRecipientFixed('phone');
  }
  if (type === 'email' && !rules.mayEdit('edit_email') && !isSame(emailAddress, email)) {
    throw new OwnRecipientFixed('emailAddress');
  }
}

function isSame(wanted: string | null | undefined, known: string): boolean {
  return known.trim() !== '' && wanted === known.trim();
}

function defaultsFor(
  { type, digits, hash, time }: OwnWish,
  rules: OwnRules,
): Partial<Pick<OwnWish, 'digits' | 'hash' | 'time'>> {
  const names = POLICY_NAMES[type];
  if (names === undefined) return {};
  const chosen = {
    digits: digits ?? oneOf([6, 8], rules.whole(names.digits)),
    hash: hash ?? hashOf(rules.whole(names.hash)),
  };
  if (type !== 'totp') return chosen;
  const stepSeconds = time.stepSeconds ?? oneOf([30, 60], rules.whole('totp_timestep'));
  return { ...chosen, time: { ...time, stepSeconds } };
}

const POLICY_NAMES: Partial<Record<TokenTypeId, { readonly digits: string; readonly hash: string }>> = {
  hotp: { digits: 'hmac_otplen', hash: 'hmac_hashlib' },
  totp: { digits: 'totp_otplen', hash: 'totp_hashlib' },
};

/** The first, unless the policy says another one of them. */
function oneOf([usual, other]: readonly [number, number], said: number | null): number {
  return said === other ? other : usual;
}

/** As policies number them: 1, 2, 3 (spec/policies §8.3). */
function hashOf(number: number | null): OtpHash {
  return OTP_HASHES[(number ?? 1) - 1] ?? 'sha1';
}
