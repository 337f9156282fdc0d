/** Hears whether heads of the audit trail can be kept outside the database: once each time that changes. */
export abstract class HeadsObserver {
  abstract headsNotKept(folder: string, error: unknown): void;
  abstract headsKept(folder: string): void;
  /** What is kept names records that the database does not have: an old state was put back, or the end of a lane cut off. */
  abstract headsMissing(lanes: readonly string[]): void;
}

/** For commands, which are over before anybody could look. */
export class NobodyWatches extends HeadsObserver {
  headsNotKept(): void {}
  headsKept(): void {}
  headsMissing(): void {}
}
