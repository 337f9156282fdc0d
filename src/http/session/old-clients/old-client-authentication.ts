import {
  type AdminSessions,
  type AuthenticatedAdministrator,
  type Configuration,
  type FindAdministrator,
  isLocalResolver,
  type LegacySessions,
  type LogInAdministrator,
  resolversOfRealm,
  sessionFault,
} from '@app/realms';
import { Logger } from '@nestjs/common';
import type { Request, Response } from 'express';

import type { Settings } from '../../../config/settings.js';
import { type AdminIdentity, administratorText } from '../../exchange.js';
import { AnswerWithPage } from '../../envelope/parameters/page.js';
import { readParameters } from '../../envelope/parameters/read-parameters.js';
import { RawReply } from '../../server/raw-reply.js';
import type { CurrentSession } from '../current-session.js';
import { cookieOf, LEGACY_COOKIE } from '../session-cookies.js';
import { type BasicCredentials, basicCredentials } from './basic-credentials.js';
import { legacyValueHash, repeatsLegacyValue } from './legacy-value.js';
import type { RememberedLogins } from './remembered-logins.js';

/** The realm that LinOTP 2.x's web server asked for passwords of. */
const CHALLENGE = 'Basic realm="LinOTP2 admin area", charset="UTF-8"';

/** Functions by which a client gets its session value and drops it. */
const WITHOUT_SESSION_VALUE: readonly string[] = ['/admin/getsession', '/admin/dropsession'];

export type OldClientSettings = Pick<Settings, 'noSessionCheck' | 'proxyUserHeader'>;

interface Directories {
  readonly configuration: Configuration;
  readonly login: LogInAdministrator;
  readonly administrators: FindAdministrator;
}

/**
 * Authenticates clients of LinOTP 2.x (spec/admin-api §2.5): HTTP Basic or a name that a trusted proxy asserts with every
 * request, and a session value, bound to the administrator, that a cookie and the parameter `session` both hold.
 */
export class OldClientAuthentication {
  readonly #logger = new Logger('Session');

  constructor(
    private readonly directories: Directories,
    private readonly sessions: AdminSessions,
    private readonly legacySessions: LegacySessions,
    private readonly remembered: RememberedLogins,
    private readonly settings: OldClientSettings,
  ) {}

  /**
   * @returns `null` without credentials that count; the response then asks for some
   * @throws AnswerWithPage for a session value that is missing or wrong; Unavailable
   */
  async authenticate(request: Request, response: Response): Promise<CurrentSession | null> {
    const administrator = (await this.#byProxy(request)) ?? (await this.#byPassword(request, response));
    if (!administrator) {
      response.setHeader('WWW-Authenticate', CHALLENGE);
      return null;
    }
    const { username, realm, resolver } = administrator;
    const identity = { username, realm, resolver: resolver.name };
    const legacyValue = await this.legacyValueOf(request, identity);
    if (
      !this.#needsNoSessionValue(request) &&
      !repeatsLegacyValue(await readParameters(request), legacyValue)
    ) {
      throw new AnswerWithPage(NO_VALID_SESSION);
    }
    return { identity, claims: null, legacyValue };
  }

  /** The session cookie, if it is this administrator's. @throws Unavailable */
  async legacyValueOf(request: Request, identity: AdminIdentity): Promise<string | null> {
    const value = cookieOf(request, LEGACY_COOKIE);
    if (value === null) return null;
    const owner = await this.legacySessions.administratorOf(legacyValueHash(value));
    return owner === administratorText(identity) ? value : null;
  }

  /** Only the comparison is waived, never the credentials. */
  #needsNoSessionValue({ exchange }: Request): boolean {
    return (
      WITHOUT_SESSION_VALUE.includes(exchange.path) ||
      this.settings.noSessionCheck.includes(exchange.origin.peer)
    );
  }

  /** Believed from the socket's peer alone: anybody can write a header. */
  async #byProxy(request: Request): Promise<AuthenticatedAdministrator | null> {
    const { proxyUserHeader } = this.settings;
    if (proxyUserHeader === null || !request.exchange.origin.isTrustedProxy) return null;
    const username = request.headers[proxyUserHeader];
    if (typeof username !== 'string' || username === '') return null;
    const { now, configurationVersion } = await this.sessions.read(null, username);
    const snapshot = await this.directories.configuration.atLeast(configurationVersion);
    return this.directories.administrators.execute({ username, resolver: null }, snapshot, now);
  }

  async #byPassword(request: Request, response: Response): Promise<AuthenticatedAdministrator | null> {
    const credentials = basicCredentials(request.headers.authorization);
    if (!credentials) return null;
    const remembered = this.remembered.find(credentials);
    if (remembered) {
      if (await this.#isStillGood(remembered)) return remembered;
      this.remembered.forget(credentials);
    }
    return this.#logIn(credentials, request, response);
  }

  async #logIn(
    credentials: BasicCredentials,
    { exchange }: Request,
    response: Response,
  ): Promise<AuthenticatedAdministrator | null> {
    const login = await this.directories.login.execute({ ...credentials, client: exchange.origin.client });
    if (login.kind === 'accepted') {
      this.remembered.remember(credentials, login.administrator);
      return login.administrator;
    }
    if (login.kind === 'throttled') response.setHeader('Retry-After', String(login.retryAfterSeconds));
    this.#logger.debug(`request ${exchange.requestId} is not authenticated: password ${login.kind}`);
    return null;
  }

  /** The account may have been changed, disabled or removed, and the realm too. */
  async #isStillGood({ username, resolver, issuedAt }: AuthenticatedAdministrator): Promise<boolean> {
    const state = await this.sessions.read(null, username);
    const snapshot = await this.directories.configuration.atLeast(state.configurationVersion);
    const isAsked = resolversOfRealm(snapshot, snapshot.adminRealm).some(
      ({ name }) => name === resolver.name,
    );
    const session = { issuedAt, notBefore: state.now, expiresAt: null, isLocal: isLocalResolver(resolver) };
    return isAsked && sessionFault(session, state) === null;
  }
}

const NO_VALID_SESSION = new RawReply(
  '<!doctype html>\n<html lang=en>\n<title>401 Unauthorized</title>\n<h1>Unauthorized</h1>\n<p>You have no valid session!</p>\n',
  'text/html; charset=utf-8',
  { httpStatus: 401 },
);
