import { Denied, DomainError, Unavailable } from '@app/kernel';
import { AmbiguousToken, TokenTypeMismatch, UnknownToken } from '@app/tokens';

import { UNSPECIFIC, WireError } from './wire-error.js';

/** Our token types under the names of the compatible interfaces. */
const TYPE_NAMES: Readonly<Record<string, string>> = {
  hotp: 'hmac',
  totp: 'totp',
  password: 'pw',
  'simple-pass': 'spass',
};

/** What the domain's errors are on the wire; the first that fits (spec/admin-api §1.4). */
const TABLE = [
  on(UnknownToken, ({ serial }) => [1102, `No token with serial ${serial} found`]),
  on(AmbiguousToken, () => [1101, 'multiple tokens found!']),
  on(TokenTypeMismatch, ({ serial, existing, requested }) => [
    10, // recording 69
    `initToken failed: token '${serial}' already exist with type '${existing}'. Can not initialize token with new type '${TYPE_NAMES[requested] ?? requested}'`,
  ]),
  on(Denied, ({ message }) => [410, message]),
  on(Unavailable, () => [
    UNSPECIFIC,
    'The service is not available: the database or another system that it needs does not answer',
    503,
  ]),
  on(DomainError, ({ message }) => [UNSPECIFIC, message]),
];

/** The wire's form of an error; `null` for one that nobody foresaw. */
export function knownWireError(error: unknown): WireError | null {
  if (error instanceof WireError) return error;
  for (const translate of TABLE) {
    const wire = translate(error);
    if (wire) return wire;
  }
  return null;
}

/** What a client learns of an error that nobody foresaw: how to find it in the log. */
export function internalError(cause: unknown, requestId: string): WireError {
  return new WireError(UNSPECIFIC, `An internal error occurred. Request id: ${requestId}`, { cause });
}

function on<E extends DomainError>(
  kind: abstract new (...parts: never[]) => E,
  wire: (error: E) => [code: number, text: string, httpStatus?: number],
): (error: unknown) => WireError | null {
  return (error) => {
    if (!(error instanceof kind)) return null;
    const [code, text, httpStatus] = wire(error);
    return new WireError(
      code,
      text,
      httpStatus === undefined ? { cause: error } : { cause: error, httpStatus },
    );
  };
}
