/** What one keyed read tells of a session and of the local administrator that it names. */
export interface AdminSessionState {
  /** The database's clock: it decides expiry, on every node alike. */
  readonly now: Date;
  readonly configurationVersion: number;
  readonly isRevoked: boolean;
  /** A successor was issued; the session itself lives on for a short grace. */
  readonly isSuperseded: boolean;
  /** `null`: no local administrator of this name. */
  readonly account: { readonly isEnabled: boolean; readonly notBefore: Date } | null;
}

/** Sessions of administrators, as far as the server keeps anything of them. All methods throw Unavailable. */
export abstract class AdminSessions {
  /** One round trip. @param sessionId `null`: credentials that come without a session (HTTP Basic) */
  abstract read(sessionId: string | null, username: string): Promise<AdminSessionState>;
  /** Dead on every node from the next request on. @param expiresAt when the session would have ended; `null`: never */
  abstract revoke(sessionId: string, expiresAt: Date | null): Promise<void>;
  /**
   * Announces a successor: the session ends after the grace. Of any number of concurrent callers, on all nodes, one gets
   * `true` and issues the successor.
   */
  abstract supersede(sessionId: string, graceSeconds: number, expiresAt: Date): Promise<boolean>;
  /** Forgets revocations of sessions that have expired by themselves. */
  abstract purgeExpired(): Promise<void>;
}

/** What a session says about itself. */
export interface AdminSession {
  readonly issuedAt: Date;
  readonly notBefore: Date;
  /** `null`: never. */
  readonly expiresAt: Date | null;
  /** The administrator's account is one of Twinlock's own, not one of a directory. */
  readonly isLocal: boolean;
}

export type SessionFault =
  'expired' | 'not yet valid' | 'revoked' | 'account removed' | 'account disabled' | 'account changed';

/** Why a session is not accepted any more; `null`: it is. For the log only, the client is not told. */
export function sessionFault(session: AdminSession, state: AdminSessionState): SessionFault | null {
  const now = state.now.getTime();
  if (session.expiresAt && session.expiresAt.getTime() <= now) return 'expired';
  if (session.notBefore.getTime() > now) return 'not yet valid';
  if (state.isRevoked) return 'revoked';
  // A local administrator of the same name says nothing about one from a directory.
  if (!session.isLocal) return null;
  if (!state.account) return 'account removed';
  if (!state.account.isEnabled) return 'account disabled';
  return session.issuedAt.getTime() < state.account.notBefore.getTime() ? 'account changed' : null;
}

/**
 * The time that a new session bears as its issue time: a whole second, not before what its administrator's account asks
 * for. Directly after a change of password that lies up to a few seconds ahead: older sessions bear the second that runs.
 */
export function issueTime(now: Date, notBefore: Date | null): Date {
  const second = Math.floor(now.getTime() / 1000);
  return new Date(1000 * Math.max(second, notBefore ? Math.ceil(notBefore.getTime() / 1000) : 0));
}
