/** Sessions of old clients (spec/admin-api §2.5). Only hashes of their values are kept. All methods throw Unavailable. */
export abstract class LegacySessions {
  /** @param administrator whom the value is bound to */
  abstract open(hash: Uint8Array, administrator: string, lifetimeSeconds: number): Promise<void>;
  /** Whom a value is bound to; `null`: unknown or expired. */
  abstract administratorOf(hash: Uint8Array): Promise<string | null>;
  abstract drop(hash: Uint8Array): Promise<void>;
  abstract purgeExpired(): Promise<void>;
}
