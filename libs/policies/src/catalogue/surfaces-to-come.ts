/** What policies speak of and this release does not have yet. */
export type SurfaceToCome =
  | `token type ${string}`
  | 'automatic enrolment of tokens'
  | 'offline authentication'
  | 'userservice'
  | `admin/${string}`;
