import { createHash } from 'node:crypto';

import type { RandomSource } from '@app/kernel';

/** How far a login has come (spec/validate-api §4.1). */
export type UserSessionState = 'credentials_verified' | 'challenge_triggered' | 'authenticated';

/** What the session's user has shown. */
export type LoginProof =
  | 'password'
  /** The password alone, which policy `mfa_passOnNoToken` had for enough. */
  | 'password-without-token'
  | 'second-factor';

/** Whose session it is. */
export interface SessionUser {
  readonly resolver: string;
  readonly userId: string;
  /** As policies know them. */
  readonly login: string;
  /** Lower case. */
  readonly realm: string;
}

export interface UserSession {
  readonly state: UserSessionState;
  readonly proof: LoginProof;
  readonly user: SessionUser;
  /** The address that it is bound to. */
  readonly client: string;
  /** Root of the transaction that is to be answered; `null`: none is. */
  readonly transaction: string | null;
}

const VALUE_BYTES = 32;
const VALUE = /^[0-9a-f]{64}$/;

/** The value of a session's cookie: 64 hexadecimal digits. */
export function newSessionValue(random: RandomSource): string {
  return Buffer.from(random.bytes(VALUE_BYTES)).toString('hex');
}

/** What is kept of a session's value; `null`: it is none. */
export function sessionHash(value: string): Uint8Array | null {
  return VALUE.test(value) ? createHash('sha256').update(value, 'ascii').digest() : null;
}
