/** Hears how far the clock of this node is from the database's. Seconds ahead of it; negative: behind. */
export abstract class ClockObserver {
  /** Each time that it is measured. */
  abstract clockMeasured(secondsAhead: number): void;
  /** Once, when it is too far off. */
  abstract clockDiffers(secondsAhead: number): void;
  /** Once, when it is right again. */
  abstract clockAgrees(secondsAhead: number): void;
}

/** For commands, which are over before it matters. */
export class NobodyMinds extends ClockObserver {
  clockMeasured(): void {}
  clockDiffers(): void {}
  clockAgrees(): void {}
}
