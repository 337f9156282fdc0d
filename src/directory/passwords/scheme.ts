/** One way of storing passwords. What a hash of it costs to check is bounded, whatever it asks for. */
export interface PasswordScheme {
  /** Whether the hash is one of this scheme's; the first scheme that says so decides. */
  identifies(hash: string): boolean;
  /** `false`, too, for a hash that is malformed or asks for more rounds than we are ready to run. Never rejects. */
  verify(hash: string, password: string): boolean | Promise<boolean>;
}
