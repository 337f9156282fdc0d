import { recordedLogin } from '@app/authentication';
import type { SessionUser } from '@app/self-service';

import { reply } from '../../envelope/envelope.js';
import { type Exchange, note } from '../../exchange.js';

export const REJECTED = reply(false, { id: 0 });

export function actsFor(exchange: Exchange, { login, realm }: SessionUser): void {
  exchange.audit = { ...exchange.audit, user: login, realm };
}

/** Until it is known who that is. */
export function actsAsWritten(exchange: Exchange, login: string): void {
  exchange.audit = { ...exchange.audit, user: asWritten(login) };
}

/** Whatever it may be split into: nothing that looks like an OTP. */
function asWritten(login: string): string {
  return login.replaceAll(/[^@\\]+/g, recordedLogin);
}

type PasswordOutcome =
  | { readonly kind: 'logged-in'; readonly user: SessionUser }
  | { readonly kind: 'refused'; readonly user: SessionUser | null; readonly isThrottled: boolean };

/** What a record says of a login by password (spec/validate-api §4.4, §4.5). @param login as it was written */
export function notePassword(exchange: Exchange, login: string, outcome: PasswordOutcome): void {
  const { user } = outcome;
  if (user) actsFor(exchange, user);
  const unknown = asWritten(login);
  const who = user ? `${user.login}@${user.realm}` : unknown;
  if (outcome.kind === 'logged-in') {
    note(exchange, { succeeded: true, info: `${who} logged in` });
    return;
  }
  const info = outcome.isThrottled ? 'throttled' : user ? '' : `user '${unknown}' not found!`;
  note(exchange, { detail: `User ${who} failed to authenticate!`, info });
}
