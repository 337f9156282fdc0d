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
import { type DynamicModule, Global, Module, type Provider } from '@nestjs/common';

import { Settings } from '../../config/settings.js';
import { OldClients } from '../envelope/legacy-route.js';
import { CsrfCheck, SessionCheck } from '../envelope/session-ports.js';
import { AdminJwtStrategy } from './admin-jwt.strategy.js';
import { AdminSessionCheck } from './admin-session-check.js';
import { CurrentSessions } from './current-session.js';
import { JwtKey } from './jwt-key.js';
import { LegacySessionController } from './old-clients/legacy-session.controller.js';
import { OldClientAuthentication } from './old-clients/old-client-authentication.js';
import { RememberedLogins } from './old-clients/remembered-logins.js';
import { SessionController } from './session.controller.js';
import { SessionHousekeeping } from './session-housekeeping.js';
import { jwtService, SessionTokens } from './session-tokens.js';
import { SignedCsrfCheck } from './signed-csrf-check.js';
import { TokenAuthentication } from './token-authentication.js';

const USE_CASES: Provider[] = [
  {
    provide: LogInAdministrator,
    inject: [Configuration, AdministratorStore, UserDirectory, PasswordCheck, LoginThrottle],
    useFactory: (...parts: ConstructorParameters<typeof LogInAdministrator>) =>
      new LogInAdministrator(...parts),
  },
  {
    provide: FindAdministrator,
    inject: [AdministratorStore, UserDirectory],
    useFactory: (...parts: ConstructorParameters<typeof FindAdministrator>) =>
      new FindAdministrator(...parts),
  },
];

const PROVIDERS: Provider[] = [
  ...USE_CASES,
  { provide: CurrentSessions, useFactory: () => new CurrentSessions() },
  {
    provide: SessionTokens,
    inject: [JwtKey, Settings],
    useFactory: (key: JwtKey, settings: Settings) => new SessionTokens(jwtService(key), settings),
  },
  {
    provide: TokenAuthentication,
    inject: [JwtKey, AdminSessions, Configuration, FindAdministrator, SessionTokens, Settings],
    useFactory: (
      key: JwtKey,
      sessions: AdminSessions,
      configuration: Configuration,
      administrators: FindAdministrator,
      tokens: SessionTokens,
      settings: Settings,
    ) =>
      new TokenAuthentication(
        new AdminJwtStrategy(key),
        sessions,
        configuration,
        administrators,
        tokens,
        settings,
      ),
  },
  {
    provide: OldClientAuthentication,
    inject: [
      Configuration,
      LogInAdministrator,
      FindAdministrator,
      AdminSessions,
      LegacySessions,
      Clock,
      Settings,
    ],
    useFactory: (
      configuration: Configuration,
      login: LogInAdministrator,
      administrators: FindAdministrator,
      sessions: AdminSessions,
      legacySessions: LegacySessions,
      clock: Clock,
      settings: Settings,
    ) =>
      new OldClientAuthentication(
        { configuration, login, administrators },
        sessions,
        legacySessions,
        new RememberedLogins(clock),
        settings,
      ),
  },
  {
    provide: SessionCheck,
    inject: [TokenAuthentication, OldClientAuthentication, CurrentSessions, OldClients],
    useFactory: (
      tokens: TokenAuthentication,
      oldClients: OldClientAuthentication,
      sessions: CurrentSessions,
      { enabled }: OldClients,
    ) => new AdminSessionCheck(tokens, enabled ? oldClients : null, sessions),
  },
  {
    provide: CsrfCheck,
    inject: [CurrentSessions, Settings],
    useFactory: (sessions: CurrentSessions, settings: Settings) => new SignedCsrfCheck(sessions, settings),
  },
  {
    provide: SessionHousekeeping,
    inject: [AdminSessions, LegacySessions, LoginThrottle],
    useFactory: (...stores: [AdminSessions, LegacySessions, LoginThrottle]) =>
      new SessionHousekeeping(stores),
  },
];

/**
 * Login, session and CSRF check of administrators. Gives `SessionCheck` and `CsrfCheck` to all legacy controllers; needs
 * what global modules provide: the ports named here, `JwtKey`, `Settings` and the envelope.
 */
@Global()
@Module({})
export class SessionModule {
  static with(oldClients: OldClients): DynamicModule {
    return {
      module: SessionModule,
      providers: PROVIDERS,
      controllers: oldClients.enabled ? [SessionController, LegacySessionController] : [SessionController],
      exports: [SessionCheck, CsrfCheck],
    };
  }
}
