import type { UserSessionState } from '../session/user-session.js';

/**
 * What a request is to a login that has begun (spec/validate-api §4.4). `check`: an OTP of a token; `ask`: a token is to ask
 * for its OTP; `answer`: the OTP that was asked for; `poll`: whether it was answered elsewhere; `none`: the login is complete.
 */
export type LoginStep = 'check' | 'ask' | 'answer' | 'poll' | 'none';

/** @param said what the request gives; `''` is as good as nothing */
export function nextLoginStep(
  state: UserSessionState,
  said: { readonly otp: string | null; readonly serial: string | null },
): LoginStep {
  switch (state) {
    case 'credentials_verified':
      return said.otp ? 'check' : 'ask';
    case 'challenge_triggered':
      if (said.otp) return 'answer';
      // Another token may be chosen: the session of the first step is gone.
      return said.serial ? 'ask' : 'poll';
    case 'authenticated':
      return 'none';
  }
}

/** What becomes of a session, by what came of a step. */
export type SessionMove =
  /** The login is complete. */
  | 'complete'
  /** The session asks for an OTP now, under a new value. */
  | 'ask'
  /** As it was, under a new value. */
  | 'renew'
  | 'end';

/**
 * @param step   no poll: nobody tries anything by that
 * @param verdict of the tokens
 */
export function moveAfter(
  step: 'check' | 'ask' | 'answer',
  verdict: 'accepted' | 'challenged' | 'other',
): SessionMove {
  // Nobody is let in who showed nothing, whatever another server says of an empty OTP.
  if (step === 'ask') return verdict === 'challenged' ? 'ask' : 'renew';
  if (verdict === 'accepted') return 'complete';
  // One guess for a password; whoever was asked may try again, as long as the token lets them (spec/validate-api §6, 3a).
  return step === 'check' ? 'end' : 'renew';
}
