import type { PolicyQuery } from './policy-set.js';
import { type PolicySubject, loginOnly } from './subject.js';

/** How an action is asked about, and what is made of the answer. */
export interface Lookup {
  /** Whom user expressions are compared with: all that is known of the user, the login alone, or nothing at all. */
  readonly subject: 'user' | 'login' | 'none';
  /** Whether the time condition counts. */
  readonly hasHours: boolean;
  /** What counts: that one policy grants it, that the first value means yes, or the first value; absent: as it is written. */
  readonly reads?: 'grant' | 'switch' | 'text';
  /** One that cannot be read holds for all. */
  readonly isRestriction: boolean;
  /** Everybody has it while no active policy has it. */
  readonly isOpen: boolean;
}

const USUAL: Lookup = { subject: 'user', hasHours: true, isRestriction: false, isOpen: false };

/** What logins and enrolments ask about otherwise than usual (spec/policies §4.3, §4.5), by scope and action. */
const LOOKUPS: ReadonlyMap<string, ReadonlyMap<string, Lookup>> = new Map(
  Object.entries({
    authentication: {
      otppin: { reads: 'text', isRestriction: true },
      passthru: { reads: 'grant' },
      passOnNoToken: { reads: 'switch' },
      forward_server: { reads: 'text', isRestriction: true },
      forward_on_no_token: { reads: 'grant' },
      'forwardtoken:no_failcounter_forwarding': { reads: 'grant' },
      trigger_sms: { reads: 'grant' },
      autosms: { reads: 'grant', hasHours: false },
      smstext: { subject: 'login', reads: 'text' },
      enforce_smstext: { subject: 'login', reads: 'switch' },
      sms_dynamic_mobile_number: { reads: 'switch' },
      voice_dynamic_mobile_number: { reads: 'switch' },
      dynamic_email_address: { reads: 'switch' },
      emailtext: { reads: 'text' },
      emailsubject: { reads: 'text' },
      voice_message: { subject: 'login', reads: 'text' },
      voice_language: { subject: 'login', reads: 'text' },
      sms_provider: { subject: 'login', reads: 'text' },
      email_provider: { subject: 'login', reads: 'text' },
      voice_provider: { subject: 'login', reads: 'text' },
    },
    authorization: {
      authorize: { subject: 'login', reads: 'grant', isOpen: true },
      setrealm: { subject: 'login', reads: 'text' },
      tokentype: { reads: 'text', isRestriction: true },
      serial: { reads: 'text', hasHours: false, isRestriction: true },
      detail_on_success: { reads: 'grant', hasHours: false },
      detail_on_fail: { reads: 'grant', hasHours: false },
    },
    enrollment: {
      tokencount: { subject: 'none', reads: 'text', isRestriction: true },
      maxtoken: { reads: 'text', isRestriction: true },
      otp_pin_random_content: { reads: 'text', hasHours: false },
      autoassignment: { reads: 'grant' },
      autoassignment_without_password: { reads: 'grant' },
      autoassignment_forward: { reads: 'grant' },
      autoassignment_from_realm: { reads: 'text', isRestriction: true },
      autoenrollment: { reads: 'text' },
      ignore_autoassignment_pin: { reads: 'grant' },
      tokenlabel: { subject: 'login', reads: 'text', hasHours: false },
      tokenissuer: { subject: 'login', reads: 'text', hasHours: false },
    },
    selfservice: {
      otp_pin_minlength: { reads: 'text', isRestriction: true },
      otp_pin_maxlength: { reads: 'text', isRestriction: true },
      otp_pin_contents: { reads: 'text', isRestriction: true },
      edit_sms: { subject: 'login', reads: 'text' },
    },
  } satisfies Record<string, Record<string, Partial<Lookup>>>).map(([scope, actions]) => [
    scope,
    new Map(Object.entries(actions).map(([action, lookup]) => [action, { ...USUAL, ...lookup }])),
  ]),
);

export function lookupOf(scope: string, action: string | undefined): Lookup {
  if (action === undefined) return USUAL;
  const name = scope === 'enrollment' ? action.replace(/^maxtoken[A-Z0-9]+$/, 'maxtoken') : action;
  return LOOKUPS.get(scope)?.get(name) ?? USUAL;
}

/**
 * The query with all that is known, as the action is asked about. Of the login alone, expressions with a realm, a resolver
 * or an attribute name nobody; whom `authorize` excludes by them is excluded all the same.
 */
export function asAsked<Query extends PolicyQuery>(query: Query): Query {
  const { subject: how, hasHours } = lookupOf(query.scope, query.action);
  if (how === 'user' && hasHours) return query;
  const { subject, time, ...rest } = query;
  const asked: PolicyQuery = {
    ...rest,
    ...(subject && how !== 'none' && { subject: how === 'user' ? subject : byLogin(subject, query) }),
    ...(time && hasHours && { time }),
  };
  return asked as Query;
}

function byLogin(subject: PolicySubject, { action }: PolicyQuery): PolicySubject {
  const alone = loginOnly(subject.login);
  return action === 'authorize' ? { ...alone, whole: subject } : alone;
}
