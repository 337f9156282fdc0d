import { Clock } from '@app/kernel';
import {
  AdministratorStore,
  AdminSessions,
  Configuration,
  FindAdministrator,
  LegacySessions,
  LogInAdministrator,
  LoginThrottle,
  PasswordCheck,
  UserDirectory,
} from '@app/realms';
import { type DynamicModule, Global, Module, type Provider, type Type } from '@nestjs/common';

import { bind } from '../../composition/bind.js';
import { Settings } from '../../config/settings.js';
import { OldClients } from '../envelope/routes/legacy-route.js';
import { CsrfCheck, SessionCheck } from '../envelope/access/session-ports.js';
import { AdminJwtStrategy } from './admin-jwt.strategy.js';
import { AdminSessionCheck } from './admin-session-check.js';
import { CurrentSessions } from './current-session.js';
import { JwtKey } from './jwt-key.js';
import { LegacySessionController } from './old-clients/legacy-session.controller.js';
import { OldClientAuthentication } from './old-clients/old-client-authentication.js';
import { RememberedLogins } from './old-clients/remembered-logins.js';
import { SessionController } from './session.controller.js';
import { SessionRestart } from './session-restart.js';
import { SessionHousekeeping } from './session-housekeeping.js';
import { jwtService, SessionTokens } from './session-tokens.js';
import { SignedCsrfCheck } from './signed-csrf-check.js';
import { TokenAuthentication } from './token-authentication.js';

export function sessionControllers({ enabled }: OldClients): readonly Type[] {
  return enabled ? [SessionController, LegacySessionController] : [SessionController];
}

const PROVIDERS: Provider[] = [
  bind(
    LogInAdministrator,
    [Configuration, AdministratorStore, UserDirectory, PasswordCheck, LoginThrottle],
    (...parts) => new LogInAdministrator(...parts),
  ),
  bind(FindAdministrator, [AdministratorStore, UserDirectory], (...parts) => new FindAdministrator(...parts)),
  bind(CurrentSessions, [], () => new CurrentSessions()),
  bind(
    SessionTokens,
    [JwtKey, Settings],
    (key, settings) => new SessionTokens(jwtService(key), settings, key),
  ),
  bind(AdminJwtStrategy, [JwtKey], (key) => new AdminJwtStrategy(key)),
  bind(
    TokenAuthentication,
    [AdminJwtStrategy, AdminSessions, Configuration, FindAdministrator, SessionTokens, Settings],
    (...parts) => new TokenAuthentication(...parts),
  ),
  bind(RememberedLogins, [Clock], (clock) => new RememberedLogins(clock)),
  bind(
    OldClientAuthentication,
    [
      Configuration,
      LogInAdministrator,
      FindAdministrator,
      AdminSessions,
      LegacySessions,
      RememberedLogins,
      Settings,
    ],
    (configuration, login, administrators, ...rest) =>
      new OldClientAuthentication({ configuration, login, administrators }, ...rest),
  ),
  bind(
    SessionCheck,
    [TokenAuthentication, OldClientAuthentication, CurrentSessions, OldClients],
    (tokens, oldClients, sessions, { enabled }) =>
      new AdminSessionCheck(tokens, enabled ? oldClients : null, sessions),
  ),
  bind(CsrfCheck, [CurrentSessions, Settings], (...parts) => new SignedCsrfCheck(...parts)),
  bind(
    SessionRestart,
    [CurrentSessions, AdminSessions, FindAdministrator, Configuration, SessionTokens],
    (...parts) => new SessionRestart(...parts),
  ),
  bind(
    SessionHousekeeping,
    [AdminSessions, LegacySessions, LoginThrottle],
    (...stores) => new SessionHousekeeping(stores),
  ),
];

/**
 * Login, session and CSRF check of administrators. Gives `SessionCheck` and `CsrfCheck` to all legacy controllers; needs
 * what global modules provide: the ports named here, `JwtKey`, `Settings` and the envelope.
 */
@Global()
@Module({})
export class SessionModule {
  /** @param controllers those of logins, where they are served */
  static with(controllers: readonly Type[]): DynamicModule {
    return {
      module: SessionModule,
      providers: PROVIDERS,
      controllers: [...controllers],
      exports: [SessionCheck, CsrfCheck, SessionRestart, SessionTokens],
    };
  }
}
