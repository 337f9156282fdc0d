import { Unavailable } from '@app/kernel';
import type { ConfigurationSnapshot, RealmUser } from '@app/realms';
import type { EnrolAtLogin, Token } from '@app/tokens';

import { notEnrolled } from '../decide/verdicts.js';
import type { LoginDecision } from '../login.js';
import type { LoginCommit, LoginCommitter } from '../ports.js';

/** A decision that gives the user a token to log in with. */
type EnrollingDecision = LoginDecision & Required<Pick<LoginDecision, 'enrols'>>;

export function isEnrolling(decision: LoginDecision): decision is EnrollingDecision {
  return decision.enrols !== undefined;
}

/**
 * Enrols the token; the login goes on with it. Where a limit of tokens refuses it, that is what is recorded.
 * @returns the token; `'start-over'`: the user has one by now
 * @throws Unavailable
 */
export async function commitEnrolment(
  { enrols }: EnrollingDecision,
  user: RealmUser | undefined,
  configuration: ConfigurationSnapshot,
  { context, now }: Pick<LoginCommit, 'context' | 'now'>,
  enrolling: EnrolAtLogin,
  committer: LoginCommitter,
): Promise<LoginDecision | { readonly enrolled: Token } | 'start-over'> {
  if (!user) throw new Unavailable('a token is to be enrolled for nobody');
  const outcome = await enrolling.execute(enrols, user, configuration, context);
  if (outcome.kind === 'enrolled') return { enrolled: outcome.token };
  if (outcome.kind === 'overtaken') return 'start-over';
  const refusal = notEnrolled(`auto_enrollment for user ${user.login} failed: ${outcome.reason}`);
  const nothingRead = { tokens: [], root: null, challenges: [] };
  return committer.commit({ ...nothingRead, context, now, decision: refusal, decideAgain: () => refusal });
}
