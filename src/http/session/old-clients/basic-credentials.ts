export interface BasicCredentials {
  readonly username: string;
  readonly password: string;
}

const BASIC = /^basic +([a-z0-9+/]+={0,2}) *$/i;

/** The credentials of an Authorization header (RFC 7617, UTF-8); `null`: none, another scheme, or malformed. */
export function basicCredentials(header: string | undefined): BasicCredentials | null {
  const [, encoded] = BASIC.exec(header ?? '') ?? [];
  if (encoded === undefined) return null;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return null;
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}
