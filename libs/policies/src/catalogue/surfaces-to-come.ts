/** What policies speak of and this release does not have yet. */
export type SurfaceToCome =
  `token type ${string}` | 'offline authentication' | `userservice/${string}` | `admin/${string}`;
