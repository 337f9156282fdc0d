import type { GlobalScope } from '@app/policies';
import type {
  EnrolmentDenial,
  NamedEnrolment,
  PinRefusal,
  RealmChange,
  TokenAction,
  TokenTypeId,
} from '@app/tokens';

import { pythonQuoted } from '../../legacy/python-text.js';
import { wireTypeName } from '../parameters/token-type-names.js';

const NO_RIGHT = 'You do not have the administrative right to';
const CHECK = 'Check the policies.';

/** What clients read when a right of a global scope is missing (spec/policies §6). */
export function missingRight(scope: GlobalScope, action: string): string {
  const missing = `You are missing a policy scope=${scope}, action=${action}`;
  switch (scope) {
    case 'system':
      return `Policy check failed. You are not allowed to ${action} system config.`;
    case 'audit':
      return `${NO_RIGHT} view the audit trail. ${missing}`;
    case 'tools':
      return `${NO_RIGHT} manage tools. ${missing}`;
    case 'monitoring':
    case 'reporting.access':
      return `${NO_RIGHT} do this. ${missing}`;
  }
}

/** The same for tokens; without a serial LinOTP shows Python's `None`. */
export function tokenDenial(action: TokenAction, serial: string | null): string {
  const shown = serial ?? 'None';
  switch (action) {
    case 'remove':
    case 'reset':
    case 'unpair':
      return `${NO_RIGHT} ${action} token ${serial === null ? shown : pythonQuoted(serial)}. ${CHECK}`;
    case 'setOTPPIN':
      return `${NO_RIGHT} set OTP PIN for token ${shown}. ${CHECK}`;
    case 'set':
      return `${NO_RIGHT} set token properties for ${shown}. ${CHECK}`;
    case 'setMOTPPIN':
      return `${NO_RIGHT} set mOTP PIN for token ${shown}. ${CHECK}`;
    case 'setOCRAPIN':
      return `${NO_RIGHT} set ocra2 PIN for token ${shown}. ${CHECK}`;
    case 'copytokenpin':
      return `${NO_RIGHT} copy PIN of token ${shown}. ${CHECK}`;
    case 'copytokenuser':
      return `${NO_RIGHT} copy user of token ${shown}. ${CHECK}`;
    case 'losttoken':
    case 'getotp':
      return `${NO_RIGHT} run the ${action} workflow for token ${shown}. ${CHECK}`;
    case 'totp_lookup':
      return `${NO_RIGHT} get token info in this realm!`;
    case 'getserial':
      return `${NO_RIGHT} ${serial === null ? 'get serials by OTPs in' : 'get serials from'} this realm!`;
    default:
      return `${NO_RIGHT} ${action} token ${shown}. ${CHECK}`;
  }
}

/** The same for enrolments. */
export function enrolmentDenial({ type, serial }: NamedEnrolment, denial: EnrolmentDenial): string {
  const token = `token ${serial ?? 'None'} of type ${wireTypeName(type)}`;
  switch (denial.kind) {
    case 'owner':
      return `${NO_RIGHT} init ${token} to user ${denial.login}@${denial.realm}. ${CHECK}`;
    case 'nowhere':
      return `${NO_RIGHT} enroll tokens. ${CHECK}`;
    case 'realm':
      return `${NO_RIGHT} add tokens to realm ${denial.realm}. ${CHECK}`;
    case 'existing':
      return `${NO_RIGHT} init ${token}.`;
  }
}

/** @param type `null`: of all types together */
export function userLimitReached(type: TokenTypeId | null): string {
  const name = type === null ? '' : wireTypeName(type);
  const kind = type === null ? '' : ` of type ${name}`;
  return `The maximum number of allowed tokens${kind} per user is exceeded. Check the policies scope=enrollment, action=maxtoken${name.toUpperCase()}`;
}

/** @param realm `''`: none */
export function realmDenial(change: 'leave' | 'join', realm: string): string {
  return change === 'leave'
    ? `${NO_RIGHT} remove tokens from realm ${pythonQuoted(realm || '/:no realm:/')}. ${CHECK}`
    : `${NO_RIGHT} add tokens to realm ${realm}. ${CHECK}`;
}

export function realmLimitReached(realm: string, change: RealmChange): string {
  switch (change) {
    case 'enable':
      return `You may not enable any more tokens in realm ${realm}. Check the policy 'tokencount'`;
    case 'move':
      return `You may not put any more tokens in realm ${pythonQuoted(realm)}. Check the policy 'tokencount'`;
    case 'import':
      return `The maximum number of allowed tokens in realm ${pythonQuoted(realm)} is exceeded. Check policy tokencount!`;
    case 'enrol-own':
      return 'You may not enroll any more tokens. Your maximum token number is reached!';
    case 'enable-own':
      return 'You may not enable any more tokens. Your maximum token number is reached!';
    case 'enrol':
      return `The maximum allowed number of tokens for the realm '${realm}' was reached. You can not init any more tokens. Check the policies scope=enrollment, action=tokencount.`;
  }
}

/** @param realm `null`: anywhere */
export function importDenial(realm: string | null): string {
  return realm === null
    ? `${NO_RIGHT} import tokens. ${CHECK}`
    : `${NO_RIGHT} import token files to realm ${pythonQuoted(realm)}. ${CHECK}`;
}

/** What users of the self-service read (spec/policies §6). */
export function selfServiceDenial(action: string): string {
  const what = action === 'getserial' ? 'request a serial by OTP' : 'issue this request';
  return `The policy settings do not allow you to ${what}!`;
}

const OF_POLICY = 'Check policy otp_pin_contents.';
const WITHOUT = {
  letters: `any letters. ${OF_POLICY}`,
  digits: `any numbers. ${OF_POLICY}`,
  special: `any special characters. It should contain some of these characters like .: ,;-_<>+*~!/()=?$. ${OF_POLICY}`,
  other: `any other characters. It should contain some of these characters that are not contained in letters, digits and the defined special characters. ${OF_POLICY}`,
} as const;
const WITH = {
  letters: 'letters',
  digits: 'digits',
  special: 'special characters',
  other: 'other characters',
} as const;

/** Why a PIN may not be set (spec/policies §8.3). */
export function pinRefused(refusal: PinRefusal): string {
  switch (refusal.kind) {
    case 'too-short':
      return `The provided PIN is too short. It should be at least ${refusal.least} characters.`;
    case 'too-long':
      return `The provided PIN is too long. It should not be longer than ${refusal.most} characters.`;
    case 'not-of-group':
      return `The provided PIN does not contain characters of the group or it does contains characters that are not in the group ${refusal.contents}`;
    case 'without':
      return `The provided PIN does not contain ${WITHOUT[refusal.characters]}`;
    case 'with':
      return `The PIN contains ${WITH[refusal.characters]}, although it should not! (${refusal.contents})`;
  }
}
