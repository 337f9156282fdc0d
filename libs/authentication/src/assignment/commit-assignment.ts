import { Unavailable } from '@app/kernel';
import type { ConfigurationSnapshot, RealmUser } from '@app/realms';
import type { AssignAtLogin } from '@app/tokens';

import { rejected } from '../decide/verdicts.js';
import type { LoginDecision } from '../login.js';
import type { LoginCommit, LoginCommitter } from '../ports.js';

/** A decision that gives the user a token. */
type AssigningDecision = LoginDecision & Required<Pick<LoginDecision, 'assigns'>>;

export function isAssigning(decision: LoginDecision): decision is AssigningDecision {
  return decision.assigns !== undefined;
}

/**
 * Makes an assignment true, with the login's record. Where a limit of tokens refuses it, that is what is recorded.
 * @returns what was committed; `'start-over'`: somebody else was faster
 * @throws Unavailable
 */
export async function commitAssignment(
  { assigns, ...decision }: AssigningDecision,
  user: RealmUser | undefined,
  configuration: ConfigurationSnapshot,
  { context, now }: Pick<LoginCommit, 'context' | 'now'>,
  assigning: AssignAtLogin,
  committer: LoginCommitter,
): Promise<LoginDecision | 'start-over'> {
  if (!user) throw new Unavailable('a token is to be assigned to nobody');
  const outcome = await assigning.execute(assigns, user, configuration, decision.facts, context);
  if (outcome.kind === 'assigned') return decision;
  if (outcome.kind === 'overtaken') return 'start-over';
  const refusal = rejected('no-token', 'User has no tokens assigned', [], [], outcome.reason);
  const nothingRead = { tokens: [], root: null, challenges: [] };
  return committer.commit({ ...nothingRead, context, now, decision: refusal, decideAgain: () => refusal });
}
