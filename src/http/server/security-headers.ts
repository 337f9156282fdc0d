/** Nothing may be loaded or framed: what an answer needs that is read by programs. Pages that need more set their own. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * What helmet sends, as one constant: it would compute and set each of them for every request. `no-store`, since answers
 * hold seeds and personal data (spec/admin-api §1.7).
 */
export const SECURITY_HEADERS: readonly (readonly [name: string, value: string])[] = [
  ['Content-Security-Policy', CONTENT_SECURITY_POLICY],
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['Origin-Agent-Cluster', '?1'],
  ['Referrer-Policy', 'no-referrer'],
  ['X-Content-Type-Options', 'nosniff'],
  ['X-DNS-Prefetch-Control', 'off'],
  ['X-Download-Options', 'noopen'],
  ['X-Frame-Options', 'SAMEORIGIN'],
  ['X-Permitted-Cross-Domain-Policies', 'none'],
  ['X-XSS-Protection', '0'],
  ['Cache-Control', 'no-store'],
];

/** Only by TLS: RFC 6797 §7.2 forbids it elsewhere. */
export const SECURITY_HEADERS_BY_TLS: typeof SECURITY_HEADERS = [
  ...SECURITY_HEADERS,
  ['Strict-Transport-Security', 'max-age=31536000; includeSubDomains'],
];
