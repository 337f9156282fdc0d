import { ResultCodeError } from 'ldapts';

/** RFC 4511 §4.1.9, those that this resolver tells apart. */
export const RESULT = {
  invalidDnSyntax: 34,
  noSuchObject: 32,
  constraintViolation: 19,
  inappropriateAuthentication: 48,
  invalidCredentials: 49,
  unwillingToPerform: 53,
  sizeLimitExceeded: 4,
  unavailableCriticalExtension: 12,
  busy: 51,
  unavailable: 52,
} as const;

/**
 * How servers refuse a bind because of who binds: a wrong password, an account that is locked, has no password or is gone.
 * An answer, not a failure: else guesses at one locked account would pass for a server in trouble.
 */
export const BIND_REFUSALS = [
  RESULT.invalidCredentials,
  RESULT.constraintViolation,
  RESULT.inappropriateAuthentication,
  RESULT.noSuchObject,
  RESULT.unwillingToPerform,
];

/** A server could not be reached, broke off, or was silent for too long. */
export class ServerFailure extends Error {
  constructor(
    readonly kind: 'unreachable' | 'lost' | 'silent',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** All connections to the server are in use. */
export class ServerOccupied extends Error {}

/** The server does not have, or does not show, the tree that users are in: what it knows nothing of may be there. */
export class BaseMissing extends Error {}

/** Whether the server answered with this result code. */
export function isResult(error: unknown, ...codes: readonly number[]): boolean {
  return error instanceof ResultCodeError && codes.includes(error.code);
}

/** Whether the server itself is in trouble, and not only what it was asked. */
export function isServerTrouble(error: unknown): boolean {
  return error instanceof ServerFailure || isResult(error, RESULT.busy, RESULT.unavailable);
}

/** What an error says; of several, the first. */
export function messageOf(error: unknown): string {
  if (error instanceof ResultCodeError) return `${error.name}: ${error.message}`.trim();
  // Of several addresses of one name that were tried, Node sums up nothing.
  const [first]: unknown[] = error instanceof AggregateError ? error.errors : [];
  const { message, code } = (first ?? error ?? {}) as Partial<NodeJS.ErrnoException>;
  return message || code || 'unknown failure';
}
