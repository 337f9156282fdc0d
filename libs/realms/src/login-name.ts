/** A login as a request names it: the part before the realm, and the realm if one was given or can be read out of it. */
export interface LoginName {
  readonly login: string;
  /** As given, case kept; compared in lower case. `''`: none given. */
  readonly realm: string;
  /** Only tokens of owners from this resolver; `''`: any. */
  readonly resolver: string;
}

export interface LoginParts {
  readonly user: string;
  readonly realm: string;
  /** `name` or `name (…)`. */
  readonly resolver: string;
}

/**
 * Splits a login into login and realm (spec/validate-api §2.1, rows 1 to 3): a realm given beside it leaves it whole,
 * else `login@realm` is split at the last `@`, else `realm\login` at the first backslash.
 */
export function parseLoginName(parts: LoginParts, splitAtSign: boolean): LoginName {
  const resolver = (parts.resolver.split('(')[0] ?? '').trim();
  if (parts.realm !== '' || !splitAtSign) return { login: parts.user, realm: parts.realm, resolver };
  const user = parts.user.trim();
  const at = user.lastIndexOf('@');
  if (at >= 0) return { login: user.slice(0, at), realm: user.slice(at + 1), resolver };
  const backslash = user.indexOf('\\');
  if (backslash >= 0) return { login: user.slice(backslash + 1), realm: user.slice(0, backslash), resolver };
  return { login: user, realm: '', resolver };
}
