import type { UserRecord } from '../user.js';

/** A user whom Twinlock keeps itself, in its own database. */
export interface ManagedUser {
  readonly userId: string;
  readonly username: string;
  readonly surname: string;
  readonly givenName: string;
  readonly email: string;
  readonly phone: string;
  readonly mobile: string;
  /** `null`: no password of theirs is right. */
  readonly passwordHash: string | null;
}

/** What there is to tell of a user: everything but the password. */
export type ManagedProfile = Omit<ManagedUser, 'passwordHash'>;

export interface ManagedUserChange {
  /** User ids. */
  readonly removed: readonly string[];
  /** New ones, and those who replace what is there under their user ids. */
  readonly saved: readonly ManagedUser[];
}

/** The type of resolvers that imports make and change. */
export const MANAGED = 'managed';

export function recordOfManaged(user: ManagedProfile): UserRecord {
  const { userId, username, surname, givenName, email, phone, mobile } = user;
  return { userId, username, description: '', surname, givenName, email, phone, mobile };
}
