import { randomUUID } from 'node:crypto';

import type { AdminSession, AuthenticatedAdministrator } from '@app/realms';

import { resolverSpecification } from '../legacy/users/resolver-names.js';

/** What an administrator's JWT holds, in the order in which LinOTP writes it (spec/admin-api §2.2, recording 11). */
export interface AdminClaims {
  readonly fresh: false;
  /** Unix seconds, as are `nbf` and `exp`. */
  readonly iat: number;
  /** Names the session. */
  readonly jti: string;
  readonly type: 'access';
  readonly sub: {
    readonly username: string;
    readonly realm: string;
    /** The resolver's full specification. */
    readonly resolver: string;
  };
  readonly nbf: number;
  /** What a change has to repeat. */
  readonly csrf: string;
  readonly exp: number;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** @param jti of a session that succeeds another one; else a random one */
export function newClaims(
  administrator: AuthenticatedAdministrator,
  lifetimeSeconds: number,
  jti: string = randomUUID(),
): AdminClaims {
  const { username, realm, resolver } = administrator;
  const iat = administrator.issuedAt.getTime() / 1000;
  return {
    fresh: false,
    iat,
    jti,
    type: 'access',
    sub: { username, realm, resolver: resolverSpecification(resolver) },
    // Directly after a change of the account `iat` lies ahead of the clock: the session is good at once all the same.
    nbf: Math.min(iat, Math.floor(administrator.authenticatedAt.getTime() / 1000)),
    csrf: randomUUID(),
    exp: iat + lifetimeSeconds,
  };
}

/** The claims of a payload whose signature was checked; `null` unless it is an administrator's access token. */
export function parseClaims(payload: unknown): AdminClaims | null {
  if (!isRecord(payload) || !isRecord(payload['sub'])) return null;
  const { iat, jti, type, nbf, csrf, exp } = payload;
  const { username, realm, resolver } = payload['sub'];
  if (type !== 'access' || typeof jti !== 'string' || !UUID.test(jti)) return null;
  if (typeof iat !== 'number' || typeof nbf !== 'number' || typeof exp !== 'number') return null;
  if (typeof username !== 'string' || typeof realm !== 'string' || typeof resolver !== 'string') return null;
  if (typeof csrf !== 'string' || csrf === '') return null;
  return { fresh: false, iat, jti, type, sub: { username, realm, resolver }, nbf, csrf, exp };
}

export function sessionOf(claims: AdminClaims, isLocal: boolean): AdminSession {
  return {
    issuedAt: fromSeconds(claims.iat),
    notBefore: fromSeconds(claims.nbf),
    expiresAt: expiryOf(claims),
    isLocal,
  };
}

export function expiryOf(claims: AdminClaims): Date {
  return fromSeconds(claims.exp);
}

function fromSeconds(seconds: number): Date {
  return new Date(seconds * 1000);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
