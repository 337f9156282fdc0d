import { type Token, targetSerial, tokenType } from '@app/tokens';

/**
 * A forward token as it is asked (spec/token-types §15): with the type and the seed of its target, and all else its own: PIN,
 * owner, limits, challenges. It lives in a decision alone; what the decision changes are the two that it is made of.
 */
export interface ForwardedToken extends Token {
  readonly forward: Token;
  readonly target: Token;
}

export function isForwarded(token: Token): token is ForwardedToken {
  return 'forward' in token && 'target' in token;
}

export function forwardedTo(forward: Token, target: Token): ForwardedToken {
  const { type, secret, userPin, sharedSecret, digits, hash, counter, lookAhead, syncWindow, time, device } =
    target;
  const verified = {
    type,
    secret,
    userPin,
    sharedSecret,
    digits,
    hash,
    counter,
    lookAhead,
    syncWindow,
    time,
    device,
  };
  return { ...forward, ...verified, info: target.info, forward, target };
}

/** The token as it is stored, which records and answers name. */
export function ownSelf(token: Token): Token {
  return isForwarded(token) ? token.forward : token;
}

/** The tokens whose rows a decision about it touches. */
export function storedOf(token: Token): readonly Token[] {
  return isForwarded(token) ? [token.forward, token.target] : [token];
}

/** By what records, policies and answers call its type. */
export function labelOf(token: Token): string {
  return tokenType(ownSelf(token).type).label;
}

/** The token whose OTPs a forward token takes; `null`: it is gone, or takes those of another one itself. */
export function targetOf(token: Token, targets: readonly Token[]): Token | null {
  const serial = targetSerial(token);
  const target = serial === null ? undefined : targets.find((other) => other.serial === serial);
  return target && target.type !== 'forward' ? target : null;
}

/** The serials of all targets that there may be. */
export function targetSerials(tokens: readonly Token[]): readonly string[] {
  return tokens.flatMap((token) => targetSerial(token) ?? []);
}
