import { type Condition, type ConditionMatch, NO_MATCH, listEntries } from './condition.js';

/** A comma list of realms (spec/policies §4.2). */
export class RealmCondition implements Condition<string> {
  private constructor(
    /** `*` is in the list: every realm matches, whatever else is in it. */
    readonly isWildcard: boolean,
    /** What is said about the realms named; those not named do not match. Lower case. */
    private readonly byName: ReadonlyMap<string, ConditionMatch>,
  ) {}

  static parse(text: string): RealmCondition {
    const byName = new Map<string, ConditionMatch>();
    const entries = listEntries(text, ',');
    for (const entry of entries) {
      const name = entry.text.toLowerCase();
      const before = byName.get(name);
      if (entry.isNegated) byName.set(name, { precision: null, entry: entry.written });
      else if (before === undefined) byName.set(name, { precision: 'exact', entry: entry.written });
    }
    return new RealmCondition(
      entries.some((entry) => entry.written === '*'),
      byName,
    );
  }

  /** Names of the realms it matches by their names. */
  get names(): readonly string[] {
    return [...this.byName].filter(([, match]) => match.precision !== null).map(([name]) => name);
  }

  /** @param realm  in lower case */
  match(realm: string): ConditionMatch {
    return this.isWildcard ? WILDCARD : (this.byName.get(realm) ?? NO_MATCH);
  }
}

const WILDCARD: ConditionMatch = { precision: 'wildcard', entry: '*' };
