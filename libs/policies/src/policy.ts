/** A policy as it is stored: text by text as an administrator gave it; `null` where nothing was given. */
export interface StoredPolicy {
  readonly name: string;
  readonly scope: string;
  readonly action: string;
  readonly realm: string;
  readonly user: string | null;
  readonly client: string | null;
  readonly time: string | null;
  /** Active only as `true` in any case; absent or empty: active. */
  readonly active: string | null;
}

/** A policy as it is matched and shown: normalised (spec/policies §1). */
export interface Policy {
  readonly name: string;
  readonly scope: string;
  readonly action: string;
  readonly realm: string;
  readonly user: string;
  readonly client: string;
  readonly time: string;
  /** As stored. */
  readonly active: string;
  readonly isActive: boolean;
}
