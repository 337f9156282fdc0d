/** What policies speak of and this release does not have yet. */
export type SurfaceToCome =
  | `token type ${string}`
  | 'notifications of users'
  | 'offline authentication'
  | `userservice/${string}`
  | `admin/${string}`;
