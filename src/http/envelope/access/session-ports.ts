import type { Request, Response } from 'express';

import type { LegacyRoute } from '../routes/legacy-route.js';

/** Whether the request comes from someone who is logged in. Called before the body is read, on every route that is not public. */
export abstract class SessionCheck {
  /**
   * Sets `exchange.administrator` and `exchange.audit.administrator`; may set cookies.
   * @throws NotAuthenticated
   */
  abstract check(request: Request, response: Response): Promise<void>;
}

/** Whether a request that changes something was meant by whoever is logged in. Called after the parameters were read. */
export abstract class CsrfCheck {
  /** @throws NotAuthenticated */
  abstract check(request: Request): void;
}

/** Whether the request comes from a user of the self-service. Called once the parameters were read. */
export abstract class UserSessionCheck {
  /**
   * Sets `exchange.currentUser`, and whom its record names.
   * @throws NoValidSession
   */
  abstract check(request: Request, route: LegacyRoute): Promise<void>;
}
