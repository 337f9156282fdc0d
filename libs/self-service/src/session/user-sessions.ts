import type { UserSession } from './user-session.js';

/** What one keyed read tells of a session. */
export interface UserSessionReading {
  readonly configurationVersion: number;
  /** `null`: there is none, or it has expired by the database's clock. */
  readonly session: (UserSession & { readonly expiresAt: Date }) | null;
}

/**
 * Sessions of users, shared by all nodes: whatever ends one, ends it everywhere. Only hashes of their values are kept
 * (`sessionHash`). All methods throw Unavailable.
 */
export abstract class UserSessions {
  /** Of the newest configuration, on whatever node it was changed. */
  abstract configurationVersion(): Promise<number>;
  /** One round trip. */
  abstract read(hash: Uint8Array): Promise<UserSessionReading>;
  /** @returns when it ends */
  abstract open(hash: Uint8Array, session: UserSession, lifetimeSeconds: number): Promise<Date>;
  /**
   * Puts a session in place of its predecessor, which is gone with it. Of any number of callers with one predecessor, on all
   * nodes, one succeeds.
   *
   * @param lifetimeSeconds `null`: it ends when its predecessor would have ended
   * @returns when it ends; `null`: there is no such predecessor any more, and no session
   */
  abstract replace(
    predecessor: Uint8Array,
    hash: Uint8Array,
    session: UserSession,
    lifetimeSeconds: number | null,
  ): Promise<Date | null>;
  abstract end(hash: Uint8Array): Promise<void>;
  /**
   * Ends all sessions of a login, however it is written, whatever the directory knows of it by now.
   * @param realm `null`: in every realm
   * @returns how many there were
   */
  abstract endAllOf(login: string, realm: string | null): Promise<number>;
  /** Forgets those that have expired. */
  abstract purgeExpired(): Promise<void>;
}
