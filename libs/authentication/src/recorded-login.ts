import type { AuditContext } from '@app/audit';

import type { LoginSubject } from './login.js';

/** As many digits as OTPs have, or what a Yubikey types: modhex, with its public id. */
const ONE_TIME_VALUE = /^(\d{6,10}|[cbdefghijklnrtuv]{32,48})$/i;
const MASK = '******';

/**
 * How records name somebody whom nobody knows. People type OTPs into the field of the user, and such a value may be good
 * still; a login that is known to some resolver is recorded whatever it looks like.
 */
export function recordedLogin(login: string): string {
  return ONE_TIME_VALUE.test(login) ? MASK : login;
}

/** As whom records name the subject of a login. */
export function namedIn(subject: Exclude<LoginSubject, { kind: 'token' }>): { login: string; realm: string } {
  const { login, realm } = subject;
  return subject.kind === 'nobody' ? { login: recordedLogin(login), realm } : subject;
}

export function withSubject(
  context: AuditContext,
  person: { readonly login: string; readonly realm: string } | null,
): AuditContext {
  return person ? { ...context, user: person.login, realm: person.realm } : context;
}
