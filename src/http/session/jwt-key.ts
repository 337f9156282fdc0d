import type { KeyObject } from 'node:crypto';

/** The key that signs administrators' sessions: one for all nodes. */
export abstract class JwtKey {
  /** A secret key object: with anything else each check of a signature costs many times more. */
  abstract key(): KeyObject;
}
