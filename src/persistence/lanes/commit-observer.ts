export type CommitPath = 'fast' | 'slow' | 'single';

/** Hears of every committed batch, for metrics. */
export abstract class CommitObserver {
  abstract committed(records: number, path: CommitPath, seconds: number): void;
  abstract unknownOutcome(resolved: boolean): void;
}
