import { type LookAtOwnChallenges, type OwnChallenge, namedTransaction, sealedIn } from '@app/authentication';

import type { CurrentUser } from '../session/find-user-session.js';
import type { IssuedSession, IssueUserSession } from '../session/issue-user-session.js';

export interface PolledFactor {
  /** `null`: there is none any more. */
  readonly found: OwnChallenge | null;
  /** Once it was answered; `null`: it was not. */
  readonly session: IssuedSession | null;
}

/**
 * Whether what a login asks for was answered elsewhere, by an app on a device say (spec/validate-api §4.4, step 3). Nothing is
 * tried by that, so the session's value stays until it was.
 */
export class PollSecondFactor {
  constructor(
    private readonly challenges: LookAtOwnChallenges,
    private readonly issue: IssueUserSession,
  ) {}

  /** @throws Unavailable */
  async execute({ hash, session, user }: CurrentUser): Promise<PolledFactor> {
    const transaction = namedTransaction(session.transaction ?? '') ?? 'unknown';
    const own = await this.challenges.execute(transaction, user);
    const found = shownOf(own.filter(({ isExpired }) => !isExpired));
    if (!found?.challenge.isValid || isOfSentOtp(found)) return { found, session: null };
    const { client, user: owner } = session;
    const complete = { state: 'authenticated', proof: 'second-factor', transaction: null } as const;
    return { found, session: await this.issue.execute({ ...complete, client, user: owner }, hash) };
  }
}

/** Of several, the one that was answered, or else the newest. */
function shownOf(open: readonly OwnChallenge[]): OwnChallenge | null {
  return open.find(({ challenge }) => challenge.isValid && !challenge.isOpen) ?? open.at(-1) ?? null;
}

/**
 * Whether its OTP went out in a message. For a while one message serves all logins that ask for one: whoever answered elsewhere
 * answered a login of their own, and has not let in who polls here.
 */
function isOfSentOtp({ challenge }: OwnChallenge): boolean {
  return challenge.counter !== null && sealedIn(challenge) === null;
}
