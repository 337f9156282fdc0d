import type { AuditContext } from '@app/audit';
import {
  type Authenticate,
  type LoginRequest,
  NO_QUESTION,
  type Verdict,
  namedTransaction,
} from '@app/authentication';
import type { AskedText } from '@app/tokens';

import type { CurrentUser } from '../session/find-user-session.js';
import type { IssuedSession, IssueUserSession } from '../session/issue-user-session.js';
import type { UserSession } from '../session/user-session.js';
import type { UserSessions } from '../session/user-sessions.js';
import { type SessionMove, moveAfter, type nextLoginStep } from './next-login-step.js';

export interface ShownFactor {
  readonly step: Exclude<ReturnType<typeof nextLoginStep>, 'poll' | 'none'>;
  readonly otp: string;
  /** One of the user's tokens; `null`: any of them. */
  readonly serial: string | null;
  /** The end user's, where a gateway that is trusted passes their address; `null`: it is not known. */
  readonly network: string | null;
  /** What a device shows its user of the login, and how; an empty text: the usual. */
  readonly asked: AskedText;
}

export interface SecondFactorResult {
  readonly verdict: Verdict;
  readonly move: SessionMove;
  /** Under its new value; `null`: there is none any more. */
  readonly session: IssuedSession | null;
}

/**
 * The second step of a login to the self-service, and the third: one of the user's own tokens asks for its OTP, or is shown
 * one (spec/validate-api §4.4). Every attempt uses up the session's value, so that one answers one question.
 */
export class ShowSecondFactor {
  constructor(
    private readonly authenticate: Authenticate,
    private readonly sessions: UserSessions,
    private readonly issue: IssueUserSession,
  ) {}

  /** @throws Unavailable: then the session stays as it was */
  async execute(
    { hash, session, user }: CurrentUser,
    { step, otp, serial, network, asked }: ShownFactor,
    context: AuditContext,
  ): Promise<SecondFactorResult> {
    const isAnswer = step === 'answer';
    const text = asked.text || `Selfservice Login Request\nUser: ${session.user.login}`;
    const transaction = isAnswer ? (namedTransaction(session.transaction ?? '') ?? 'unknown') : null;
    const { verdict } = await this.authenticate.execute(
      {
        ...secondFactorRequest(user, isAnswer ? null : serial, 'second-factor'),
        question: { ...NO_QUESTION, text },
        asked: { ...asked, text },
        password: step === 'ask' ? '' : otp,
        transaction,
        network,
      },
      context,
    );
    const move = moveAfter(step, outcomeOf(verdict));
    const next = nextSession(session, move, verdict);
    if (!next) {
      await this.sessions.end(hash);
      return { verdict, move, session: null };
    }
    const issued = await this.issue.execute(next, hash);
    // Another request used it up meanwhile, or it ended: nobody is let in.
    return issued ? { verdict, move, session: issued } : { verdict, move: 'end', session: null };
  }
}

function outcomeOf(verdict: Verdict): Parameters<typeof moveAfter>[1] {
  if (verdict.kind === 'challenged') return 'challenged';
  return verdict.kind === 'accepted' && verdict.token !== null ? 'accepted' : 'other';
}

function nextSession(session: UserSession, move: SessionMove, verdict: Verdict): UserSession | null {
  const { state, proof, user, client, transaction } = session;
  const same = { user, client };
  switch (move) {
    case 'complete':
      return { ...same, state: 'authenticated', proof: 'second-factor', transaction: null };
    case 'ask': {
      const asked = verdict.kind === 'challenged' ? verdict.transaction : null;
      return { ...same, state: 'challenge_triggered', proof, transaction: asked };
    }
    case 'renew':
      return { ...same, state, proof, transaction };
    case 'end':
      return null;
  }
}

/** What a login of a known user says, beside the OTP: policies of messages alone say what is sent. */
export function secondFactorRequest(
  user: CurrentUser['user'],
  serial: string | null,
  as: 'second-factor' | 'login',
): Omit<LoginRequest, 'password' | 'transaction' | 'network'> {
  return {
    by: { kind: 'own', user, serial, as },
    typeLabel: null,
    path: 'userservice',
    needsAuthorization: false,
    hasText: true,
    messageText: '',
    mayOmitPin: false,
  };
}
