import { FindUserSession, UserSessions } from '@app/self-service';
import { Global, Module } from '@nestjs/common';

import { bind } from '../../../composition/bind.js';
import { UserSessionCheck } from '../../envelope/access/session-ports.js';
import { SessionHousekeeping } from '../session-housekeeping.js';
import { SessionTokens } from '../session-tokens.js';
import { CookieUserSessionCheck } from './cookie-user-session-check.js';
import { UserSessionCookies } from './user-session-cookies.js';

/** Sessions of the self-service: gives `UserSessionCheck` to its controllers. */
@Global()
@Module({
  providers: [
    bind(UserSessionCheck, [FindUserSession], (find) => new CookieUserSessionCheck(find)),
    bind(UserSessionCookies, [SessionTokens], (tokens) => new UserSessionCookies(tokens)),
    bind(SessionHousekeeping, [UserSessions], (sessions) => new SessionHousekeeping([sessions])),
  ],
  exports: [UserSessionCheck, UserSessionCookies],
})
export class UserSessionModule {}
