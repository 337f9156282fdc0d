/**
 * What a use case can refuse or fail with. The family is closed: the HTTP dialects map `code` to their own bodies in one
 * table each. Messages may be shown to a client: they name parameters and serials, never a secret.
 */
export abstract class DomainError extends Error {
  /** Stable, documented, never reused. */
  abstract readonly code: string;
}

/** The input is not what the operation needs; `parameter` names the part. */
export class Invalid extends DomainError {
  readonly code: string = 'input.invalid';
  constructor(
    readonly parameter: string,
    message: string,
  ) {
    super(message);
  }
}

/** The caller may not do this. */
export class Denied extends DomainError {
  readonly code: string = 'access.denied';
}

/** Something outside (database, directory, gateway) did not answer, or a queue is full. Never an acceptance. */
export class Unavailable extends DomainError {
  readonly code: string = 'service.unavailable';
}

/** The request contradicts what is there. */
export class Conflict extends DomainError {
  readonly code: string = 'state.conflict';
}
