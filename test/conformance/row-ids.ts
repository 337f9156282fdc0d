/** Ids of rows differ, but not which row is which, nor the order in which they were made. */
export class RowIds {
  readonly #scopes = new Map<string, Map<number, number>>();

  /** Whether this pair goes with all pairs of the scope so far; if so it is remembered. */
  fits(scope: string, recorded: number, ours: number): boolean {
    const known = this.#scopes.get(scope) ?? new Map<number, number>();
    this.#scopes.set(scope, known);
    for (const [recordedBefore, oursBefore] of known) {
      if (Math.sign(recorded - recordedBefore) !== Math.sign(ours - oursBefore)) return false;
    }
    known.set(recorded, ours);
    return true;
  }
}
