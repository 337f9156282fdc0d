/** What policies say of logins that another server decides. */
export interface Forwarding {
  /** URLs with blanks between them. */
  readonly servers: string;
  /** Those of users who have a token are decided here. */
  readonly onlyWithoutToken: boolean;
}

/** So many servers may ask each other about a login, one the next: more are a circle. */
export const MOST_HOPS = 3;
export const FORWARDED_TOO_OFTEN = 'not asked: forwarded too often';

const USABLE = /^(?:https?|radius):\/\/[^/?#]/i;

/** The first one that can be asked at all: no other is asked in its place (spec/validate-api §2.11). */
export function usableServer(servers: string): string | null {
  return servers.split(/\s+/).find((url) => USABLE.test(url)) ?? null;
}
