import { Unavailable } from '@app/kernel';
import {
  type AdminSessions,
  type AdminSessionState,
  type AuthenticatedAdministrator,
  type Configuration,
  type ConfigurationSnapshot,
  type FindAdministrator,
  isLocalResolver,
  issueTime,
  type ResolverDefinition,
  sessionFault,
} from '@app/realms';
import { Logger } from '@nestjs/common';
import type { Request, Response } from 'express';

import type { Settings } from '../../config/settings.js';
import { isAdminResolver, resolverBySpecification } from '../legacy/users/resolver-names.js';
import { type AdminClaims, expiryOf, sessionOf } from './admin-claims.js';
import type { AdminJwtStrategy } from './admin-jwt.strategy.js';
import type { CurrentSession } from './current-session.js';
import type { SessionTokens } from './session-tokens.js';

/** Requests that were sent with the old token while the new one was on its way are served for so long. */
const RENEWAL_GRACE_SECONDS = 60;

const LOGOUT = 'logout';

interface KnownSession {
  readonly state: AdminSessionState;
  readonly snapshot: ConfigurationSnapshot;
  readonly resolver: ResolverDefinition;
}

/** Authenticates by the JWT in the cookie, and renews it towards its end (spec/admin-api §2.3). */
export class TokenAuthentication {
  readonly #logger = new Logger('Session');

  constructor(
    private readonly jwt: AdminJwtStrategy,
    private readonly sessions: AdminSessions,
    private readonly configuration: Configuration,
    private readonly administrators: FindAdministrator,
    private readonly tokens: SessionTokens,
    private readonly settings: Pick<Settings, 'sessionRenewalSeconds'>,
  ) {}

  /** @returns `null` without a session that counts; the reason is in the log only @throws Unavailable */
  async authenticate(request: Request, response: Response): Promise<CurrentSession | null> {
    const verdict = await this.jwt.verify(request, response);
    if (verdict.kind === 'refused') return this.#refuse(request, verdict.reason);
    const { claims } = verdict;
    const { username, realm } = claims.sub;

    const state = await this.sessions.read(claims.jti, username);
    const snapshot = await this.configuration.atLeast(state.configurationVersion);
    const resolver = adminResolver(claims, snapshot);
    if (!resolver) return this.#refuse(request, 'the resolver is not one of administrators');
    const fault = sessionFault(sessionOf(claims, isLocalResolver(resolver)), state);
    if (fault) return this.#refuse(request, fault);

    if (this.#isDue(claims, state, request)) {
      const isKnown = await this.#renew(claims, { state, snapshot, resolver }, request, response);
      if (!isKnown) return this.#refuse(request, 'the administrator is no longer known');
    }
    return { identity: { username, realm, resolver: resolver.name }, claims, legacyValue: null };
  }

  #isDue(claims: AdminClaims, state: AdminSessionState, request: Request): boolean {
    // A logout must not hand out what it takes away.
    if (state.isSuperseded || request.exchange.route?.name === LOGOUT) return false;
    const secondsLeft = claims.exp - state.now.getTime() / 1000;
    return secondsLeft <= this.settings.sessionRenewalSeconds && this.settings.sessionRenewalSeconds > 0;
  }

  /** @returns `false` when there is no such administrator any more */
  async #renew(
    claims: AdminClaims,
    known: KnownSession,
    request: Request,
    response: Response,
  ): Promise<boolean> {
    try {
      const administrator = await this.#administratorOf(claims, known);
      if (!administrator) return false;
      // One successor for all requests that come in with this token, on whatever node: the others keep it for the grace.
      if (await this.sessions.supersede(claims.jti, RENEWAL_GRACE_SECONDS, expiryOf(claims))) {
        response.appendHeader(
          'Set-Cookie',
          this.tokens.issue(administrator, request.exchange, this.tokens.successorOf(claims.jti)),
        );
      }
    } catch (error) {
      // The directory is away: the session that there is lasts until its end.
      if (!(error instanceof Unavailable)) throw error;
      this.#logger.warn(`request ${request.exchange.requestId}: session not renewed: ${error.message}`);
    }
    return true;
  }

  /** A local administrator was found by the read of the session; a directory has to be asked. */
  async #administratorOf(
    { sub: { username, realm } }: AdminClaims,
    { state, snapshot, resolver }: KnownSession,
  ): Promise<AuthenticatedAdministrator | null> {
    if (!isLocalResolver(resolver)) {
      return this.administrators.execute({ username, resolver: resolver.name }, snapshot, state.now);
    }
    // Not read anew: a successor must not be younger than a change that this session has not been checked against.
    const issuedAt = issueTime(state.now, state.account?.notBefore ?? null);
    return { username, realm, resolver, authenticatedAt: state.now, issuedAt };
  }

  #refuse(request: Request, reason: string): null {
    this.#logger.debug(`request ${request.exchange.requestId} is not authenticated: ${reason}`);
    return null;
  }
}

/** The resolver that the claims name, while its users are administrators. */
function adminResolver({ sub }: AdminClaims, snapshot: ConfigurationSnapshot): ResolverDefinition | null {
  if (sub.realm !== snapshot.adminRealm) return null;
  const resolver = resolverBySpecification(sub.resolver, snapshot);
  return resolver && isAdminResolver(resolver, snapshot) ? resolver : null;
}
