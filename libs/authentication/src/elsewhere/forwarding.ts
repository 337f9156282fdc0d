/** What policies say of logins that another server decides. */
export interface Forwarding {
  /** URLs with blanks between them. */
  readonly servers: string;
  /** Those of users who have a token are decided here. */
  readonly onlyWithoutToken: boolean;
}

const USABLE = /^(?:https?|radius):\/\/[^/?#]/i;

/** The first one that can be asked at all: no other is asked in its place (spec/validate-api §2.11). */
export function usableServer(servers: string): string | null {
  return servers.split(/\s+/).find((url) => USABLE.test(url)) ?? null;
}
