/**
 * What a use case can refuse or fail with. HTTP has its own text and number for each class, in one table; one that is not
 * in it is answered with its message. So messages name parameters and serials, never a secret.
 */
export abstract class DomainError extends Error {
  /** Stable and never reused: by it a log is searched, whatever the message says. */
  abstract readonly code: string;
}

/** The input is not what the operation needs; `parameter` names the part. */
export class Invalid extends DomainError {
  readonly code: string = 'input.invalid';
  constructor(
    readonly parameter: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
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

/** Unavailable for want of a free place, and only for now: whoever was to be asked is in no trouble. */
export class Occupied extends Unavailable {}

/** The request contradicts what is there. */
export class Conflict extends DomainError {
  readonly code: string = 'state.conflict';
}
