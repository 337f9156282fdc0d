/** The code of everything that has no code of its own. */
export const UNSPECIFIC = -311;

export interface WireErrorOptions {
  /** `id` of the envelope: 1 nearly everywhere. */
  readonly envelopeId?: number;
  /** Forced: it also wins over `httperror`. Without it an error is answered with 200. */
  readonly httpStatus?: number;
}

/** An error as clients of the compatible interfaces see it (spec/admin-api §1.4). */
export class WireError extends Error {
  readonly envelopeId: number;
  readonly httpStatus: number | null;

  constructor(
    readonly code: number,
    /** Without the `ERR<code>: ` prefix. Clients see it: never a secret. */
    readonly text: string,
    options: WireErrorOptions & ErrorOptions = {},
  ) {
    super(code > 0 ? `ERR${code}: ${text}` : text, options);
    this.envelopeId = options.envelopeId ?? 1;
    this.httpStatus = options.httpStatus ?? null;
  }
}

/** No session, a dead one, or a missing or wrong CSRF token: one answer for all of them (spec/admin-api §2.3). */
export class NotAuthenticated extends WireError {
  constructor() {
    super(UNSPECIFIC, 'Not authenticated', { httpStatus: 401 });
  }
}

/** The same for users of the self-service (spec/validate-api §4.1). */
export class NoValidSession extends WireError {
  constructor() {
    super(UNSPECIFIC, 'No valid session', { httpStatus: 401 });
  }
}

export function missingParameter(name: string): WireError {
  return new WireError(905, `Missing parameter: '${name}'`);
}
