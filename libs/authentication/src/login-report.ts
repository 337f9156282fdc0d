import type { ConfigurationSnapshot, UserRecord } from '@app/realms';
import { type Token, tokenType } from '@app/tokens';

import type { OfflineInfo } from './login-devices.js';
import { afterEffect } from './decide/outcome/after-effect.js';
import type { PasswordHolder, TokenUser } from './login-scene.js';
import type { LoginDecision, LoginSubject, Verdict } from './login.js';

export interface LoginResult {
  readonly verdict: Verdict;
  /** What the record says happened. */
  readonly detail: string;
  /** What a policy lets the client know; `null`: no more than the verdict. */
  readonly told: LoginReport | null;
  /** What the directory knows of whom the login concerns; `null`: nobody is known. */
  readonly record: UserRecord | null;
  /** Whose token it was that a device named; `null`: nobody's that is known, or it was not asked for. */
  readonly owner: TokenUser | null;
  /** How to check the next logins without this server; `null`: it is not to be told. */
  readonly offline: OfflineInfo | null;
  /** The token that was asked last, as the login leaves it; `null`: none was. */
  readonly tried: TriedToken | null;
}

/** One that starts over goes on with the token that was enrolled for it. */
export type LoginOutcome =
  | LoginResult
  | { readonly startOverAt: number; readonly enrolled?: Token }
  | { readonly deliver: () => Promise<LoginResult> };

export interface TriedToken {
  readonly serial: string;
  readonly label: string;
  readonly failures: number;
}

export type LoginReport =
  | { readonly succeeded: false; readonly error: string }
  | {
      readonly succeeded: true;
      /** `null`: a token was named, and no user. */
      readonly user: {
        readonly login: string;
        readonly realm: string;
        readonly record: UserRecord | null;
        readonly isAdministrator: boolean;
      } | null;
    };

/** What detail policies tell (spec/validate-api §1.2); nothing where LinOTP's answer is that of an error. */
export function reportOf(
  verdict: Verdict,
  detail: string,
  subject: LoginSubject,
  { holder, owner }: { readonly holder: PasswordHolder | null; readonly owner: TokenUser | null },
  { adminRealm }: ConfigurationSnapshot,
  isToldAsFailed: boolean,
): LoginReport | null {
  if (verdict.kind !== 'accepted' || isToldAsFailed) {
    const isError =
      verdict.kind === 'rejected' &&
      (verdict.reason === 'no-password' || verdict.reason === 'several-tokens-match');
    return isError ? null : { succeeded: false, error: detail };
  }
  const person = subject.kind === 'token' ? owner : { ...subject, record: holder?.record ?? null };
  if (!person) return { succeeded: true, user: null };
  const { login, realm, record } = person;
  const isAdministrator = realm.toLowerCase() === adminRealm.toLowerCase();
  return { succeeded: true, user: { login, realm, record, isAdministrator } };
}

/** @param tokens those that were loaded */
export function triedToken({ effects }: LoginDecision, tokens: readonly Token[]): TriedToken | null {
  const token = effects.at(-1)?.token ?? tokens.at(-1);
  if (!token) return null;
  const theirs = effects.filter((effect) => effect.token.id === token.id);
  const left = theirs.reduce((after: Token | null, effect) => after && afterEffect(effect, after), token);
  return {
    serial: token.serial,
    label: tokenType(token.type).label,
    failures: left?.failures ?? token.failures,
  };
}
