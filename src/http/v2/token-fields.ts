import { type ListedToken, tokenType } from '@app/tokens';

/** A token as `/api/v2/tokens` shows it, but for its owner (spec/admin-api §4.1). */
export interface TokenFields {
  readonly beforeOwner: object;
  readonly afterOwner: object;
}

/** In two parts: `userInfo` stands between them. */
export function tokenFields(token: ListedToken): TokenFields {
  const { time, uses, validity } = token;
  return {
    beforeOwner: {
      id: token.id,
      description: token.description,
      serial: token.serial,
      type: tokenType(token.type).label.toLowerCase(),
      creationDate: iso(token.createdAt),
      isActive: token.active,
      realms: token.realms,
      tokenConfiguration: {
        hashLib: token.hash,
        timeWindow: time && String(time.windowSeconds),
        timeShift: time && String(time.shiftSeconds),
        timeStep: time && String(time.stepSeconds),
        countWindow: token.lookAhead,
        syncWindow: token.syncWindow,
        otpLength: token.digits,
        otpCounter: token.counter,
      },
    },
    afterOwner: {
      usageData: {
        // As in LinOTP, what was never counted is no number.
        loginAttempts: uses.attempts || null,
        maxLoginAttempts: uses.maxAttempts,
        successfulLoginAttempts: uses.successes || null,
        maxSuccessfulLoginAttempts: uses.maxSuccesses,
        lastSuccessfulLoginAttempt: iso(token.lastSuccessAt),
        failedLoginAttempts: token.failures,
        maxFailedLoginAttempts: token.maxFailures,
        lastAuthenticationMatch: iso(token.lastMatchAt),
      },
      validityPeriod: { validityStart: iso(validity.from), validityEnd: iso(validity.until) },
    },
  };
}

function iso(date: Date | null): string | null {
  return date && date.toISOString().replace(/\.\d+Z$/, '+00:00');
}
