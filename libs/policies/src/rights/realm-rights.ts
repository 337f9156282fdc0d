/** The realms in which an administrator may do something: all of them, some, or none. */
export class RealmRights {
  static readonly ALL = new RealmRights(null);
  static readonly NONE = new RealmRights(new Set());

  /** @param names `null`: every realm, and whatever is in no realm; else in lower case */
  private constructor(private readonly names: ReadonlySet<string> | null) {}

  static of(realms: Iterable<string>): RealmRights {
    return new RealmRights(new Set([...realms].map((realm) => realm.toLowerCase())));
  }

  get isEverywhere(): boolean {
    return this.names === null;
  }

  get isNowhere(): boolean {
    return this.names?.size === 0;
  }

  /** In order; `null`: no restriction. */
  get realms(): readonly string[] | null {
    return this.names && [...this.names].toSorted();
  }

  /** `''` is no realm: only a right everywhere covers it. */
  has(realm: string): boolean {
    return this.names?.has(realm.toLowerCase()) ?? true;
  }

  /** One common realm is enough; what is in no realm needs a right everywhere (spec/policies §5). */
  hasOneOf(realms: readonly string[]): boolean {
    return this.names === null || realms.some((realm) => this.has(realm));
  }

  hasAllOf(realms: readonly string[]): boolean {
    return this.names === null || (realms.length > 0 && realms.every((realm) => this.has(realm)));
  }

  /** What either of them covers. */
  or(other: RealmRights): RealmRights {
    if (this.names === null || other.names === null) return RealmRights.ALL;
    return new RealmRights(new Set([...this.names, ...other.names]));
  }
}
