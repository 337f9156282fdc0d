import { Logger } from '@nestjs/common';
import type { Request } from 'express';

import type { Settings } from '../../config/settings.js';
import { queryParameters } from '../envelope/parameters/read-parameters.js';
import { CsrfCheck } from '../envelope/access/session-ports.js';
import { NotAuthenticated } from '../envelope/errors/wire-error.js';
import type { CurrentSessions } from './current-session.js';
import { repeatsLegacyValue } from './old-clients/legacy-value.js';
import { isSameText } from './same-text.js';

const HEADER = 'x-csrf-token';
const FIELD = 'csrf_token';
const FORMS = /^\s*(application\/x-www-form-urlencoded|multipart\/form-data)\s*(;|$)/i;

/**
 * Double submit against the claim that is signed into the JWT: a cookie that somebody else has planted does not help
 * (spec/admin-api §2.3).
 */
export class SignedCsrfCheck extends CsrfCheck {
  readonly #logger = new Logger('Session');

  constructor(
    private readonly sessions: CurrentSessions,
    private readonly settings: Pick<Settings, 'takesCsrfTokenFromForm'>,
  ) {
    super();
  }

  check(request: Request): void {
    const session = this.sessions.of(request);
    if (!session) throw new NotAuthenticated();
    // An old client's `session` was compared together with its credentials.
    if (session.claims === null) return;
    const given = csrfTokenOf(request, this.settings.takesCsrfTokenFromForm);
    if (given !== null && isSameText(given, session.claims.csrf)) return;
    if (repeatsLegacyValue(request.exchange.parameters, session.legacyValue)) return;
    this.#logger.debug(
      `request ${request.exchange.requestId}: ${given === null ? 'no' : 'wrong'} CSRF token`,
    );
    throw new NotAuthenticated();
  }
}

/**
 * The header, else the field of a form: never the query, which ends up in logs and links, and never JSON.
 * @param takesField JWT_CSRF_CHECK_FORM
 */
function csrfTokenOf(request: Request, takesField: boolean): string | null {
  const header = request.headers[HEADER];
  if (typeof header === 'string' && header !== '') return header;
  if (!takesField || !FORMS.test(request.headers['content-type'] ?? '')) return null;
  // In the merged parameters the query wins: then what the form held is not to be seen, and nothing counts.
  if (queryParameters(request).has(FIELD)) return null;
  return request.exchange.parameters.text(FIELD);
}
